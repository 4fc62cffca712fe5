"""回避: declared each year by the inspector, reviewed by another, ranges spelt
out, hints that bind nobody."""

import json
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from inspections.draw import pool
from registries import presence
from registries.errors import DomainError
from registries.models import Declaration, Inspector, Place, RecusalGround, Relation, Subject
from registries.services import relations

from ..staircase import recuse

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def ground(bureau):
    return RecusalGround.objects.get(bureau=bureau, code="R07")


@pytest.fixture
def me(client, inspectors):
    client.force_login(inspectors[0].account)
    return inspectors[0]


def declare(client, **changed):
    form = {"which": "one", "scope": "enterprise", "since": TODAY().isoformat(), "promise": "on"} | changed
    return client.post("/desk/recusals/", form)


def kept_from(bureau, person):
    return {ref for ref, each in relations.pairs(bureau, TODAY()) if each == person.ref}


def test_nothing_to_declare_is_a_statement(client, me, cast):
    assert "还没有申报" in client.get("/desk/").content.decode()
    assert client.post("/desk/recusals/", {"which": "nothing"}).status_code == 200  # without the promise
    assert not Declaration.objects.exists()
    assert client.post("/desk/recusals/", {"which": "nothing", "promise": "on"}).status_code == 302
    said = Declaration.objects.get()
    assert (said.inspector, said.year, said.says_none, said.made_by) == (me, TODAY().year, True, me.account)
    assert "本年度已申报" in client.get("/desk/").content.decode()
    with pytest.raises(DatabaseError), transaction.atomic():
        Declaration.objects.update(says_none=False)


def test_what_is_declared_binds_at_once_and_is_reviewed_by_another(client, me, cast, register, ground):
    firm = register[0]
    assert declare(client, ground=ground.pk, target=firm.name, relative="某某").status_code == 302
    relation = Relation.objects.get()
    assert (relation.status, relation.source, relation.declaration.says_none) == ("declared", "self", False)
    assert kept_from(firm.bureau, me) == {firm.ref}
    again = declare(client, ground=ground.pk, target=firm.name)
    assert "已经登记" in again.content.decode()
    client.post("/desk/recusals/", {"which": "nothing", "promise": "on"})
    assert not Declaration.objects.filter(says_none=True).exists()  # nothing beside what stands
    assert "除已登记的外" in client.get("/desk/recusals/").content.decode()
    with pytest.raises(DomainError, match="not_allowed"):
        relations.review(relation, True, by=cast.clerk)
    relations.review(relation, True, by=cast.legal)
    with pytest.raises(DomainError, match="stale"):
        relations.review(relation, False, by=cast.supervisor)
    relations.end(relation, TODAY(), "离职", by=cast.legal)
    with pytest.raises(DomainError, match="relation_ended"):
        relations.end(relation, TODAY(), "再", by=cast.legal)
    for change in (
        {"status": "refused"},
        {"relative": "改"},
        {"until": None},
        {"subject_id": register[1].pk},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Relation.objects.update(**change)


def test_a_refused_declaration_binds_no_longer_and_may_be_made_again(client, me, cast, register, ground):
    declare(client, ground=ground.pk, target=register[0].name)
    relations.review(Relation.objects.get(), False, "查无此事", by=cast.supervisor)
    assert kept_from(me.bureau, me) == set()
    assert "查无此事" in client.get("/desk/recusals/").content.decode()
    assert declare(client, ground=ground.pk, target=register[0].name).status_code == 302


@pytest.mark.parametrize(
    ("scope", "column", "word"),
    [
        ("group", "group_name", "青原集团"),
        ("village", "village", "白水村"),
        ("village", "town", "北山镇"),
        ("industry", "industry", "零售"),
    ],
)
def test_a_range_keeps_from_every_enterprise_in_it(client, me, register, ground, scope, column, word):
    some = list(register[:2].values_list("pk", flat=True))
    if column not in ("town", "industry"):
        Subject.objects.filter(pk__in=some).update(**{column: word})
    expected = set(Subject.objects.filter(**{f"{column}__startswith": word}).values_list("ref", flat=True))
    assert declare(client, ground=ground.pk, scope=scope, target=word).status_code == 302
    assert kept_from(me.bureau, me) == expected and len(expected) >= 2
    assert (
        "名录中没有企业属于"
        in declare(client, ground=ground.pk, scope=scope, target="没有的").content.decode()
    )


@pytest.mark.parametrize("word", ["B06", "06"])
def test_an_industry_code_with_or_without_its_letter_is_the_same(client, me, register, ground, word):
    for firm, code in zip(register[:4], ("B0610", "0620", "C06", "B07"), strict=True):
        Subject.objects.filter(pk=firm.pk).update(industry_code=code)
    declare(client, ground=ground.pk, scope="industry", target=word)
    assert kept_from(me.bureau, me) == {each.ref for each in register[:3]}


def test_a_village_is_also_where_a_firm_works(client, me, register, ground):
    Place.objects.create(subject=register[0], name="二号井", address="某路", town="远山乡")
    Place.objects.create(subject=register[1], name="旧井", address="某路", town="远山乡", until="2020-01-01")
    declare(client, ground=ground.pk, scope="village", target="远山乡")
    assert kept_from(me.bureau, me) == {register[0].ref}


def test_a_recusal_that_begins_or_ends_within_the_visits_binds(client, me, register, ground, make_task, seal):
    firms = register.filter(category__name="工贸-机械")
    days = [(3, None), (40, None), (-9, 2), (-9, -1)]  # the window is today to 30 days on
    for firm, (since, until) in zip(firms, days, strict=False):
        dates = {"since": (TODAY() + timedelta(days=since)).isoformat()}
        dates |= {"until": (TODAY() + timedelta(days=until)).isoformat()} if until is not None else {}
        assert declare(client, ground=ground.pk, target=firm.ref, **dates).status_code == 302
    recused = {ref for ref, opening in json.loads(seal(make_task()).sealed_json).items() if opening[1]}
    assert recused == {firms[0].ref, firms[2].ref}


def test_what_legal_enters_binds_nobody_before_another_confirms(cast, register, inspectors, ground):
    relation = relations.record(inspectors[0], register[0], ground, by=cast.legal, since=TODAY())
    assert kept_from(cast.legal.bureau, inspectors[0]) == set()
    for act in (
        lambda: relations.end(relation, TODAY(), "x", by=cast.supervisor),  # not reviewed yet
        lambda: relations.review(relation, True, by=cast.legal),
    ):
        with pytest.raises(DomainError):
            act()
    relations.review(relation, True, by=cast.supervisor)
    with pytest.raises(DomainError, match="same_person"):
        relations.end(relation, TODAY(), "自己登记自己终止", by=cast.legal)


def test_a_reading_is_journaled_only_where_it_is_one(client, cast, register, inspectors, ground):
    relation = relations.record(inspectors[0], register[0], ground, by=cast.legal, since=TODAY())
    read = cast.legal.bureau.journalentry_set.filter(action="relation.read")
    client.force_login(cast.clerk)
    assert (
        client.get(f"/admin/registries/relation/{relation.pk}/change/").status_code == 403
        and not read.exists()
    )
    client.force_login(cast.legal)
    client.get(f"/admin/registries/relation/{relation.pk}/change/")
    assert read.get().actor == "legal"


def test_a_range_is_spelt_out_when_a_draw_is_sealed(client, me, register, ground, make_task, seal):
    declare(client, ground=ground.pk, scope="industry", target="工贸-机械")
    draw = seal(make_task())
    recused = {ref for ref, opening in json.loads(draw.sealed_json).items() if me.ref in opening[1]}
    assert recused == set(register.filter(category__name="工贸-机械").values_list("ref", flat=True))
    assert pool.of_commit(draw).recused[recused.pop()] == [me.ref]


@pytest.mark.parametrize(
    ("target", "told"), [("查无此户", "名录中没有"), ("青原县", "有几家企业对得上"), (" ", "必填")]
)
def test_an_enterprise_must_be_one(client, me, register, ground, target, told):
    assert told in declare(client, ground=ground.pk, target=target).content.decode().replace(
        "这个字段是必填项", "必填"
    )


def test_only_the_inspector_declares_for_himself(me, cast, inspectors, client):
    with pytest.raises(DomainError, match="not_your_declaration"):
        relations.declare(inspectors[1], by=me.account)
    client.force_login(cast.clerk)
    assert client.get("/desk/recusals/").status_code == 404


def test_hints_from_data_bind_nobody_until_a_person_confirms(cast, bureau, register, inspectors, ground):
    one, two, three = inspectors[:3]
    firm, other, old = register[0], register[1], register[2]
    Subject.objects.update(legal_representative="")
    Subject.objects.filter(pk=firm.pk).update(legal_representative=one.name)
    Subject.objects.filter(pk=other.pk).update(shareholders="甲某、公孙某人")
    recuse(cast, two, register[5], relative="公孙某人，表亲")
    Inspector.objects.filter(pk=three.pk).update(former_employers=f"某厂、{old.name}")
    found = {
        (each.inspector, each.subject, each.ground.code) for each in relations.compare(bureau, by=cast.legal)
    }
    assert {(one, firm, "R07"), (two, other, "R06"), (three, old, "R08")} <= found
    hint = Relation.objects.get(inspector=two, subject=other)
    assert (hint.status, hint.source) == ("declared", "data") and "公孙" not in hint.evidence
    assert kept_from(bureau, two) == {register[5].ref}
    relations.review(hint, True, by=cast.legal)
    assert kept_from(bureau, two) == {register[5].ref, other.ref}
    relations.review(Relation.objects.get(inspector=one, subject=firm), False, "同名不同人", by=cast.legal)
    assert relations.compare(bureau, by=cast.legal) == []


def test_who_records_does_not_review(cast, register, inspectors, ground, client):
    relation = relations.record(
        inspectors[0], register[0], ground, by=cast.legal, since=TODAY(), source="others"
    )
    assert kept_from(cast.legal.bureau, inspectors[0]) == set()
    client.force_login(cast.legal)
    page = client.post(
        f"/admin/registries/relation/{relation.pk}/act/confirm/", {"note": ""}
    ).content.decode()
    assert "同一人" in page
    client.force_login(cast.supervisor)
    assert (
        client.post(f"/admin/registries/relation/{relation.pk}/act/confirm/", {"note": "属实"}).status_code
        == 302
    )
    assert kept_from(cast.legal.bureau, inspectors[0]) == {register[0].ref}


def test_a_bureau_may_ask_for_the_yearly_declaration(bureau, me, client):
    assert presence.of(me, TODAY(), TODAY()) == "E"
    me.bureau.requires_declaration = True  # in memory is enough: presence reads it there
    assert presence.of(me, TODAY(), TODAY()) == "X:undeclared"
    client.post("/desk/recusals/", {"which": "nothing", "promise": "on"})
    assert presence.of(me, TODAY(), TODAY()) == "E"
    # a January task drawn in December needs no declaration that nobody can make
    ahead = date(TODAY().year + 1, 1, 5)
    assert presence.of(me, ahead, ahead) == "E"


def test_the_desk_form_asks_for_one_target(client, cast, register, inspectors, ground):
    Subject.objects.filter(pk=register[0].pk).update(group_name="青原集团")
    client.force_login(cast.legal)
    base = {
        "inspector": inspectors[0].pk,
        "ground": ground.pk,
        "source": "others",
        "since": TODAY().isoformat(),
    }
    url = "/admin/registries/relation/add/"
    assert "请选择企业" in client.post(url, base | {"scope": "enterprise"}).content.decode()
    assert "请写集团" in client.post(url, base | {"scope": "group"}).content.decode()
    assert client.post(url, base | {"scope": "group", "scope_text": "青原集团"}).status_code == 302
    assert Relation.objects.get().recorded_by == cast.legal
    assert (
        "已经登记" in client.post(url, base | {"scope": "group", "scope_text": "青原集团"}).content.decode()
    )
    assert (
        "名录中没有企业属于"
        in client.post(url, base | {"scope": "village", "scope_text": "没有的村"}).content.decode()
    )
