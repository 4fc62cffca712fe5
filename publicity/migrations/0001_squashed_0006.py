"""All of 0001_initial to 0006_found_fast at once, for a new database; one that is there goes on by the single steps."""

from importlib import import_module

import django.db.models.deletion
import inspections.stamps
import publicity.models.disclosure
import publicity.models.letter
import registries.models.fields
from django.db import migrations, models
from django.conf import settings

from registries.founding import Founded, walls_of

_STEPS = [
    "0001_initial",
    "0002_links",
    "0003_never_changed",
    "0004_public_window",
    "0005_index",
    "0006_found_fast",
]

def of(step):
    return import_module(f"publicity.migrations.{step}")


class Migration(migrations.Migration):
    replaces = [("publicity", step) for step in _STEPS]
    initial = True
    dependencies = [
        ('registries', '0014_public_window'),
        ('inspections', '0011_field_work'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        Founded([
            migrations.CreateModel(
                name='Disclosure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('token', models.CharField(default=publicity.models.disclosure.new_token, max_length=20, unique=True, verbose_name='公示编号')),
                    ('kind', models.CharField(choices=[('result', '抽查结果'), ('penalty', '行政处罚'), ('news', '公告'), ('statement', '企业陈述')], default='result', max_length=12, verbose_name='种类')),
                    ('subject_name', models.CharField(max_length=200, verbose_name='名称')),
                    ('subject_code', models.CharField(blank=True, db_index=True, max_length=18, verbose_name='统一社会信用代码')),
                    ('payload', models.JSONField(verbose_name='公示内容')),
                    ('digest', models.CharField(max_length=64, verbose_name='摘要')),
                    ('ends_on', models.DateField(null=True, verbose_name='公示至')),
                    ('published_at', models.DateTimeField(auto_now_add=True, db_index=True, verbose_name='公示时间')),
                    ('reason', models.CharField(blank=True, max_length=200, verbose_name='更正原因')),
                    ('answers', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='publicity.disclosure', verbose_name='针对的公示')),
                ],
                options={
                    'verbose_name': '公示',
                    'verbose_name_plural': '公示',
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Dump',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField(unique=True, verbose_name='日期')),
                    ('files', models.JSONField(verbose_name='文件')),
                    ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='制作时间')),
                ],
                options={
                    'verbose_name': '数据版本',
                    'verbose_name_plural': '数据版本',
                    'ordering': ['-day'],
                },
            ),
            migrations.CreateModel(
                name='Enclosure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ],
                options={
                    'verbose_name': '来信附件',
                    'verbose_name_plural': '来信附件',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='Ending',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('withdrawn', '撤回'), ('repaired', '信用修复，提前终止公示'), ('ended', '公示期满')], max_length=10, verbose_name='种类')),
                    ('reason', models.CharField(max_length=200, verbose_name='原因')),
                    ('basis', models.CharField(blank=True, max_length=200, verbose_name='依据文书')),
                    ('at', models.DateTimeField(auto_now_add=True, verbose_name='时间')),
                ],
                options={
                    'verbose_name': '公示终止',
                    'verbose_name_plural': '公示终止',
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Letter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('receipt', models.CharField(default=publicity.models.letter.new_receipt, max_length=20, unique=True, verbose_name='回执号')),
                    ('kind', models.CharField(choices=[('objection', '对公示内容有异议'), ('correction', '申请更正公示信息'), ('statement', '企业陈述'), ('report', '举报安全生产违法行为'), ('complaint', '投诉检查人员或检查工作')], max_length=12, verbose_name='种类')),
                    ('mark', models.UUIDField(editable=False, null=True, unique=True, verbose_name='提交标记')),
                    ('subject_said', models.CharField(blank=True, max_length=200, verbose_name='所写企业')),
                    ('text', registries.models.fields.EncryptedTextField(verbose_name='内容')),
                    ('name', registries.models.fields.EncryptedTextField(blank=True, verbose_name='署名')),
                    ('contact', registries.models.fields.EncryptedTextField(blank=True, verbose_name='联系方式')),
                    ('status', inspections.stamps.Status(default='received', noun='')),
                    ('received_at', models.DateTimeField(auto_now_add=True, verbose_name='收到时间')),
                    ('due_on', models.DateField(verbose_name='答复期限')),
                    ('answer', models.TextField(blank=True, verbose_name='答复')),
                    ('is_true', models.BooleanField(null=True, verbose_name='是否属实')),
                    ('answered_at', models.DateTimeField(null=True, verbose_name='答复时间')),
                ],
                options={
                    'verbose_name': '来信',
                    'verbose_name_plural': '来信',
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Publication',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('result', '抽查结果'), ('penalty', '行政处罚'), ('news', '公告'), ('statement', '企业陈述'), ('correction', '更正'), ('withdrawn', '撤回'), ('repaired', '信用修复')], max_length=12, verbose_name='种类')),
                    ('title', models.CharField(max_length=200, verbose_name='名称')),
                    ('payload', models.JSONField(default=dict, verbose_name='拟公示内容')),
                    ('hits', models.JSONField(default=list, verbose_name='敏感内容提示')),
                    ('said', models.CharField(blank=True, max_length=200, verbose_name='保留敏感内容的理由')),
                    ('reason', models.CharField(blank=True, max_length=200, verbose_name='原因')),
                    ('basis', models.CharField(blank=True, max_length=200, verbose_name='依据文书')),
                    ('ends_on', models.DateField(null=True, verbose_name='公示至')),
                    ('not_before', models.DateTimeField(null=True, verbose_name='不早于')),
                    ('status', inspections.stamps.Status(default='prepared', noun='')),
                    ('prepared_at', models.DateTimeField(auto_now_add=True, verbose_name='拟办时间')),
                    ('judged_at', models.DateTimeField(null=True, verbose_name='审核时间')),
                    ('judge_note', models.CharField(blank=True, max_length=200, verbose_name='审核意见')),
                ],
                options={
                    'verbose_name': '公示办理',
                    'verbose_name_plural': '公示办理',
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Release',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('names', models.JSONField(default=dict, verbose_name='企业名称对照')),
                    ('released_at', models.DateTimeField(auto_now_add=True, verbose_name='公开时间')),
                ],
                options={
                    'verbose_name': '抽取公开',
                    'verbose_name_plural': '抽取公开',
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Ticket',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('ref', models.CharField(max_length=40, verbose_name='名录编号')),
                    ('stratum', models.CharField(max_length=60, verbose_name='分层')),
                    ('status', models.CharField(max_length=30, verbose_name='状态')),
                    ('lots', models.PositiveSmallIntegerField(default=1, verbose_name='签数')),
                    ('is_drawn', models.BooleanField(verbose_name='抽中')),
                ],
                options={
                    'verbose_name': '签号索引',
                    'verbose_name_plural': '签号索引',
                },
            ),
            migrations.CreateModel(
                name='Listing',
                fields=[
                    ('disclosure', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='listing', serialize=False, to='publicity.disclosure', verbose_name='公示')),
                    ('kind', models.CharField(choices=[('result', '抽查结果'), ('penalty', '行政处罚'), ('news', '公告'), ('statement', '企业陈述')], max_length=12, verbose_name='种类')),
                    ('token', models.CharField(max_length=20, verbose_name='公示编号')),
                    ('ref', models.CharField(db_index=True, max_length=40, verbose_name='名录编号')),
                    ('name', models.CharField(max_length=200, verbose_name='名称')),
                    ('code', models.CharField(blank=True, db_index=True, max_length=18, verbose_name='统一社会信用代码')),
                    ('search', models.TextField(verbose_name='查找用')),
                    ('sound', models.CharField(blank=True, max_length=800, verbose_name='读音')),
                    ('town', models.CharField(blank=True, max_length=50, verbose_name='乡镇（街道）')),
                    ('industry', models.CharField(blank=True, max_length=100, verbose_name='行业')),
                    ('category', models.CharField(blank=True, max_length=50, verbose_name='监管分类')),
                    ('items', models.CharField(blank=True, max_length=400, verbose_name='事项代码')),
                    ('result_code', models.CharField(blank=True, max_length=10, verbose_name='结果代码')),
                    ('result', models.CharField(blank=True, max_length=60, verbose_name='结果')),
                    ('draw', models.CharField(blank=True, max_length=30, verbose_name='抽取编号')),
                    ('on', models.DateField(verbose_name='检查或决定日期')),
                    ('published_at', models.DateTimeField(verbose_name='公示时间')),
                    ('ends_on', models.DateField(null=True, verbose_name='公示至')),
                ],
                options={
                    'verbose_name': '公示索引',
                    'verbose_name_plural': '公示索引',
                    'ordering': ['-published_at', '-pk'],
                },
            ),

            migrations.AddField(
                model_name='disclosure',
                name='bureau',
                field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关'),
            ),
            migrations.AddField(
                model_name='disclosure',
                name='penalty',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='disclosures', to='inspections.penalty', verbose_name='处罚案件'),
            ),
            migrations.AddField(
                model_name='disclosure',
                name='published_by',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='公示人'),
            ),
            migrations.AddField(
                model_name='disclosure',
                name='report',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='disclosures', to='inspections.report', verbose_name='检查报告'),
            ),
            migrations.AddField(
                model_name='disclosure',
                name='supersedes',
                field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='publicity.disclosure', verbose_name='更正'),
            ),
            migrations.AddField(
                model_name='enclosure',
                name='file',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.storedfile', verbose_name='文件'),
            ),
            migrations.AddField(
                model_name='ending',
                name='bureau',
                field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关'),
            ),
            migrations.AddField(
                model_name='ending',
                name='by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='办理人'),
            ),
            migrations.AddField(
                model_name='ending',
                name='disclosure',
                field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ending', to='publicity.disclosure', verbose_name='公示'),
            ),
            migrations.AddField(
                model_name='letter',
                name='answered_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='答复人'),
            ),
            migrations.AddField(
                model_name='letter',
                name='bureau',
                field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关'),
            ),
            migrations.AddField(
                model_name='letter',
                name='disclosure',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='publicity.disclosure', verbose_name='针对的公示'),
            ),
            migrations.AddField(
                model_name='letter',
                name='handled_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='承办人'),
            ),
            migrations.AddField(
                model_name='letter',
                name='subject',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.subject', verbose_name='核对到的企业'),
            ),
            migrations.AddField(
                model_name='enclosure',
                name='letter',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enclosures', to='publicity.letter', verbose_name='来信'),
            ),
            migrations.AddField(
                model_name='publication',
                name='bureau',
                field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关'),
            ),
            migrations.AddField(
                model_name='publication',
                name='disclosure',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followers', to='publicity.disclosure', verbose_name='针对的公示'),
            ),
            migrations.AddField(
                model_name='publication',
                name='judged_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='审核人'),
            ),
            migrations.AddField(
                model_name='publication',
                name='letter',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='publicity.letter', verbose_name='来信'),
            ),
            migrations.AddField(
                model_name='publication',
                name='made',
                field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='publication', to='publicity.disclosure', verbose_name='公示'),
            ),
            migrations.AddField(
                model_name='publication',
                name='penalty',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inspections.penalty', verbose_name='处罚案件'),
            ),
            migrations.AddField(
                model_name='publication',
                name='prepared_by',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='拟办人'),
            ),
            migrations.AddField(
                model_name='publication',
                name='report',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inspections.report', verbose_name='检查报告'),
            ),
            migrations.AddField(
                model_name='release',
                name='bureau',
                field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关'),
            ),
            migrations.AddField(
                model_name='release',
                name='changes',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.storedfile', verbose_name='changes.json'),
            ),
            migrations.AddField(
                model_name='release',
                name='commit',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.storedfile', verbose_name='commit.json'),
            ),
            migrations.AddField(
                model_name='release',
                name='draw',
                field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='release', to='inspections.draw', verbose_name='抽取'),
            ),
            migrations.AddField(
                model_name='release',
                name='openings',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.storedfile', verbose_name='openings.json'),
            ),
            migrations.AddField(
                model_name='release',
                name='record',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.storedfile', verbose_name='抽取记录 PDF'),
            ),
            migrations.AddField(
                model_name='release',
                name='released_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='公开人'),
            ),
            migrations.AddField(
                model_name='release',
                name='result',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.storedfile', verbose_name='result.json'),
            ),
            migrations.AddField(
                model_name='ticket',
                name='release',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='publicity.release', verbose_name='抽取公开'),
            ),
            migrations.AddField(
                model_name='listing',
                name='bureau',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关'),
            ),
            migrations.AddIndex(
                model_name='disclosure',
                index=models.Index(fields=['kind', '-id'], name='disclosure_by_kind'),
            ),
            migrations.AddIndex(
                model_name='ticket',
                index=models.Index(fields=['ref'], name='ticket_by_ref'),
            ),
            migrations.AddConstraint(
                model_name='ticket',
                constraint=models.UniqueConstraint(fields=('release', 'ref'), name='ticket_once'),
            ),
            migrations.AddIndex(
                model_name='listing',
                index=models.Index(fields=['-published_at', '-disclosure'], name='listing_newest'),
            ),
            migrations.AddIndex(
                model_name='listing',
                index=models.Index(fields=['-on', '-disclosure'], name='listing_by_day'),
            ),
            migrations.AddIndex(
                model_name='listing',
                index=models.Index(fields=['name', 'disclosure'], name='listing_by_name'),
            ),
            migrations.AddIndex(
                model_name='listing',
                index=models.Index(fields=['town', '-published_at'], name='listing_by_town'),
            ),
            migrations.AddIndex(
                model_name='listing',
                index=models.Index(fields=['result_code', '-published_at'], name='listing_by_result'),
            ),

        ]),
        *walls_of(map(of, _STEPS)),
        migrations.RunPython(of("0006_found_fast").index, migrations.RunPython.noop),
    ]
