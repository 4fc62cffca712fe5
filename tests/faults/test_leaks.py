"""A relative's name, declared in the browser, reviewed, read and drawn with, stands nowhere in the clear."""

import logging
import subprocess
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection

from config import celery_app
from inspections.draw import sealing
from registries.models import RecusalGround, Relation
from registries.services import relations

from ..staircase import throw
from .conftest import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "欧阳燕归"
WRITTEN = [NAME.encode(form) for form in ("utf-8", "gb18030", "utf-16-le")] + [
    NAME.encode("unicode_escape"),
    NAME.encode("unicode_escape").upper(),
]


def leaks(data):
    return any(form in data for form in WRITTEN)


def test_no_dump_log_journal_cache_or_file_holds_a_relatives_name(
    client, register, inspectors, make_task, seal, cast, worker, bell, redis_url, caplog, tmp_path
):
    caplog.set_level(logging.DEBUG)
    person, ground = inspectors[0], RecusalGround.objects.get(bureau=cast.legal.bureau, code="R02")
    client.force_login(person.account)
    form = {
        "which": "one",
        "ground": ground.pk,
        "scope": "enterprise",
        "target": register[0].credit_code,
        "relative": f"{NAME}（配偶）",
        "since": "2026-01-01",
        "promise": "on",
    }
    broken = client.post("/desk/recusals/", form | {"target": "查无此户"}).content.decode()
    assert "名录中没有" in broken and NAME in broken  # her own page gives back what she typed
    assert client.post("/desk/recusals/", form).status_code == 302
    assert NAME not in client.get("/desk/recusals/").content.decode()
    relation = Relation.objects.get()
    assert NAME in relation.relative
    client.force_login(cast.legal)
    assert NAME in client.get(f"/admin/registries/relation/{relation.pk}/change/").content.decode()
    assert NAME not in client.get("/admin/registries/relation/").content.decode()
    relations.review(relation, True, by=cast.supervisor)
    relations.compare(cast.legal.bureau, by=cast.legal)
    worker()
    draw = throw(seal(make_task()))
    bell(draw)
    assert wait_for(lambda: sealing.Draw.objects.get(pk=draw.pk).status == "drawn")
    call_command("backup", output=str(tmp_path / "backup.tar"), verbosity=0)

    made = connection.settings_dict
    dump = subprocess.run(
        ["pg_dump", "--dbname", f"postgres://{made['USER']}@{made['HOST']}:{made['PORT']}/{made['NAME']}"],
        capture_output=True,
        check=True,
    ).stdout
    assert person.name.encode() in dump and not leaks(dump)
    assert not leaks((tmp_path / "backup.tar").read_bytes())
    assert caplog.text and not leaks(caplog.text.encode())
    with celery_app.connection_for_write(redis_url) as to:
        redis = to.default_channel.client
        kept = b"".join(redis.dump(key) or b"" for key in redis.keys("*"))
    assert not leaks(kept)
    for path in Path(django_settings.FILES_DIR).rglob("*"):
        assert path.is_dir() or not leaks(path.read_bytes()), path
