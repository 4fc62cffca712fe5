"""What stands where a credit code should, and whose numbers nobody should have written down."""

import json
import random

import pytest
from openpyxl import Workbook

from config.demo.invented import credit_code
from registries import creditcode, idnumbers
from registries.models import JournalEntry, StoredFile, Subject
from registries.services import imports

from .test_odd_files import HEADERS, bring, rows, saved, text

pytestmark = pytest.mark.django_db
ID = "11010519491231002X"  # the standard's own example


# -- codes -----------------------------------------------------------------------------------------------


def with_code(cast, *codes, **more):
    lines = [[f"第{n}厂", code, "", ""] for n, code in enumerate(codes)]
    return bring(cast, text([HEADERS, *lines]), "名录.csv", counted=len(lines), **more)


def test_no_code_is_made_of_a_number(cast):
    dice, wrong = random.Random(7), []
    for _ in range(3000):
        number = f"91{dice.randrange(10**16):016d}"
        wrong += [
            each for each in (f"{float(number):.15g}".upper(), repr(float(number))) if "E" in each.upper()
        ]
    assert all(creditcode.fault(creditcode.normalise(each)) for each in wrong) and wrong
    run = with_code(cast, "9.11506268128595E+17", "9.11506E+17", "911506260000123000.00")
    assert run.counts["quarantined"] == 3
    assert "当作数字" in run.lines.first().reason


@pytest.mark.parametrize("head", ["11", "12", "51", "31", "91", "92", "93", "A1", "N1", "N2", "N3", "Y1"])
def test_every_kind_of_code_is_taken(head):
    body = "150626" + credit_code(7)[8:17]
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(letters.index(each) * 3**place % 31 for place, each in enumerate(head + body))
    code = head + body + letters[-total % 31]
    assert creditcode.fault(code) is None and creditcode.doubt(code) is None
    assert creditcode.fault(code[:-1] + letters[(letters.index(code[-1]) + 1) % 31]) == "代码校验位不符"
    assert "前两位" in creditcode.fault("Z" + code[1:]) or "不会有" in creditcode.fault("Z" + code[1:])
    assert "前两位" in creditcode.fault("98" + code[2:])


def doubtful_code():
    letters, sound = "0123456789ABCDEFGHJKLMNPQRTUWXY", credit_code(7)
    body = sound[:16] + ("1" if sound[16] != "1" else "2")
    total = sum(letters.index(each) * 3**place % 31 for place, each in enumerate(body))
    return body + letters[-total % 31]


def test_an_inner_check_digit_that_differs_is_confirmed_by_somebody(cast, client):
    run = with_code(cast, doubtful_code(), credit_code(8))
    line = run.lines.get(outcome="doubtful")
    assert line.once_confirmed == "new" and "对照营业执照确认" in line.reason and run.counts["new"] == 1
    client.force_login(cast.clerk)
    page = f"/admin/registries/importrun/{run.pk}/act/confirm/"
    assert line.name in client.get(page).content.decode()
    client.post(page, {"lines": [line.pk]})
    run.refresh_from_db()
    assert run.counts["new"] == 2 and run.counts["doubtful"] == 0
    assert f'"rows":[{line.row}]' in JournalEntry.objects.get(action="import.confirmed").facts
    imports.apply(run, by=cast.clerk)
    assert Subject.objects.filter(credit_code=doubtful_code()).exists()
    assert with_code(cast, doubtful_code(), credit_code(8)).counts["doubtful"] == 0  # once is enough


def test_a_doubtful_code_that_nobody_confirms_does_not_come_in(cast):
    imports.apply(run := with_code(cast, doubtful_code(), credit_code(8)), by=cast.clerk)
    assert Subject.objects.count() == 1 and "对照营业执照" in str(list(imports.rejected(run)))


def test_old_registration_numbers_are_kept_apart(cast):
    run = with_code(cast, "150626000012343", "1506261234567", "注册号 1506261234568")
    imports.apply(run, by=cast.clerk)
    kept = dict(Subject.objects.values_list("name", "registration_number"))
    assert kept["第0厂"] == "150626000012343" and kept["第1厂"] == "1506261234567"
    assert not Subject.objects.exclude(credit_code="").exists() and "旧注册号" in run.lines.first().reason


# -- whose numbers these are not -----------------------------------------------------------------------


def everything(run):
    told = [run.headers, run.told, run.mapping, [list(each.values()) for each in run.lines.values()]]
    return json.dumps(told, ensure_ascii=False, default=str) + "".join(each.extra for each in run.lines.all())


@pytest.mark.parametrize(
    "written",
    [
        ID,
        ID.lower(),
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
        "110105.19491231.002X",
        "1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 X",
        "110105—19491231—002X",
        f"身份证{ID}手机13900001111",
        f"ID{ID}A",
        f"13900001111{ID}",
    ],
)
@pytest.mark.parametrize("column", range(6))
def test_an_id_number_is_stored_nowhere(cast, written, column):
    line = [*rows(1)[0], "王某", "其他"]
    line[column] = written if column in (1, 4) else f"{line[column]} {written}"
    run = bring(cast, text([[*HEADERS, "负责人", "门牌"], line]), "名录.csv", counted=1)
    if run.counts["new"]:
        imports.apply(run, by=cast.clerk)
    kept = everything(run) + str(list(Subject.objects.values())) + str(list(JournalEntry.objects.values()))
    for form in (written, ID, "19491231"):
        assert form not in kept
    assert "有身份证号码，已隐去" in " ".join(run.told)
    assert written not in str(list(imports.rejected(run)))
    assert run.counts["refused"] == (column == 1)  # no code, and nobody's business


def test_the_name_of_a_file_and_of_a_sheet_hold_none(cast):
    data = text([HEADERS, *rows(1)])
    run = bring(cast, data, f"王某{ID}.csv", counted=1)
    assert ID not in everything(run) + run.file_name + str(list(StoredFile.objects.values()))
    made = Workbook()
    made.active.title = f"表{ID}"[:31]
    for line in [HEADERS, *rows(1)]:
        made.active.append(line)
    made.create_sheet("另一张").append(["甲"])
    run = bring(cast, saved(made), counted=1)
    assert ID not in everything(run) + str(run.__dict__) + str(list(JournalEntry.objects.values()))


def test_a_number_that_was_hidden_overwrites_nothing(cast):
    headers = [*HEADERS, "联系电话"]
    imports.apply(bring(cast, text([headers, [*rows(1)[0], "13900001111"]]), "名录.csv"), by=cast.clerk)
    run = bring(cast, text([headers, [*rows(1)[0], ID]]), "名录.csv", counted=1)
    assert run.counts["unchanged"] == 1 and Subject.objects.get().phone == "13900001111"


def test_in_a_header_or_a_title_too(cast):
    run = bring(
        cast, text([[f"名单 {ID}"], [*HEADERS, f"备用{ID}"], *[[*each, "甲"] for each in rows()]]), "名录.csv"
    )
    assert ID not in everything(run)


def test_a_credit_code_is_no_id_number():
    assert idnumbers.hide(credit_code(5)) == credit_code(5) and idnumbers.is_one(ID)
    for no in (
        "110105194912310021",
        "110105194902310025",
        "99010519491231002X",
        "1" * 18,
        "11010519491231002",
    ):
        assert idnumbers.hide(no) == no


def test_the_original_is_sealed_and_each_look_is_on_record(cast, client, settings):
    data = text([[*HEADERS, "电话"], [*rows(1)[0], ID]])
    run = imports.preview(data, "名录.csv", by=cast.clerk)
    for stored in StoredFile.objects.all():
        assert ID.encode() not in stored.path.read_bytes() and stored.path.read_bytes() != data
    address = f"/admin/registries/importrun/{run.pk}/act/original/"
    for who, sees in ((cast.clerk, True), (cast.auditor, True), (cast.head, False), (cast.stranger, False)):
        client.force_login(who)
        answer = client.post(address)
        assert (answer.status_code == 200 and answer.content == data) is sees, who
    assert JournalEntry.objects.filter(action="import.read").count() == 2
