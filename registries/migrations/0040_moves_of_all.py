"""The last nouns of this room whose moves the database did not know yet."""

from django.db import migrations

from registries.triggers import KeepingTriggers, follow


class Migration(KeepingTriggers, migrations.Migration):
    dependencies = [("registries", "0039_national_ciphers")]
    operations = [
        follow(
            "registries_importrun",
            "unmapped>unmapped unmapped>waiting waiting>unmapped waiting>waiting waiting>comparing "
            "waiting>failed comparing>comparing comparing>previewed comparing>failed previewed>unmapped "
            "previewed>waiting previewed>writing writing>applied writing>failed applied>undone",
        ),
        follow("registries_itemlist", "drafted>published"),
        follow("registries_subjectevent", "recorded>verified recorded>dismissed verified>dismissed"),
        follow("registries_consent", "asked>confirmed asked>refused asked>withdrawn"),
        # its wall "moves" asks only who has judged
        follow("registries_relation", "declared>confirmed declared>refused", name="follows"),
    ]
