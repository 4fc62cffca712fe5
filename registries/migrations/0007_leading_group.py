import django.db.models.deletion
from django.db import migrations, models

from registries.triggers import freeze, refuse, require


_OPEN = "(SELECT published_on FROM registries_leadinggroup WHERE id = {row}.group_id) IS NULL"
_SAID = "group: it has been published"


class Migration(migrations.Migration):

    dependencies = [
        ('registries', '0006_fuller_registers'),
    ]

    operations = [
        migrations.CreateModel(
            name='LeadingGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(default='“双随机、一公开”监管工作领导小组', max_length=100, verbose_name='名称')),
                ('basis', models.CharField(blank=True, max_length=100, verbose_name='设立文件')),
                ('office', models.CharField(blank=True, max_length=60, verbose_name='办公室设在')),
                ('since', models.DateField(verbose_name='自')),
                ('until', models.DateField(blank=True, editable=False, null=True, verbose_name='至')),
                ('published_on', models.DateField(editable=False, null=True, verbose_name='公布日期')),
                ('bureau', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='registries.bureau', verbose_name='机关')),
            ],
            options={
                'verbose_name': '领导小组',
                'verbose_name_plural': '领导小组',
                'ordering': ['-since', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='LeadingMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('head', '组长'), ('deputy', '副组长'), ('member', '成员'), ('office', '办公室主任')], default='member', max_length=10, verbose_name='职责')),
                ('name', models.CharField(max_length=50, verbose_name='姓名')),
                ('post', models.CharField(blank=True, max_length=60, verbose_name='职务')),
                ('order', models.PositiveSmallIntegerField(default=10, verbose_name='次序')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='registries.leadinggroup', verbose_name='领导小组')),
            ],
            options={
                'verbose_name': '领导小组成员',
                'verbose_name_plural': '领导小组成员',
                'ordering': ['order', 'pk'],
            },
        ),
        freeze(
            "registries_leadinggroup", fixed=["bureau_id"], once=["published_on", "until"],
            after=("OLD.published_on IS NOT NULL", ["title", "basis", "office", "since"]),
        ),
        refuse("registries_leadinggroup", "DELETE"),
        require("registries_leadingmember", "begins", "INSERT", _OPEN.format(row="NEW"), _SAID),
        require("registries_leadingmember", "stands", "UPDATE", _OPEN.format(row="OLD"), _SAID),
        refuse("registries_leadingmember", "DELETE"),
    ]
