import django.core.validators
import django.db.models.deletion
import registries.models.fields
from django.conf import settings
from django.db import migrations, models

from registries.triggers import KeepingTriggers


def verified_before(apps, schema_editor):
    """Events were verified by whoever entered them; they stay verified."""
    events = apps.get_model("registries", "SubjectEvent").objects
    events.exclude(verified_by=None).update(status="verified", recorded_by=models.F("verified_by"))


def more_reasons(apps, schema_editor):
    reasons = [("absence", "training", "培训学时不足"), ("absence", "assistant", "专家或辅助人员"),
               ("event", "accident", "发生生产安全事故")]  # fmt: skip
    for bureau in apps.get_model("registries", "Bureau").objects.all():
        for kind, code, title in reasons:
            apps.get_model("registries", "Reason").objects.get_or_create(
                bureau=bureau, kind=kind, code=code, defaults={"title": title, "order": 90}
            )


class Migration(KeepingTriggers, migrations.Migration):

    dependencies = [
        ('registries', '0005_imports_in_steps'),
    ]

    operations = [
        migrations.AddField(
            model_name='bureau',
            name='training_hours',
            field=models.PositiveSmallIntegerField(default=0, help_text='检查前十二个月内培训合格的学时不足的，不参加抽取；0 为不作要求。', verbose_name='年培训学时要求'),
        ),
        migrations.AddField(
            model_name='category',
            name='yearly_cap',
            field=models.PositiveSmallIntegerField(blank=True, help_text='同一企业一年内行政检查的次数上限（国办发〔2024〕54号）；不填为不限。', null=True, verbose_name='年度检查上限（次）'),
        ),
        migrations.AddField(
            model_name='certificate',
            name='issuer',
            field=models.CharField(blank=True, max_length=60, verbose_name='发证机关'),
        ),
        migrations.AddField(
            model_name='inspector',
            name='duty',
            field=models.CharField(choices=[('officer', '执法人员'), ('expert', '专家'), ('assistant', '辅助人员')], default='officer', help_text='专家和辅助人员只能随行，不计入执法人员，也不参加抽取。', max_length=10, verbose_name='身份'),
        ),
        migrations.AddField(
            model_name='inspector',
            name='left_reason',
            field=models.CharField(blank=True, max_length=60, verbose_name='出库原因'),
        ),
        migrations.AddField(
            model_name='inspector',
            name='post',
            field=models.CharField(blank=True, max_length=40, verbose_name='职务'),
        ),
        migrations.AddField(
            model_name='inspector',
            name='unit',
            field=models.CharField(blank=True, max_length=60, verbose_name='工作单位'),
        ),
        migrations.AddField(
            model_name='subject',
            name='authority',
            field=models.CharField(blank=True, max_length=60, verbose_name='登记机关'),
        ),
        migrations.AddField(
            model_name='subject',
            name='employees',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='从业人员数'),
        ),
        migrations.AddField(
            model_name='subject',
            name='former_name',
            field=models.CharField(blank=True, max_length=200, verbose_name='曾用名'),
        ),
        migrations.AddField(
            model_name='subject',
            name='grade',
            field=models.CharField(blank=True, choices=[('A', 'A 级'), ('B', 'B 级'), ('C', 'C 级'), ('D', 'D 级')], max_length=1, verbose_name='安全管理分级'),
        ),
        migrations.AddField(
            model_name='subject',
            name='hazards',
            field=models.JSONField(blank=True, default=list, verbose_name='重点危险因素'),
        ),
        migrations.AddField(
            model_name='subject',
            name='industry_code',
            field=models.CharField(blank=True, help_text='GB/T 4754—2017：一位字母加两至四位数字，或只写数字。', max_length=5, validators=[django.core.validators.RegexValidator('^[A-T]?\\d{2,4}$', '行业代码是两至四位数字，前面可有门类字母。')], verbose_name='行业代码'),
        ),
        migrations.AddField(
            model_name='subject',
            name='is_secret',
            field=models.BooleanField(default=False, help_text='名称不进入公开的对照表和名单。', verbose_name='依法不公开名录'),
        ),
        migrations.AddField(
            model_name='subject',
            name='left_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='出库批准人'),
        ),
        migrations.AddField(
            model_name='subject',
            name='note',
            field=models.CharField(blank=True, max_length=300, verbose_name='备注'),
        ),
        migrations.AddField(
            model_name='subject',
            name='risk',
            field=models.CharField(blank=True, choices=[('重大', '重大（红）'), ('较大', '较大（橙）'), ('一般', '一般（黄）'), ('低', '低（蓝）')], max_length=4, verbose_name='安全风险等级'),
        ),
        migrations.AddField(
            model_name='subject',
            name='safety_officer',
            field=models.CharField(blank=True, max_length=60, verbose_name='安全负责人'),
        ),
        migrations.AddField(
            model_name='subject',
            name='safety_phone',
            field=registries.models.fields.EncryptedTextField(blank=True, verbose_name='安全负责人电话'),
        ),
        migrations.AddField(
            model_name='subject',
            name='size',
            field=models.CharField(blank=True, choices=[('大型', '大型'), ('中型', '中型'), ('小型', '小型'), ('微型', '微型')], max_length=4, verbose_name='规模'),
        ),
        migrations.AddField(
            model_name='subject',
            name='source',
            field=models.CharField(blank=True, max_length=60, verbose_name='数据来源'),
        ),
        migrations.AddField(
            model_name='subject',
            name='standard',
            field=models.CharField(blank=True, choices=[('一级', '一级'), ('二级', '二级'), ('三级', '三级'), ('未达标', '未达标')], max_length=4, verbose_name='安全生产标准化'),
        ),
        migrations.AddField(
            model_name='subject',
            name='verified_on',
            field=models.DateField(blank=True, null=True, verbose_name='最近核实日期'),
        ),
        migrations.AddField(
            model_name='subjectevent',
            name='recorded_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人'),
        ),
        migrations.AddField(
            model_name='subjectevent',
            name='status',
            field=models.CharField(choices=[('recorded', '待核实'), ('verified', '属实'), ('dismissed', '不属实')], default='recorded', editable=False, max_length=10, verbose_name='核实'),
        ),
        migrations.AddField(
            model_name='subjectevent',
            name='until',
            field=models.DateField(blank=True, help_text='如失信名单的期限；不填则按一年计。', null=True, verbose_name='期限至'),
        ),
        migrations.AddField(
            model_name='subjectevent',
            name='verified_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='核实时间'),
        ),
        migrations.AlterField(
            model_name='subject',
            name='left_on',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='出库日期'),
        ),
        migrations.AlterField(
            model_name='subject',
            name='left_reason',
            field=models.CharField(blank=True, editable=False, max_length=100, verbose_name='出库原因'),
        ),
        migrations.AlterField(
            model_name='subject',
            name='level',
            field=models.CharField(choices=[('省级', '省级'), ('市级', '市级'), ('县级', '县级'), ('乡级', '乡级')], default='县级', help_text='一家企业只由一级执法。', max_length=10, verbose_name='执法层级'),
        ),
        migrations.AlterField(
            model_name='subject',
            name='production',
            field=models.CharField(choices=[('normal', '正常'), ('half_stopped', '半停产'), ('seasonal', '季节性生产'), ('building', '在建'), ('stopped', '停产'), ('long_stopped', '长期停产'), ('closed', '关闭')], default='normal', max_length=20, verbose_name='生产状态'),
        ),
        migrations.AlterField(
            model_name='subjectevent',
            name='verified_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='核实人'),
        ),
        migrations.CreateModel(
            name='Licence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60, verbose_name='许可证名称')),
                ('number', models.CharField(max_length=60, verbose_name='编号')),
                ('issuer', models.CharField(blank=True, max_length=60, verbose_name='发证机关')),
                ('issued_on', models.DateField(blank=True, null=True, verbose_name='批准日期')),
                ('expires_on', models.DateField(blank=True, help_text='长期有效的留空。', null=True, verbose_name='有效期至')),
                ('scope', models.CharField(blank=True, max_length=200, verbose_name='许可范围、限制存放量')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='licences', to='registries.subject', verbose_name='检查对象')),
            ],
            options={
                'verbose_name': '许可证',
                'verbose_name_plural': '许可证',
                'ordering': ['expires_on'],
            },
        ),
        migrations.CreateModel(
            name='Training',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_on', models.DateField(verbose_name='日期')),
                ('subject', models.CharField(max_length=100, verbose_name='内容')),
                ('hours', models.PositiveSmallIntegerField(verbose_name='学时')),
                ('passed', models.BooleanField(default=True, verbose_name='考核合格')),
                ('inspector', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trainings', to='registries.inspector', verbose_name='检查人员')),
            ],
            options={
                'verbose_name': '培训',
                'verbose_name_plural': '培训',
                'ordering': ['-held_on'],
            },
        ),
        migrations.RunPython(verified_before, migrations.RunPython.noop),
        migrations.RunPython(more_reasons, migrations.RunPython.noop),
    ]
