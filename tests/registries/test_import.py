"""Import of enterprises: preview, apply, quarantine, and nothing twice."""

import re
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.demo import invented
from registries import bulk, exports, tasks
from registries.errors import DomainError
from registries.models import Account, Bureau, ImportRun, JournalEntry, RoleGrant, Subject
from registries.services import classes, imports, jurisdiction, storage, subjects

pytestmark = pytest.mark.django_db
GOOD = invented.credit_code(900)


def table(*rows):
    return ("企业名称,统一社会信用代码,住所\n" + "\n".join(",".join(row) for row in rows)).encode()


def test_preview_changes_nothing_and_apply_brings_it_in(cast):
    run = imports.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk)
    assert run.counts["new"] == 1 and not Subject.objects.exists()
    imports.apply(run, by=cast.clerk)
    subject = Subject.objects.get()
    assert (subject.ref, subject.name, subject.address) == (GOOD, "甲厂", "一号")
    assert [code.code for code in subject.codes.all()] == [GOOD]


def test_the_second_import_changes_nothing(cast, register):
    before = list(register.order_by("pk").values())
    run = imports.preview(invented.register_csv(), "again.csv", by=cast.clerk)
    assert run.counts["new"] == run.counts["changed"] == run.counts["missing"] == 0
    imports.apply(run, by=cast.clerk)
    assert list(register.order_by("pk").values()) == before


def test_a_change_is_shown_field_by_field(cast):
    imports.apply(imports.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk), by=cast.clerk)
    run = imports.preview(table(("甲厂", GOOD.lower(), "二号")), "b.csv", by=cast.clerk)
    assert run.lines.get(outcome="changed").values == {"address": ["一号", "二号"]}
    imports.apply(run, by=cast.clerk)
    assert Subject.objects.get().address == "二号"


def test_an_empty_cell_does_not_wipe_the_register(cast):
    imports.apply(imports.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk), by=cast.clerk)
    run = imports.preview(table(("甲厂", GOOD, "")), "b.csv", by=cast.clerk)
    assert run.counts["unchanged"] == 1


def test_a_bad_code_is_quarantined_with_its_row(cast):
    bad = GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B")
    run = imports.preview(table(("甲厂", bad, ""), ("乙厂", GOOD, "")), "a.csv", by=cast.clerk)
    line = run.lines.get(outcome="quarantined")
    assert line.row == 2 and "校验位" in line.reason
    imports.apply(run, by=cast.clerk)
    assert [each.name for each in Subject.objects.all()] == ["乙厂"]
    assert run.lines.filter(outcome="quarantined").exists()


def test_rows_without_name_or_twice_are_refused_by_number(cast):
    run = imports.preview(
        table(("甲厂", GOOD, ""), ("", "", "x"), ("甲厂", GOOD, "")), "a.csv", by=cast.clerk
    )
    assert [(line.row, line.reason) for line in run.lines.filter(outcome="refused")] == [
        (3, "没有企业名称"),
        (4, "与第 2 行重复"),
    ]


def test_a_firm_without_code_keeps_its_number_when_a_code_comes(cast):
    imports.apply(imports.preview(table(("无照窑", "", "")), "a.csv", by=cast.clerk), by=cast.clerk)
    ref = Subject.objects.get().ref
    assert ref.startswith("NC-990101-")
    run = imports.preview(table(("无照窑", GOOD, "")), "b.csv", by=cast.clerk)
    imports.apply(run, by=cast.clerk)
    subject = Subject.objects.get()
    assert (subject.ref, subject.credit_code) == (ref, GOOD)


def test_a_preview_that_the_register_has_outrun_is_not_applied(cast):
    for code in (GOOD, ""):
        first = imports.preview(table((f"厂{code}", code, "一号")), "a.csv", by=cast.clerk)
        second = imports.preview(table((f"厂{code}", code, "一号")), "a.csv", by=cast.clerk)
        imports.apply(first, by=cast.clerk)
        with pytest.raises(DomainError, match="import_stale"):
            imports.apply(second, by=cast.clerk)
    assert Subject.objects.count() == 2


def test_columns_are_mapped_by_hand_where_the_header_says_nothing(cast):
    data = f"甲列,乙列\n甲厂,{GOOD}\n".encode()
    run = imports.preview(data, "odd.csv", by=cast.clerk)
    assert run.status == "unmapped" and run.headers == ["甲列", "乙列"]
    with pytest.raises(DomainError, match="import_not_previewed"):
        imports.apply(run, by=cast.clerk)
    run = imports.compare(imports.remap(run, {"name": 0, "credit_code": 1}, by=cast.clerk).pk)
    assert run.counts["new"] == 1
    imports.apply(run, by=cast.clerk)
    assert Subject.objects.get().ref == GOOD
    with pytest.raises(DomainError, match="import_not_previewed"):
        imports.remap(run, {"name": 0}, by=cast.clerk)


def test_a_run_is_applied_once(cast):
    run = imports.preview(table(("甲厂", GOOD, "")), "a.csv", by=cast.clerk)
    imports.apply(run, by=cast.clerk)
    with pytest.raises(DomainError) as refused:
        imports.apply(run, by=cast.clerk)
    assert refused.value.code == "import_not_previewed"


def test_only_a_clerk_of_the_bureau_imports(cast):
    for person in (cast.witness1, cast.head):
        with pytest.raises(DomainError, match="not_allowed"):
            imports.preview(table(("甲厂", GOOD, "")), "a.csv", by=person)
    run = imports.preview(table(("甲厂", GOOD, "")), "a.csv", by=cast.clerk)
    with pytest.raises(DomainError, match="other_bureau"):
        imports.apply(run, by=cast.stranger)


def test_two_bureaus_may_list_the_same_firm(cast):
    for by in (cast.clerk, cast.stranger):
        imports.apply(imports.preview(table(("甲厂", GOOD, "")), "a.csv", by=by), by=by)
    assert Subject.objects.filter(credit_code=GOOD).count() == 2


def test_the_journal_holds_counts_and_no_names(cast, register):
    facts = " ".join(JournalEntry.objects.values_list("facts", flat=True))
    assert '"new":' in facts
    assert not any(
        subject.name in facts or subject.legal_representative in facts for subject in register[:20]
    )


def test_classes_are_proposed_and_confirmed(bureau, cast, register):
    named = register.exclude(category=None).values_list("category__name", flat=True).distinct()
    assert {"非煤矿山", "危险化学品", "烟花爆竹", "工贸-机械"} <= set(named)
    left = register.filter(category=None)
    assert left.exists()  # the cooperatives: no rule speaks of them
    assert classes.propose(bureau, by=cast.clerk) == {"": left.count()}


def test_the_command_previews_and_applies(cast, tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_bytes(table(("甲厂", GOOD, "")))
    call_command("import_subjects", str(path), by="clerk")
    assert not Subject.objects.exists() and "新增：1" in capsys.readouterr().out
    call_command("import_subjects", str(path), "--apply", by="clerk")
    assert Subject.objects.count() == 1


def test_the_real_register_reads_alike_from_xls_and_csv(cast, real_data):
    folder = real_data / "enterprises"
    move(cast, "150626", "乌审旗应急管理局")
    lines = {}
    for name in ("乌审旗_994.csv", "乌审旗_994.xls"):
        run = imports.preview((folder / name).read_bytes(), name, by=cast.clerk)
        assert run.counts["outside"] == 1 and run.lines.get(outcome="outside").place == "鄂尔多斯市东胜区"
        assert run.counts["new"] + run.counts["quarantined"] + run.counts["refused"] == 993
        lines[name] = list(run.lines.order_by("row").values_list("outcome", "name", "values"))
    assert lines["乌审旗_994.csv"] == lines["乌审旗_994.xls"]
    imports.apply(run, by=cast.clerk)
    again = imports.preview((folder / "乌审旗_994.csv").read_bytes(), "again.csv", by=cast.clerk)
    assert again.counts["unchanged"] == Subject.objects.count()
    assert again.counts["new"] == again.counts["changed"] == 0
    counts = classes.propose(cast.clerk.bureau, by=cast.clerk)
    assert len([name for name, count in counts.items() if name and count >= 5]) >= 4, counts


def move(cast, code, name):
    """The bureau of the cast to a real county, whose registers are at hand."""
    Bureau.objects.filter(pk=cast.clerk.bureau_id).update(code=code, name=name)
    cast.clerk.refresh_from_db()


def test_a_whole_citys_register_given_to_one_county(cast, real_data):
    """Only its own firms can come in; the rest are counted by place."""
    move(cast, "150626", "乌审旗应急管理局")
    run = imports.preview(
        (real_data / "enterprises/鄂尔多斯市.csv.gz").read_bytes(), "鄂尔多斯市.csv.gz", by=cast.clerk
    )
    places = dict(jurisdiction.places(run))
    assert (
        places["鄂尔多斯市东胜区"] > 3000
        and places["鄂尔多斯市准格尔旗"] > 1500
        and sum(places.values()) > 8000
    )
    assert "辖区外" in " ".join(jurisdiction.say(run)) and 900 < run.counts["new"] < 1100
    imports.apply(run, by=cast.clerk)
    assert (
        not Subject.objects.filter(address__contains="东胜区").filter(address__startswith="内蒙古").exists()
    )
    assert jurisdiction.strangers(cast.clerk.bureau) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "code", "title"),
    [
        ("乌审旗_汶上县_1228.xlsx", "370830", "汶上县应急管理局"),
        ("鄂尔多斯市.csv.gz", "150600", "鄂尔多斯市应急管理局"),
    ],
)
def test_the_larger_registers_lose_no_row(cast, real_data, name, code, title):
    move(cast, code, title)
    data = (real_data / "enterprises" / name).read_bytes()
    run = imports.preview(data, name, by=cast.clerk)
    imports.apply(run, by=cast.clerk)
    assert Subject.objects.count() == run.counts["new"] > 200
    assert sum(run.counts.values()) == run.lines.count()


def test_a_bureau_is_founded_with_its_first_two_accounts(db, capsys, client):
    two = {"officer": "chief", "security": "second"}
    call_command("found_bureau", "150999", "某旗应急管理局", "某", **two)
    said = capsys.readouterr().out
    passwords = dict(re.findall(r" (\w+)，密码 (\S+)", said))
    assert set(passwords) == {"chief", "second"} and "见证人不能是同一个人" in said
    assert client.login(username="second", password=passwords["second"])
    assert client.get("/admin/registries/consent/")["Location"] == "/password/"
    Account.objects.update(must_change_password=False)
    assert client.get("/admin/registries/consent/").status_code == 200
    assert client.login(username="chief", password=passwords["chief"])
    assert client.get("/admin/registries/account/").status_code == 200
    assert client.get("/admin/registries/subject/").status_code == 403
    with pytest.raises(CommandError, match="已经设立了“某旗应急管理局”.*公示页.*--anyway"):
        call_command("found_bureau", "150888", "邻旗应急管理局", "邻", officer="other", security="o2")
    assert Bureau.objects.count() == 1
    with pytest.raises(CommandError, match="已被使用"):
        call_command(
            "found_bureau", "150888", "邻旗应急管理局", "邻", officer="chief", security="o2", anyway=True
        )
    call_command(
        "found_bureau", "150888", "邻旗应急管理局", "邻", officer="other", security="o2", anyway=True
    )
    assert Bureau.objects.count() == 2
    with pytest.raises(CommandError, match="已有安全管理员"):
        call_command("found_bureau", "150888", "邻旗应急管理局", "邻", security="o3")
    RoleGrant.objects.filter(account__username="o2").update(until=date(2020, 1, 1))
    call_command("found_bureau", "150888", "邻旗应急管理局", "邻", security="o3")
    assert "只提出，不能单独生效" in capsys.readouterr().out


def test_an_undone_import_puts_the_old_values_back_and_takes_the_new_out(cast):
    other = invented.credit_code(901)
    imports.apply(imports.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk), by=cast.clerk)
    before = Subject.objects.get(ref=GOOD)
    run = imports.apply(
        imports.preview(table(("甲厂改名", GOOD, "二号"), ("乙厂", other, "三号")), "b.csv", by=cast.clerk),
        by=cast.clerk,
    )
    imports.undo(run, by=cast.clerk)
    after = Subject.objects.get(ref=GOOD)
    assert (after.name, after.address) == (before.name, before.address)
    gone = Subject.objects.get(ref=other)
    assert (
        gone.left_on
        and "撤销导入" in gone.left_reason
        and not Subject.objects.listed().filter(ref=other).exists()
    )
    assert JournalEntry.objects.filter(action="import.undone").count() == 1
    with pytest.raises(DomainError, match="import_not_applied"):
        imports.undo(run, by=cast.clerk)


def test_an_import_that_has_grown_is_not_undone(cast):
    run = imports.apply(imports.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk), by=cast.clerk)
    subject = Subject.objects.get()
    subject.town = "清水镇"
    subject.save()
    with pytest.raises(DomainError, match="import_grown") as refused:
        imports.undo(run, by=cast.clerk)
    assert refused.value.facts["names"] == "甲厂"


def test_an_import_sealed_into_a_draw_is_not_undone(cast, sealed):
    run = ImportRun.objects.get(status="applied")
    with pytest.raises(DomainError, match="import_grown"):
        imports.undo(run, by=cast.clerk)


def test_rejected_rows_come_back_as_they_were_and_can_be_brought_again(cast):
    bad = GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B")
    data = (
        "备注,企业名称,统一社会信用代码,成立日期\n"
        f"=1+1,甲厂,{bad},2020-1-2\n,乙厂,,二〇二〇年\n,,,\n,丙厂,{GOOD},2020-1-2\n"
    ).encode()
    run = imports.preview(data, "a.csv", by=cast.clerk)
    assert (run.counts["quarantined"], run.counts["refused"], run.counts["new"]) == (1, 1, 1)
    rows = list(imports.rejected(run))
    assert rows[0] == ["备注", "企业名称", "统一社会信用代码", "成立日期", "没有导入的原因"]
    assert rows[1][:4] == ["=1+1", "甲厂", bad, "2020-1-2"] and "校验位" in rows[1][4]
    assert rows[2][:4] == ["", "乙厂", "", "二〇二〇年"] and "读不懂" in rows[2][4]
    mended = [
        row[:2] + [row[2].replace(bad, invented.credit_code(902))] + ["2020-01-02", row[4]]
        for row in rows[1:]
    ]
    again = imports.preview(exports.workbook([rows[0], *mended]), "again.xlsx", by=cast.clerk)
    assert again.counts["new"] == 2 and again.counts["refused"] == again.counts["quarantined"] == 0


def test_a_shifted_row_is_told_as_such(cast):
    data = f"企业名称,统一社会信用代码,法定代表人\n甲厂,张某甲,{GOOD}\n".encode()
    line = imports.preview(data, "a.csv", by=cast.clerk).lines.get(outcome="quarantined")
    assert "第 3 列" in line.reason and "错位" in line.reason


def test_what_was_normalised_is_shown(cast):
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter < "~" else letter for letter in GOOD.lower())
    data = f"企业名称,统一社会信用代码,成立日期,注册资本\n甲厂,{wide},2020/1/2,５００万元\n".encode()
    run = imports.preview(data, "a.csv", by=cast.clerk)
    line = run.lines.get(outcome="new")
    assert line.values["credit_code"] == GOOD and line.values["capital"] == "500万元"
    assert f"→ {GOOD}" in line.reason and "2020/1/2 → 2020-01-02" in line.reason and "500万元" in line.reason


def test_a_column_once_named_is_known_next_time(cast):
    data = f"企业的大名,代号\n甲厂,{GOOD}\n".encode()
    run = imports.preview(data, "a.csv", by=cast.clerk)
    imports.remap(run, {"name": 0, "credit_code": 1}, by=cast.clerk)
    again = imports.preview(f"说明,代号,企业的大名\n,{GOOD},甲厂\n".encode(), "b.csv", by=cast.clerk)
    assert again.mapping == {"name": 2, "credit_code": 1} and again.counts["new"] == 1


def test_a_title_above_the_header_and_empty_rows_do_not_move_the_row_numbers(cast):
    data = f"青原县企业名录,,\n,,\n企业名称,统一社会信用代码,住所\n\n甲厂,{GOOD},一号\n,,孤\n".encode()
    run = imports.preview(data, "a.csv", by=cast.clerk)
    assert run.header_row == 3
    assert list(run.lines.values_list("row", "outcome")) == [(5, "new"), (6, "refused")]


def test_an_interrupted_comparison_is_taken_up_again_by_another_process(cast, monkeypatch):
    rows = [(f"厂{n}", invented.credit_code(n), "x") for n in range(1, 8)]
    run = imports.receive(table(*rows), "a.csv", by=cast.clerk)
    monkeypatch.setattr(imports, "CHUNK", 2)
    take, calls = imports.Comparison.take, []

    def die_at_the_third(self, chunk):
        calls.append(chunk)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return take(self, chunk)

    monkeypatch.setattr(imports.Comparison, "take", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        imports.work(run.pk)
    run.refresh_from_db()
    assert run.status == "comparing" and run.done == 4
    assert not imports.waiting().exists()  # its lease still runs
    ImportRun.objects.filter(pk=run.pk).update(claimed_at="2026-01-01T00:00Z")
    assert imports.waiting().get() == run
    run = imports.work(run.pk)
    assert run.status == "previewed" and run.counts["new"] == 7 and run.lines.count() == 7


def test_writing_is_all_or_nothing_and_a_failure_is_told(cast, monkeypatch):
    run = imports.approve(
        imports.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk), by=cast.clerk
    )
    imports.apply(imports.preview(table(("甲厂", GOOD, "二号")), "b.csv", by=cast.clerk), by=cast.clerk)
    run = imports.work(run.pk)
    assert (run.status, run.error) == ("failed", "import_stale")
    assert Subject.objects.get().address == "二号"


def test_a_firm_renamed_and_moved_keeps_its_identity_and_history(cast):
    imports.apply(imports.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk), by=cast.clerk)
    pk = Subject.objects.get().pk
    imports.apply(imports.preview(table(("甲集团", GOOD, "新区二号")), "b.csv", by=cast.clerk), by=cast.clerk)
    subject = Subject.objects.get()
    assert (subject.pk, subject.ref, subject.name) == (pk, GOOD, "甲集团")
    # its code is corrected by the registrar: still the same enterprise, the old code stays known
    new = invented.credit_code(903)
    subject.credit_code = new
    subject.save()
    subjects.keep_code(subject)
    run = imports.preview(table(("甲集团", GOOD, "")), "c.csv", by=cast.clerk)
    assert run.lines.get(ref=GOOD).outcome in ("changed", "unchanged")
    # a full file without it: shown, not removed
    run = imports.apply(
        imports.preview(table(("乙厂", invented.credit_code(904), "")), "d.csv", by=cast.clerk), by=cast.clerk
    )
    assert run.counts["missing"] == 1 and Subject.objects.listed().filter(ref=GOOD).exists()


def test_a_fault_of_the_program_is_told_once_and_not_tried_for_ever(cast, monkeypatch):
    run = imports.receive(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk)
    monkeypatch.setattr(imports.Comparison, "take", lambda self, chunk: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        imports.work(run.pk)
    run.refresh_from_db()
    assert (run.status, run.error) == ("failed", "import_broken") and not imports.waiting().exists()


def test_thousands_of_changes_are_written_and_undone(cast):
    rows = [(f"厂{n}", invented.credit_code(n), "旧址") for n in range(3000)]
    imports.apply(imports.preview(table(*rows), "a.csv", by=cast.clerk), by=cast.clerk)
    moved = [(f"厂{n}新", invented.credit_code(n), "新址") for n in range(3000)]
    run = imports.apply(imports.preview(table(*moved), "b.csv", by=cast.clerk), by=cast.clerk)
    assert run.counts["changed"] == 3000
    assert Subject.objects.filter(address="新址", name__endswith="新").count() == 3000
    imports.undo(run, by=cast.clerk)
    assert Subject.objects.filter(address="旧址").exclude(name__endswith="新").count() == 3000


def test_the_files_of_one_bureau_keep_no_other_waiting(cast):
    """Each bureau's first, then each one's second."""
    mine = [_waiting(cast.clerk, n) for n in range(3)]
    theirs = _waiting(cast.stranger, 9)
    assert list(imports.waiting()) == [mine[0], theirs, *mine[1:]]


def _waiting(who, n):
    kept = storage.keep(b"%d" % n, "text/csv")
    told = {"file": kept, "file_name": f"{n}.csv", "started_by": who, "status": "waiting"}
    return ImportRun.objects.create(bureau=who.bureau, **told)


def test_after_many_rows_the_planner_looks_again(cast, monkeypatch):
    """The application owns no table: a function of the owner's does it for it."""
    looked = []
    monkeypatch.setattr(bulk, "refresh_statistics", lambda: looked.append(1))
    monkeypatch.setattr(tasks, "MANY", 3)
    few = f"单位名称,信用代码\n甲厂,{invented.credit_code(1)}\n".encode()
    rows = "".join(f"第{n}厂,{invented.credit_code(n)}\n" for n in range(2, 9))
    for data, number in ((few, 0), (f"单位名称,信用代码\n{rows}".encode(), 1)):
        run = imports.approve(imports.preview(data, "名录.csv", by=cast.clerk), by=cast.clerk)
        tasks.work_import.run(run.pk)
        run.refresh_from_db()
        assert run.status == "applied" and len(looked) == number, run.counts
    monkeypatch.undo()
    bulk.refresh_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'registries_subject'")
            assert cursor.fetchone()[0] == Subject.objects.count()
