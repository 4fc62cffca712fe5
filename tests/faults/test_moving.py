"""A county moves to another installation and back: the same chain, the same files, the same keys of rows;
what stays behind signs nothing, is read by its auditor and leads on; there are never two that live."""

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.db import connection

from inspections.models import Draw

from .. import ground
from ..levels import APP, OWNER, _drop
from .conftest import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
NEW, BACK = "https://sheng.example/b/990101", "https://xian.example"


class House:
    """An installation: its database, its files, its keys of secrets."""

    def __init__(self, var, keys):
        self.var, self.keys, self.database = var, keys, ""
        var.mkdir(exist_ok=True)

    def manage(self, *arguments, role=OWNER, **more):
        made = connection.settings_dict
        env = os.environ | {"MINGQIAN_VAR": str(self.var), "FIELD_KEYS": self.keys, "SECOND_FACTOR_ROLES": ""}
        env |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PUBLIC_SECONDS": "0", "REDIS_URL": ""} | more
        env.pop("DATABASE_URL", None)
        if self.database:
            env["DATABASE_URL"] = f"postgres://{role}@{made['HOST']}:{made['PORT']}/{self.database}"
        command = [sys.executable, "manage.py", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)

    def do(self, code, role=APP):
        """Lines of Python as the application; what they print."""
        told = self.manage("shell", "-v0", "-c", _BEGIN + code, role=role)
        assert told.returncode == 0, told.stderr[-1500:]
        return told.stdout.strip()

    def asked(self, *paths, by=None):
        """[(status, where it leads)] of pages."""
        enter = f"c.force_login(Account.objects.get(username={by!r})); " if by else ""
        code = f"c = Client(HTTP_HOST='localhost'); {enter}print(json.dumps([(a.status_code, a.headers.get("
        return json.loads(self.do(f"{code}'Location')) for a in map(c.get, {list(paths)!r})]))"))


_BEGIN = """
import json
from django.conf import settings
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
from datetime import date, timedelta
from django.test import Client
from django.utils import timezone
from django.db import connection, transaction
from inspections.models import Draw
from inspections.watch import anchors
from registries.errors import DomainError
from registries.models import *
from registries.services import accounts, bureaus, items, journal
county = Bureau.objects.filter(code="990101").first()
def drafts(name):
    by = Account.objects.get(username=name)
    return items.draft("新的清单", timezone.localdate() + timedelta(days=9), by=by).pk
"""


@pytest.fixture
def county(released, tmp_path, settings):
    """Where the county stands: the database of this test, as its owner and its application see it."""
    made = House(tmp_path / "county", django_settings.FIELD_KEYS)
    shutil.copytree(settings.FILES_DIR, made.var / "files", dirs_exist_ok=True)
    name = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        shutil.copy(name, made.var / "mingqian.sqlite3")
    else:
        made.database = name
    return made


@pytest.fixture
def province(tmp_path):
    """Another installation, with keys of its own and a bureau of its own."""
    made = House(tmp_path / "province", f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    if connection.vendor == "sqlite":
        assert ground.file_into(made.var / "mingqian.sqlite3")
    else:
        made.database = f"province_{secrets.token_hex(4)}"
        with ground.cluster() as admin, admin.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{made.database}" OWNER {OWNER}')
        at = SimpleNamespace(port=connection.settings_dict["PORT"])
        assert ground.dump_into(at, made.database, OWNER)
        assert made.manage("grant", APP).returncode == 0
    two = ("--officer", "sheng-guan", "--security", "sheng-an")
    told = made.manage("found_bureau", "990000", "某省应急管理厅", "省", *two)
    assert told.returncode == 0 and "号段" not in told.stdout, told.stderr
    yield made
    if made.database:
        _drop(made.database)


def word(path):
    path.write_text("一个很长很长、写在纸上的口令", encoding="utf-8")
    return ("--password-file", path)


def refused(told, *said):
    assert told.returncode == 1 and all(each in told.stderr for each in said), told
    return True


def whole(house, anchor=None):
    """Every verifier agrees."""
    more = ["--anchor", anchor] if anchor else []
    for command in (["verify_draw", "--all", *more], ["verify_journal", *more], ["verify_files"]):
        told = house.manage(*command, role=APP)
        assert told.returncode == 0, (command, told.stdout[-1500:], told.stderr[-500:])


@pytest.mark.trial
def test_a_county_moves_to_the_province_and_back(county, province, released, tmp_path):
    number = Draw.objects.get(release=released).number
    open_, anchor, first = word(tmp_path / "word"), tmp_path / "anchor.json", tmp_path / "first"
    county.do(f"open({str(anchor)!r}, 'w').write(json.dumps(anchors.take()))")
    # as an officer would have written it, before it is known where the bureau goes
    county.do(
        "one = Account.objects.get(username='auditor'); one.sso_name = 'one-for-all'; one.save();"
        "from registries.services import covers; covers.touch(county, [one], by=None)"
    )
    county.do(f"open({str(anchor)!r}, 'w').write(json.dumps(anchors.take()))")
    told = county.manage("move_out", "990101", NEW, first, *open_)
    assert told.returncode == 0 and "已搬出" in told.stdout, told.stderr
    assert first.stat().st_mode & 0o077 == 0 and "青原".encode() not in first.read_bytes()
    _signs_nothing(county)
    _leads_on(county, number)
    # put into a file once more, as it left
    told = county.manage("move_out", "990101", "https://nowhere.example", tmp_path / "again", *open_)
    assert told.returncode == 0 and "又装了一次" in told.stdout and NEW in told.stdout

    _refuses_what_is_not_it(province, first, tmp_path, open_)
    taken = "Account.objects.filter(username='sheng-guan').update(sso_name='{}'); print('')"
    province.do(taken.format("one-for-all"))
    told = province.manage("move_in", first, *open_, "--rename", "clerk=qing-clerk")
    assert refused(told, "已被占用") and province.do("print(Bureau.objects.count())") == "1"
    province.do(taken.format(""))
    told = province.manage("move_in", first, *open_, "--rename", "clerk=qing-clerk", "--upper", "990000")
    assert told.returncode == 0 and "已搬进" in told.stdout, (told.stdout, told.stderr)
    only = json.loads(anchor.read_text(encoding="utf-8"))
    only["bureaus"] = {"990101": only["bureaus"]["990101"]}
    anchor.write_text(json.dumps(only), encoding="utf-8")
    whole(province, anchor)  # it is the one that the anchor knows
    # the only one here that has told the public anything: at the root, and where its old addresses lead
    pages = [f"/draws/{number}/", "/results/", "/plans/", f"/b/990101/draws/{number}/"]
    told = province.asked(*pages)
    assert told == [[200, None]] * 3 + [[302, f"/draws/{number}/"]]
    assert province.do("print(county.upper.code, county.moved_at)") == "990000 None"
    kept = "print(Account.objects.get(username='qing-clerk').check_password('pw-for-tests'))"
    assert province.do(kept) == "True"
    assert refused(province.manage("move_in", first, *open_), "还没有搬出")
    # it works on: what is made from here on has higher keys than all that came
    assert int(province.do("print(drafts('qing-clerk'))")) > 990_000 * 10**9
    assert province.manage("run_due").returncode == 0

    other = int(county.do("print(drafts('stranger'))"))  # the neighbour works on where the county was
    second = tmp_path / "second"
    assert province.manage("move_out", "990101", BACK, second, *open_).returncode == 0
    told = county.manage("move_in", second, *open_)
    assert told.returncode == 0, (told.stdout, told.stderr)
    whole(county, anchor)
    assert county.asked(f"/draws/{number}/", "/results/") == [[200, None]] * 2
    acts = "JournalEntry.objects.filter(bureau=county, action__startswith='bureau.moved').order_by('seq')"
    told = county.do(
        f"print([each.action[7:] for each in {acts}], ItemList.objects.filter(title='新的清单').count())"
    )
    assert told == "['moved_out', 'moved_in', 'moved_out', 'moved_in'] 2"
    assert int(county.do("print(drafts('qing-clerk'))")) > other
    _signs_nothing(province, "qing-clerk")
    # the copy that the province keeps is longer than the first that came
    assert refused(province.manage("move_in", first, *open_), "不是包里这一个的前身")
    assert refused(county.manage("move_in", second, *open_), "还没有搬出")


def _signs_nothing(house, clerk="clerk"):
    """Whoever asks, by the page, by an act, by the night's work, or past the application."""
    before = house.do("print(journal.head(county)['seq'])")
    code = (
        f"by = {clerk!r}"
        + """
try:
    drafts(by); print("done")
except DomainError as no:
    print(no.code, end=" ")
kept = "seq, at, actor, action, about, facts"
last = f"FROM registries_journalentry WHERE bureau_id = {county.pk}"
for sql in (
    "UPDATE registries_bureau SET moved_at = NULL WHERE code = '990101'",
    f"INSERT INTO registries_journalentry (bureau_id, {kept}, prev, digest, salt, sm3) SELECT bureau_id,"
    f" {kept.replace('seq', 'seq + 1')}, digest, 'x', salt, sm3 {last} ORDER BY seq DESC LIMIT 1",
):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        print("done", sql)
    except Exception as no:
        print(type(no).__name__, end=" ")
"""
    )
    told = house.do(code)
    assert "done" not in told and told.startswith("bureau_moved"), told
    told = house.manage("run_due", role=APP)
    assert told.returncode == 0 and "failed" not in told.stderr and "Traceback" not in told.stderr, (
        told.stderr
    )
    assert house.do("print(journal.head(county)['seq'])") == before
    told = house.manage("verify_journal", role=APP)
    assert told.returncode == 0, told.stdout


def _leads_on(house, number):
    """Its pages are elsewhere; its auditor reads what is left, and nobody else."""
    pages = ["/", "/draws/?page=2", f"/draws/{number}/", f"/b/990101/draws/{number}/", "/results/"]
    to = [f"{NEW}/", f"{NEW}/draws/?page=2", f"{NEW}/draws/{number}/", f"/draws/{number}/", f"{NEW}/results/"]
    assert house.asked(*pages) == [[302, each] for each in to]
    assert [status for status, _ in house.asked("/admin/", "/desk/", by="clerk")] == [403, 403]
    audited = ["/admin/", "/admin/registries/journalentry/", "/admin/oversight/"]
    assert [status for status, _ in house.asked(*audited, by="auditor")] == [200, 200, 200]
    code = """
c = Client(HTTP_HOST="localhost")
told = c.post("/login/", {"username": "clerk", "password": "pw-for-tests"})
print(told.status_code, "已迁到" in told.content.decode(), end=" ")
told = c.post("/login/", {"username": "auditor", "password": "pw-for-tests"})
print(told.status_code, c.post("/admin/oversight/chain/").status_code, c.post("/logout/").status_code)
"""
    assert house.do(code) == "200 True 302 403 302"


def _refuses_what_is_not_it(house, package, tmp_path, open_):
    """Another word, a bent file, a name that is taken: nothing has changed here."""
    count = "print(Bureau.objects.count(), Account.objects.count(), JournalEntry.objects.count())"
    house.do("accounts.open_account(Bureau.objects.get(), 'clerk', '省厅某', ['clerk'], password='x')")
    before = house.do(count)
    (tmp_path / "other").write_text("另一个口令", encoding="utf-8")
    assert refused(house.manage("move_in", package, "--password-file", tmp_path / "other"), "打不开")
    data = bytearray(package.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "bent").write_bytes(data)
    assert refused(house.manage("move_in", tmp_path / "bent", *open_), "打不开")
    (tmp_path / "cut").write_bytes(package.read_bytes()[:-40])
    assert refused(house.manage("move_in", tmp_path / "cut", *open_), "打不开")
    assert refused(house.manage("move_in", package, *open_), "用户名 clerk", "--rename")
    assert house.do(count) == before and not Path(house.var / "files").exists()


def test_what_is_half_done_is_finished_first(county, tmp_path):
    """An import that the background has in hand: the county stays where it is."""
    code = """
from registries.services import imports
table = "企业名称,统一社会信用代码\\n青原试验厂,\\n".encode()
print(imports.receive(table, "名录.csv", by=Account.objects.get(username="clerk")).status)
"""
    assert county.do(code) == "waiting"
    told = county.manage("move_out", "990101", NEW, tmp_path / "x", *word(tmp_path / "word"))
    assert refused(told, "名录正在比对或写入") and not (tmp_path / "x").exists()
    assert county.do("print(county.moved_at)") == "None"
    (tmp_path / "short").write_text("1234", encoding="utf-8")
    short = ("--password-file", tmp_path / "short")
    assert refused(county.manage("move_out", "990101", NEW, tmp_path / "x", *short), "口令至少")
    (tmp_path / "there").write_text("something of somebody")
    told = county.manage("move_out", "990101", NEW, tmp_path / "there", *word(tmp_path / "word"))
    assert refused(told, "已经存在") and (tmp_path / "there").read_text() == "something of somebody"
    assert county.do("print(county.moved_at)") == "None"
