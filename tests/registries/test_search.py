"""Finding an enterprise: part of a name, one character, part of a code, initials; a key kept
up by every way of writing."""

import pytest

from config.demo import invented
from registries.models import Subject
from registries.search import initials, key_of, patterns
from registries.services import imports

pytestmark = pytest.mark.django_db


def found(client, words):
    page = client.get("/admin/registries/subject/", {"q": words})
    return {row.name for row in page.context["cl"].result_list}


@pytest.fixture
def three(bureau, cast, client):
    rows = [("乌审旗长城煤矿", 1), ("重庆银行清水支行", 2), ("北山镇(甲)建材厂", 3)]
    text = "企业名称,信用代码\n" + "".join(f"{name},{invented.credit_code(n)}\n" for name, n in rows)
    imports.apply(imports.preview(text.encode(), "a.csv", by=cast.clerk), by=cast.clerk)
    client.force_login(cast.clerk)
    return rows


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("长城", {"乌审旗长城煤矿"}),
        ("矿", {"乌审旗长城煤矿"}),
        ("wsqcc", {"乌审旗长城煤矿"}),
        ("WSQCC", {"乌审旗长城煤矿"}),
        ("cqyh", {"重庆银行清水支行"}),
        ("清水 银行", {"重庆银行清水支行"}),
        ("（甲）", {"北山镇(甲)建材厂"}),
        ("bsz", {"北山镇(甲)建材厂"}),
        ("城长", set()),
        ("%", set()),
        ("_", set()),
        ("\\", set()),
    ],
)
def test_what_is_typed_and_what_is_found(client, three, words, names):
    assert found(client, words) == names


def test_any_part_of_a_code_finds_its_enterprise(client, three):
    code = invented.credit_code(2)
    for part in (code, code.lower(), code[9:15], code[-4:]):
        assert "重庆银行清水支行" in found(client, part)
    assert found(client, code) == {"重庆银行清水支行"}


def test_a_firm_renamed_by_file_or_at_the_desk_is_found_by_both_names(client, cast, three):
    renamed = f"企业名称,信用代码\n乌审旗大石矿业,{invented.credit_code(1)}\n"
    run = imports.preview(renamed.encode(), "b.csv", by=cast.clerk)
    line = run.lines.get(outcome="changed")
    assert line.values == {
        "name": ["乌审旗长城煤矿", "乌审旗大石矿业"],
        "former_name": ["", "乌审旗长城煤矿"],
    }
    imports.apply(run, by=cast.clerk)
    assert found(client, "大石") == found(client, "长城") == found(client, "wsqdsky") == {"乌审旗大石矿业"}
    imports.undo(run, by=cast.clerk)
    assert found(client, "大石") == set() and found(client, "长城") == {"乌审旗长城煤矿"}
    firm = Subject.objects.get(credit_code=invented.credit_code(3))
    firm.name = "石桥乡砖厂"
    firm.save(update_fields=["name"])
    assert found(client, "sqxzc") == {"石桥乡砖厂"}


def test_a_long_list_says_that_it_is_long(client, three, monkeypatch):
    monkeypatch.setattr("registries.admin.lists.COUNTED", 2)
    assert "2 条以上，请加条件" in client.get("/admin/registries/subject/").content.decode()
    assert "共 1 条" in client.get("/admin/registries/subject/", {"q": "长城"}).content.decode()


def test_the_key():
    assert key_of("甲ＡB", "", "91X", "91X") == "甲甲甲ab 91x jab"
    assert patterns(" 甲  ab ") == ["甲甲甲", "ab"]
    assert initials("重庆重工") == "cqzg"
