"""Import of enterprises: preview, apply, quarantine, and nothing twice."""

import pytest
from django.core.management import CommandError, call_command

from config import demo
from registries.errors import DomainError
from registries.models import JournalEntry, Subject
from registries.services import classes, subjects

pytestmark = pytest.mark.django_db
GOOD = demo.credit_code(900)


def table(*rows):
    return ("企业名称,统一社会信用代码,住所\n" + "\n".join(",".join(row) for row in rows)).encode()


def test_preview_changes_nothing_and_apply_brings_it_in(cast):
    run = subjects.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk)
    assert run.counts["new"] == 1 and not Subject.objects.exists()
    subjects.apply(run, by=cast.clerk)
    subject = Subject.objects.get()
    assert (subject.ref, subject.name, subject.address) == (GOOD, "甲厂", "一号")
    assert [code.code for code in subject.codes.all()] == [GOOD]


def test_the_second_import_changes_nothing(cast, register):
    before = list(register.order_by("pk").values())
    run = subjects.preview(demo.register_csv(), "again.csv", by=cast.clerk)
    assert run.counts["new"] == run.counts["changed"] == run.counts["missing"] == 0
    subjects.apply(run, by=cast.clerk)
    assert list(register.order_by("pk").values()) == before


def test_a_change_is_shown_field_by_field(cast):
    subjects.apply(subjects.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk), by=cast.clerk)
    run = subjects.preview(table(("甲厂", GOOD.lower(), "二号")), "b.csv", by=cast.clerk)
    assert run.lines.get(outcome="changed").values == {"address": ["一号", "二号"]}
    subjects.apply(run, by=cast.clerk)
    assert Subject.objects.get().address == "二号"


def test_an_empty_cell_does_not_wipe_the_register(cast):
    subjects.apply(subjects.preview(table(("甲厂", GOOD, "一号")), "a.csv", by=cast.clerk), by=cast.clerk)
    run = subjects.preview(table(("甲厂", GOOD, "")), "b.csv", by=cast.clerk)
    assert run.counts["unchanged"] == 1


def test_a_bad_code_is_quarantined_with_its_row(cast):
    bad = GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B")
    run = subjects.preview(table(("甲厂", bad, ""), ("乙厂", GOOD, "")), "a.csv", by=cast.clerk)
    line = run.lines.get(outcome="quarantined")
    assert line.row == 2 and "校验位" in line.reason
    subjects.apply(run, by=cast.clerk)
    assert [each.name for each in Subject.objects.all()] == ["乙厂"]
    assert run.lines.filter(outcome="quarantined").exists()


def test_rows_without_name_or_twice_are_refused_by_number(cast):
    run = subjects.preview(table(("甲厂", GOOD, ""), ("", "", "x"), ("甲厂", GOOD, "")), "a.csv", by=cast.clerk)
    assert [(line.row, line.reason) for line in run.lines.filter(outcome="refused")] == [
        (3, "没有企业名称"), (4, "与第 2 行重复"),
    ]  # fmt: skip


def test_a_firm_without_code_keeps_its_number_when_a_code_comes(cast):
    subjects.apply(subjects.preview(table(("无照窑", "", "")), "a.csv", by=cast.clerk), by=cast.clerk)
    ref = Subject.objects.get().ref
    assert ref.startswith("NC-990101-")
    run = subjects.preview(table(("无照窑", GOOD, "")), "b.csv", by=cast.clerk)
    subjects.apply(run, by=cast.clerk)
    subject = Subject.objects.get()
    assert (subject.ref, subject.credit_code) == (ref, GOOD)


def test_a_preview_that_the_register_has_outrun_is_not_applied(cast):
    for code in (GOOD, ""):
        first = subjects.preview(table((f"厂{code}", code, "一号")), "a.csv", by=cast.clerk)
        second = subjects.preview(table((f"厂{code}", code, "一号")), "a.csv", by=cast.clerk)
        subjects.apply(first, by=cast.clerk)
        with pytest.raises(DomainError, match="import_stale"):
            subjects.apply(second, by=cast.clerk)
    assert Subject.objects.count() == 2


def test_columns_are_mapped_by_hand_where_the_header_says_nothing(cast):
    data = f"甲列,乙列\n甲厂,{GOOD}\n".encode()
    run = subjects.preview(data, "odd.csv", by=cast.clerk)
    assert run.status == "unmapped" and run.headers == ["甲列", "乙列"]
    with pytest.raises(DomainError, match="import_not_previewed"):
        subjects.apply(run, by=cast.clerk)
    run = subjects.remap(run, {"name": 0, "credit_code": 1}, by=cast.clerk)
    assert run.counts["new"] == 1
    subjects.apply(run, by=cast.clerk)
    assert Subject.objects.get().ref == GOOD
    with pytest.raises(DomainError, match="import_not_previewed"):
        subjects.remap(run, {"name": 0}, by=cast.clerk)


def test_a_run_is_applied_once(cast):
    run = subjects.preview(table(("甲厂", GOOD, "")), "a.csv", by=cast.clerk)
    subjects.apply(run, by=cast.clerk)
    with pytest.raises(DomainError) as refused:
        subjects.apply(run, by=cast.clerk)
    assert refused.value.code == "import_not_previewed"


def test_only_a_clerk_of_the_bureau_imports(cast):
    for person in (cast.witness1, cast.head):
        with pytest.raises(DomainError, match="not_allowed"):
            subjects.preview(table(("甲厂", GOOD, "")), "a.csv", by=person)
    run = subjects.preview(table(("甲厂", GOOD, "")), "a.csv", by=cast.clerk)
    with pytest.raises(DomainError, match="other_bureau"):
        subjects.apply(run, by=cast.stranger)


def test_two_bureaus_may_list_the_same_firm(cast):
    for by in (cast.clerk, cast.stranger):
        subjects.apply(subjects.preview(table(("甲厂", GOOD, "")), "a.csv", by=by), by=by)
    assert Subject.objects.filter(credit_code=GOOD).count() == 2


def test_the_journal_holds_counts_and_no_names(cast, register):
    facts = " ".join(JournalEntry.objects.values_list("facts", flat=True))
    assert '"new":' in facts
    assert not any(subject.name in facts or subject.legal_representative in facts for subject in register[:20])


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
    lines = {}
    for name in ("乌审旗_994.csv", "乌审旗_994.xls"):
        run = subjects.preview((folder / name).read_bytes(), name, by=cast.clerk)
        assert run.counts["new"] + run.counts["quarantined"] + run.counts["refused"] == 994
        lines[name] = list(run.lines.order_by("row").values_list("outcome", "name", "values"))
    assert lines["乌审旗_994.csv"] == lines["乌审旗_994.xls"]
    subjects.apply(run, by=cast.clerk)
    again = subjects.preview((folder / "乌审旗_994.csv").read_bytes(), "again.csv", by=cast.clerk)
    assert again.counts["unchanged"] == Subject.objects.count()
    assert again.counts["new"] == again.counts["changed"] == 0
    counts = classes.propose(cast.clerk.bureau, by=cast.clerk)
    assert len([name for name, count in counts.items() if name and count >= 5]) >= 4, counts


@pytest.mark.parametrize("name", ["乌审旗_汶上县_1228.xlsx", "鄂尔多斯市.csv.gz"])
def test_the_larger_registers_lose_no_row(cast, real_data, name):
    data = (real_data / "enterprises" / name).read_bytes()
    run = subjects.preview(data, name, by=cast.clerk)
    subjects.apply(run, by=cast.clerk)
    assert Subject.objects.count() == run.counts["new"] > 1000
    assert sum(run.counts.values()) == run.lines.count()


def test_a_bureau_is_founded_with_its_first_account(db, capsys, client):
    call_command("found_bureau", "150999", "某旗应急管理局", "某", officer="chief")
    password = capsys.readouterr().out.split("密码 ")[1].split("（")[0]
    assert client.login(username="chief", password=password)
    assert client.get("/admin/registries/account/").status_code == 200
    assert client.get("/admin/registries/subject/").status_code == 403
    with pytest.raises(CommandError, match="已被使用"):
        call_command("found_bureau", "150999", "某旗应急管理局", "某", officer="chief")
