"""报送材料: the yearly summary becomes one kind of several; replies; layouts. The table keeps its name and
rows."""

import django.db.models.deletion
import registries.models.keys
from django.conf import settings
from django.db import migrations, models

from registries.triggers import KeepingTriggers

def _person(title):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        verbose_name=title,
    )


def _bureau():
    return models.ForeignKey(
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        to="registries.bureau",
        verbose_name="机关",
    )


def _key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [
        ("publicity", "0010_year_report"),
        ("registries", "0042_course_and_town"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelTable("yearreport", "publicity_yearreport"),
        migrations.RenameModel("YearReport", "Return"),
        migrations.AlterModelOptions(
            "return", {"ordering": ["-pk"], "verbose_name": "报送材料", "verbose_name_plural": "报送材料"}
        ),
        migrations.AddField(
            "return",
            "kind",
            models.CharField(
                choices=[
                    ("summary", "年度总结（报编办）"),
                    ("statistics", "行政执法统计"),
                    ("justice", "行政执法数据表（报司法局）"),
                    ("window", "双随机情况表"),
                    ("common", "普遍性问题通报"),
                ],
                default="summary",
                editable=False,
                max_length=12,
                verbose_name="种类",
            ),
        ),
        migrations.AddField(
            "return",
            "numbers",
            models.JSONField(default=list, editable=False, verbose_name="各项指标"),
        ),
        migrations.AddField(
            "return",
            "note",
            models.TextField(
                blank=True,
                default="",
                help_text="与上期相差大的、另填的数，在这里说明。",
                verbose_name="说明",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            "return",
            "text",
            models.TextField(
                blank=True,
                help_text="以 # 开头的一行是小标题；空行分段。数字是起草时数的，改了要能说明。",
                verbose_name="正文",
            ),
        ),
        migrations.AlterField(
            "return",
            "word",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registries.storedfile",
                verbose_name="Word、Excel",
            ),
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", _key()),
                ("sender", models.CharField(max_length=100, verbose_name="谁回复")),
                ("on", models.DateField(verbose_name="回复日期")),
                ("said", models.CharField(max_length=500, verbose_name="内容")),
                ("noted_at", models.DateTimeField(auto_now_add=True, verbose_name="登记时间")),
                (
                    "answers",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="publicity.return",
                        verbose_name="报送材料",
                    ),
                ),
                ("bureau", _bureau()),
                ("noted_by", _person("登记人")),
            ],
            options={
                "verbose_name": "报送材料的回复",
                "verbose_name_plural": "报送材料的回复",
                "ordering": ["on", "pk"],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.CreateModel(
            name="ReturnLayout",
            fields=[
                ("id", _key()),
                ("code", models.CharField(max_length=12, verbose_name="报表")),
                ("version", models.PositiveIntegerField(verbose_name="版次")),
                ("title", models.CharField(max_length=100, verbose_name="标题")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                ("parts", models.JSONField(verbose_name="各栏")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="修改时间")),
                ("bureau", _bureau()),
                ("made_by", _person("修改人")),
            ],
            options={
                "verbose_name": "报表版式",
                "verbose_name_plural": "报表版式",
                "ordering": ["code", "-version"],
            },
            bases=(registries.models.keys.Keyed, models.Model),
        ),
        migrations.AddConstraint(
            "returnlayout",
            models.UniqueConstraint(fields=("bureau", "code", "version"), name="layout_version_once"),
        ),
    ]
