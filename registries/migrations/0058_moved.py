"""A bureau may move to another installation: where it has gone, and how an account signs whose name was taken
there."""

from django.db import migrations, models

from registries.triggers import KeepingTriggers

class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("registries", "0057_tree")]

    operations = [
        migrations.AddField(
            model_name="bureau",
            name="moved_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="迁走的时间"),
        ),
        migrations.AddField(
            model_name="bureau",
            name="moved_to",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=200, verbose_name="迁往的网址"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="account",
            name="signs_as",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="从另一套系统搬来时用户名被占用、改了名的：日志里一直是原来的名字。",
                max_length=150,
                verbose_name="办理日志中的名字",
            ),
            preserve_default=False,
        ),
    ]
