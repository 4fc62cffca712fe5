"""The access law: what anybody may read is a written list; every other address asks who you are."""

import pytest
from django.contrib import admin

from inspections.case import opening
from inspections.models import Paper, Report
from inspections.urls import urlpatterns as desk_urls
from inspections.visit import visits
from registries.models import JournalEntry
from registries.services import people

from .staircase import approve_scheme, inspect
from .test_public_access import PUBLIC

pytestmark = pytest.mark.django_db


def test_an_inspector_cannot_see_or_guess_anothers_case(client, drawn, inspectors):
    case = drawn.cases.order_by("pk").first()
    seated = {seat.inspector_id for seat in case.team()}
    outsider = next(each for each in inspectors if each.pk not in seated)
    client.force_login(outsider.account)
    for tail in ("", "checklist/", "end/", "report/"):
        path = f"/desk/cases/{case.token}/{tail}"
        assert client.get(path).status_code == 404
        assert client.post(path).status_code in (404, 405)
    assert client.post(f"/desk/cases/{case.token}/start/").status_code == 404
    for guess in (case.pk, "1", case.subject.ref):
        assert client.get(f"/desk/cases/{guess}/").status_code == 404
    assert case.subject.name.encode() not in client.get("/desk/").content
    assert client.get("/admin/").status_code == 403
    assert case.subject.name.encode() not in client.get(f"/desk/draws/{drawn.number}/").content


def test_a_replaced_inspector_loses_the_case(client, drawn):
    case = drawn.cases.order_by("pk").first()
    seat = case.team()[0]
    client.force_login(seat.inspector.account)
    assert client.get(f"/desk/cases/{case.token}/").status_code == 200
    case.assignments.filter(pk=seat.pk).update(until=drawn.drawn_at)
    assert client.get(f"/desk/cases/{case.token}/").status_code == 404


ROLES = ["clerk", "head", "supervisor", "legal", "officer", "auditor", "witness1", "stranger"]


def desk_pages(case):
    """Each page of the desk that a case has, its papers and files in the places of the numbers."""
    known = {
        "str:token": [case.token],
        "str:number": [case.draw.number],
        "str:kind": ["notice", "order", "record"],
        "str:form": ["pdf", "zip"],
        "uuid:mark": ["6f1c2a9e-0000-4000-8000-000000000000"],
        "str:digest": ["0" * 64],
        "int:pk": [str(pk) for pk in case.papers.values_list("pk", flat=True)[:2]] or ["1"],
    }
    for pattern in desk_urls:
        paths = [f"/desk/{pattern.pattern}"]
        for name, values in known.items():
            paths = [path.replace(f"<{name}>", value) for path in paths for value in values]
        yield from dict.fromkeys(paths)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_look_at_any_page_stands_in_no_transaction_and_writes_nothing(client, cast, drawn):
    """Most tests run inside a transaction, which hides a look that locks rows; and a look is nobody's act."""
    first, second, third = drawn.cases.order_by("pk")[:3]
    inspect(first)
    by = second.team()[0].inspector.account
    approve_scheme(second.task)
    visits.start(second, by=by)
    lines = opening.lines_of(second)
    visits.answer(second, {each["key"]: ("fail", "现场看到") for each in lines}, by=by)
    visits.end(second, by=by, record="逐项检查。", met="现场负责人")
    seen = set()
    for case in (first, second, third):
        case.refresh_from_db()
        client.force_login(case.team()[0].inspector.account)
        for path in desk_pages(case):
            before = Report.objects.count(), Paper.objects.count()
            last = JournalEntry.objects.order_by("pk").last().pk
            answer = client.get(path)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert answer.status_code in (200, 302, 400, 401, 403, 404, 405, 410) and body is not None, path
            assert (Report.objects.count(), Paper.objects.count()) == before, path
            seen |= {(path.split("/")[-2], *each) for each in noted_since(last)}
    # a signed paper's file, made once
    assert {each[1:] for each in seen} <= {("document.issued", "system")}, seen


def noted_since(last):
    return JournalEntry.objects.filter(pk__gt=last).values_list("action", "actor")


# Roles that read what others read too: their walk through every page is a trial ("faces").
_FEW = {each: pytest.mark.trial for each in ("legal", "auditor", "officer")}
# What a look at the desk may leave in the journal: that it was taken.
READS = {"subject.read", "inspector.read", "draw.read", "relation.read", "letter.read"}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", [pytest.param(each, marks=_FEW.get(each, ())) for each in ROLES])
def test_every_admin_page_answers_each_role_without_a_fault(client, cast, drawn, role):
    inspect(drawn.cases.first())
    client.force_login(getattr(cast, role))
    last = JournalEntry.objects.order_by("pk").last().pk
    for model, desk in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        row = model.objects.first()
        paths = [base, f"{base}add/"] + [f"{base}act/{act.name}/" for act in desk.list_acts]
        if row is not None:
            paths += [f"{base}{row.pk}/change/"] + [f"{base}{row.pk}/act/{act.name}/" for act in desk.acts]
            paths += [f"{base}{row.pk}/delete/", f"{base}{row.pk}/history/"]
        for path in paths:
            status = client.get(path).status_code
            assert status in (200, 302, 403, 404), (path, status)
            if role == "witness1":
                assert status == 403, path
            if path.endswith("/delete/"):
                assert status != 200, path
    assert {action for action, _ in noted_since(last)} <= READS


def test_opening_what_holds_phones_or_unreleased_names_is_on_record_once_a_day(client, cast, drawn):
    client.force_login(cast.clerk)
    case = drawn.cases.first()
    inspector = case.team()[0].inspector
    pages = {
        f"subject {case.subject_id}": f"/admin/registries/subject/{case.subject_id}/change/",
        f"inspector {inspector.pk}": f"/admin/registries/inspector/{inspector.pk}/change/",
        drawn.about: f"/admin/inspections/draw/{drawn.pk}/change/",
    }
    for about, page in pages.items():
        for _ in range(2):
            assert client.get(page).status_code == 200
        read = JournalEntry.objects.filter(about=about, action__endswith=".read")
        assert [each.actor for each in read] == ["clerk"], about
    client.force_login(cast.head)
    client.get(pages[drawn.about])
    assert JournalEntry.objects.filter(action="draw.read").count() == 2
    client.force_login(cast.stranger)
    client.get(pages[drawn.about])
    assert JournalEntry.objects.filter(action="draw.read").count() == 2


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"legal", "supervisor"}))
def test_relations_are_read_by_the_legal_and_discipline_roles_only(client, cast, role):
    client.force_login(getattr(cast, role))
    assert client.get("/admin/registries/relation/").status_code == 403


def test_another_bureaus_rows_do_not_exist(client, cast, drawn):
    client.force_login(cast.stranger)
    assert drawn.number.encode() not in client.get("/admin/inspections/draw/").content
    assert client.get(f"/admin/inspections/draw/{drawn.pk}/change/").status_code in (302, 404)
    assert client.get(f"/admin/inspections/draw/{drawn.pk}/act/subject/").status_code == 404
    assert client.get(f"/desk/draws/{drawn.number}/").status_code == 404


def test_no_right_follows_from_is_superuser(client, cast):
    cast.witness1.is_superuser = cast.witness1.is_staff = True
    cast.witness1.save()
    client.force_login(cast.witness1)
    assert client.get("/admin/").status_code == 403


def test_a_role_that_has_ended_gives_nothing(client, cast):
    cast.clerk.role_grants.update(since="2020-01-01", until="2020-12-31")
    client.force_login(cast.clerk)
    assert client.get("/admin/").status_code == 403


def test_no_admin_form_can_write_a_status_or_a_result(cast, rf, drawn):
    request = rf.get("/")
    request.user = cast.clerk
    for model, desk in admin.site._registry.items():
        if model._meta.app_label != "inspections":
            continue
        row = model.objects.first()
        if row is None or not desk.has_change_permission(request, row):
            continue
        fields = desk.get_form(request, row).base_fields
        assert not {"status", "text", "commitment", "number"} & set(fields), model


@pytest.mark.parametrize(
    "path",
    [
        "inspector/?relations__isnull=False",
        "inspector/?relations=1",
        "subject/?relations=1",
        "subject/?name__regex=(",
        "subject/act/export/?relations=1",
        "account/?password__startswith=p",
        "account/?password__regex=^p",
        "subject/?entered_on__year=99999999",
        "subject/?name=%00",
        "account/?role_grants__role=clerk",
    ],
)
def test_a_list_answers_only_its_own_filters(client, cast, register, inspectors, path):
    client.force_login(cast.clerk)
    assert client.get(f"/admin/registries/{path}").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "subject/?category__id__exact=abc",
        "subject/act/export/?category__id__exact=abc",
        "subject/?gap=none",
        "subject/?p=x",
    ],
)
def test_odd_filters_are_answered(client, cast, register, path):
    client.force_login(cast.clerk)
    assert client.get(f"/admin/registries/{path}").status_code in (200, 302)
    odd = {"action": "change_many", "_selected_action": "abc"}
    assert client.post("/admin/registries/subject/", odd).status_code == 302
    assert (
        client.post("/admin/registries/subject/filters/", {"title": "x\0", "query": "q=\0"}).status_code
        == 302
    )


def test_what_was_done_to_a_row_is_read_from_the_journal(client, cast, inspectors):
    client.force_login(cast.clerk)
    page = f"/admin/registries/inspector/{inspectors[0].pk}/history/"
    assert "还没有记录" in client.get(page).content.decode()
    people.take_out(inspectors[0], "退休", by=cast.head)
    assert "人员出库" in client.get(page).content.decode()
    client.force_login(cast.officer)
    assert client.get(page).status_code == 404


_MORE = ["/nothing/", "/desk/", "/admin/", "/admin/registries/subject/", "/account/", "/metrics"]


def test_every_answer_carries_the_policies(client, cast, released, settings):
    """Over TLS, signed in or not: what a browser must be told on each page, refusal and file."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    for account in (None, cast.clerk):
        if account:
            client.force_login(account)
        for path in [*sorted(PUBLIC), *_MORE]:
            answer = client.get(path, secure=True)
            policy = answer["Content-Security-Policy"]
            assert "default-src" in policy and "frame-ancestors" in policy, path
            assert (
                answer["X-Content-Type-Options"] == "nosniff" and answer["Referrer-Policy"] == "same-origin"
            ), path
            assert answer["Strict-Transport-Security"].startswith("max-age=31536000"), path
