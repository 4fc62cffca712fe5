"""来数: sources, deliveries, their rows and records; when a licence ended."""

import django.core.validators
import django.db.models.deletion
import registries.models.fields
import registries.models.keys
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registries', '0043_calendar_feed'),
    ]

    operations = [
        migrations.AddField(
            model_name='licence',
            name='ended_on',
            field=models.DateField(blank=True, help_text='不再有效的填这里，不删除这一行。', null=True, verbose_name='注销、撤销日期'),
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(help_text='文件夹名和推送地址里用它：小写字母、数字和横线。', max_length=30, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9-]*$', '只能用小写字母、数字和横线。')], verbose_name='代码')),
                ('name', models.CharField(help_text='哪个部门的什么平台，如：县市场监管局。', max_length=60, verbose_name='来源')),
                ('content', models.CharField(choices=[('abnormal', '经营异常名录'), ('dishonest', '严重失信主体'), ('penalty', '行政处罚'), ('complaint', '投诉举报'), ('credit', '企业信用风险分类'), ('grading', '分级分类'), ('licence', '许可证照'), ('registry', '登记变更')], max_length=20, verbose_name='内容')),
                ('way', models.CharField(choices=[('file', '经办人上传文件'), ('folder', '放进约定的文件夹'), ('request', '对方推送（带签名的 HTTP）'), ('pull', '本系统定时去取')], default='file', max_length=10, verbose_name='怎样来')),
                ('every_days', models.PositiveSmallIntegerField(default=0, help_text='超过这些天没有来的，在“数据交换”上提醒；0 为不定期。', verbose_name='多少天来一次')),
                ('address', models.URLField(blank=True, help_text='只在“本系统定时去取”时用。', max_length=300, verbose_name='去哪里取')),
                ('hours', models.PositiveSmallIntegerField(default=24, verbose_name='几小时取一次')),
                ('secret', registries.models.fields.EncryptedTextField(blank=True, editable=False, verbose_name='密钥')),
                ('mapping', models.JSONField(blank=True, default=dict, editable=False, verbose_name='栏目对应')),
                ('meanings', models.JSONField(blank=True, default=dict, editable=False, verbose_name='写法的意思')),
                ('is_open', models.BooleanField(default=True, verbose_name='在用')),
                ('asked_at', models.DateTimeField(editable=False, null=True, verbose_name='最近一次去取')),
                ('trouble', models.CharField(blank=True, editable=False, max_length=200, verbose_name='最近一次没有取成的原因')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
            ],
            options={
                'verbose_name': '数据来源',
                'verbose_name_plural': '数据来源',
                'ordering': ['name', 'pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(db_index=True, max_length=64, verbose_name='原件的摘要')),
                ('name', models.CharField(max_length=200, verbose_name='文件名')),
                ('size', models.PositiveBigIntegerField(default=0, verbose_name='字节数')),
                ('way', models.CharField(choices=[('file', '经办人上传文件'), ('folder', '放进约定的文件夹'), ('request', '对方推送（带签名的 HTTP）'), ('pull', '本系统定时去取')], max_length=10, verbose_name='怎样来')),
                ('as_of', models.DateField(null=True, verbose_name='数据截至')),
                ('headers', models.JSONField(default=list, verbose_name='表头')),
                ('told', models.JSONField(default=list, verbose_name='说明')),
                ('counts', models.JSONField(default=dict, verbose_name='各类行数')),
                ('status', models.CharField(choices=[('received', '待读入'), ('unmapped', '待指定栏目'), ('read', '待核对'), ('checked', '待另一人确认'), ('writing', '正在写入'), ('taken', '已办'), ('undone', '已撤销'), ('failed', '没有读成')], db_index=True, default='received', editable=False, max_length=20, verbose_name='状态')),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='没有读成的原因')),
                ('claimed_at', models.DateTimeField(null=True, verbose_name='后台最近一次动作')),
                ('received_at', models.DateTimeField(auto_now_add=True, verbose_name='收到时间')),
                ('checked_at', models.DateTimeField(null=True, verbose_name='核对时间')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='确认时间')),
                ('sent_back', models.CharField(blank=True, max_length=200, verbose_name='退回的原因')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='撤销时间')),
                ('undone_why', models.CharField(blank=True, max_length=200, verbose_name='撤销的原因')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('checked_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='核对人')),
                ('confirmed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.storedfile', verbose_name='原件')),
                ('received_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='上传人')),
                ('undone_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='撤销人')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='registries.source', verbose_name='来源')),
            ],
            options={
                'verbose_name': '来数',
                'verbose_name_plural': '来数',
                'ordering': ['-pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.CreateModel(
            name='SourceRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, verbose_name='对方的记录')),
                ('before', models.JSONField(default=dict, verbose_name='采用以前名录里的')),
                ('given', models.JSONField(default=dict, verbose_name='写进名录的')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('event', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.subjectevent', verbose_name='加签事由')),
                ('licence', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registries.licence', verbose_name='许可证')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='registries.source', verbose_name='来源')),
                ('subject', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='source_records', to='registries.subject', verbose_name='检查对象')),
            ],
            options={
                'verbose_name': '对方的记录',
                'verbose_name_plural': '对方的记录',
                'ordering': ['pk'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.CreateModel(
            name='DeliveryRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='行号')),
                ('key', models.CharField(blank=True, max_length=200, verbose_name='对方的记录')),
                ('digest', models.CharField(max_length=64, verbose_name='内容的摘要')),
                ('as_of', models.CharField(blank=True, max_length=20, verbose_name='何时的')),
                ('values', models.JSONField(default=dict, verbose_name='内容')),
                ('status', models.CharField(choices=[('listed', '待比对'), ('plain', '待核对'), ('odd', '待逐条核对'), ('stranger', '名录中没有'), ('matched', '待另一人确认'), ('taken', '已采用'), ('same', '重复'), ('older', '已有更新的'), ('unreadable', '不能读'), ('rejected', '不采用'), ('undone', '已撤销')], db_index=True, default='listed', editable=False, max_length=20, verbose_name='状态')),
                ('weighs', models.BooleanField(default=False, verbose_name='影响抽取')),
                ('said', models.CharField(blank=True, max_length=300, verbose_name='说明')),
                ('judged_at', models.DateTimeField(null=True, verbose_name='办理时间')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
                ('checked_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='核对人')),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='registries.delivery', verbose_name='来数')),
                ('judged_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人')),
                ('subject', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='delivery_rows', to='registries.subject', verbose_name='检查对象')),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='registries.sourcerecord', verbose_name='记录')),
            ],
            options={
                'verbose_name': '来数的行',
                'verbose_name_plural': '来数的行',
                'ordering': ['delivery', 'number'],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.AddConstraint(
            model_name='source',
            constraint=models.UniqueConstraint(fields=('bureau', 'code'), name='source_code_once'),
        ),
        migrations.AddConstraint(
            model_name='sourcerecord',
            constraint=models.UniqueConstraint(fields=('source', 'key'), name='source_record_once'),
        ),
        migrations.AddIndex(
            model_name='deliveryrow',
            index=models.Index(fields=['bureau', 'key'], name='delivery_row_key'),
        ),
        migrations.AddConstraint(
            model_name='deliveryrow',
            constraint=models.UniqueConstraint(fields=('delivery', 'number'), name='delivery_row_once'),
        ),
    ]
