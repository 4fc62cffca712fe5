"""What makes the desk bearable: the state at a glance, the time line, saved filters,
accounts that come and go."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from registries.errors import DomainError
from registries.models import Account, Consent, Licence, SavedFilter, Subject
from registries.services import accounts, confirming, corrections, duplicates, people, subjects

from .staircase import publish

pytestmark = pytest.mark.django_db


def test_the_state_of_the_libraries_at_a_glance(client, cast, register, inspectors, item_list):
    today = timezone.localdate()
    late, soon = inspectors[0], inspectors[1]
    late.certificates.update(expires_on=today - timedelta(days=1))
    soon.certificates.update(expires_on=today + timedelta(days=45))
    Subject.objects.filter(pk=register[0].pk).update(level="省级")
    Licence.objects.create(
        subject=register[1], kind="安全生产许可证", number="1", expires_on=today + timedelta(days=5)
    )
    client.force_login(cast.clerk)
    page = client.get("/admin/libraries/").content.decode()
    plain = re.sub(r"\s+", "", re.sub(r"<[^>]+>", "|", page))
    assert f"{late.name}||综合股|无有效执法证" in plain.replace("|||", "||") or "无有效执法证" in page
    assert "60 天内" in page and "（45）" in page and "由上级部门直接监管" in page
    rows = {each["category"]: each for each in client.get("/admin/libraries/").context["rows"]}
    assert rows["非煤矿山"]["statuses"]["X:level"] == 1
    assert sum(each["rows"] for each in rows.values()) == register.count()
    waiting = dict((title, count) for title, count, _ in client.get("/admin/libraries/").context["waiting"])
    assert waiting["许可证已过期或 90 天内到期"] == 1
    listed = client.get("/admin/registries/subject/?gap=licence").context["cl"].result_list
    assert [each.pk for each in listed] == [register[1].pk]
    assert len(client.get("/admin/libraries/").context["undeclared"]) == len(inspectors)
    for who, status in ((cast.auditor, 403), (cast.witness1, 403), (cast.head, 200)):
        client.force_login(who)
        assert client.get("/admin/libraries/").status_code == status


def test_the_time_line_tells_everything_from_all_rooms(client, cast, approved):
    firm = approved.case.subject
    publish(approved, cast)
    corrections.change_many(Subject.objects.filter(pk=firm.pk), "town", "新镇", "区划调整", by=cast.clerk)
    subjects.verify(Subject.objects.filter(pk=firm.pk), by=cast.clerk)
    other = Subject.objects.filter(bureau=firm.bureau).exclude(pk=firm.pk).first()
    duplicates.merge(other, firm, "同一执照", by=cast.head)
    client.force_login(cast.clerk)
    page = client.get(f"/admin/registries/subject/{firm.pk}/history/", follow=True).content.decode()
    for word in (
        "由文件“名录.csv”第",
        "新镇（区划调整）",
        "核实登记内容",
        approved.case.draw.number,
        "现场检查",
        "检查报告第 1 稿",
        "抽查结果已公示",
        f"［{other.name}］",
    ):
        assert word in page, word
    client.force_login(cast.stranger)
    assert client.get(f"/admin/registries/subject/{firm.pk}/history/", follow=True).status_code == 404
    client.force_login(cast.officer)
    assert client.get(f"/admin/registries/subject/{firm.pk}/history/", follow=True).status_code == 403


def test_a_filter_is_kept_under_a_name_for_its_owner(client, cast, register):
    client.force_login(cast.clerk)
    keep = {"title": "停产的", "query": "production__exact=stopped"}
    assert client.post("/admin/registries/subject/filters/", keep).status_code == 302
    # the name again: the new condition
    client.post("/admin/registries/subject/filters/", keep | {"query": "q=1"})
    assert SavedFilter.objects.get().query == "q=1"
    assert "停产的" in client.get("/admin/registries/subject/").content.decode()
    assert "停产的" not in client.get("/admin/registries/inspector/").content.decode()
    client.force_login(cast.head)
    assert "停产的" not in client.get("/admin/registries/subject/").content.decode()
    client.post("/admin/registries/subject/filters/", {"gone": SavedFilter.objects.get().pk})
    assert SavedFilter.objects.count() == 1
    client.force_login(cast.clerk)
    client.post("/admin/registries/subject/filters/", {"gone": SavedFilter.objects.get().pk})
    assert not SavedFilter.objects.exists()
    assert client.post("/admin/registries/subject/filters/", {"title": "", "query": ""}).status_code == 302
    assert client.post("/admin/registries/subject/filters/", {"gone": "x"}).status_code == 302
    client.force_login(cast.witness1)
    assert client.post("/admin/registries/subject/filters/", keep).status_code == 403


def half_in(answer):
    return re.search(r"<code>([\w-]+)</code>", answer.content.decode())[1]


def test_a_new_account_gets_a_password_in_two_halves_that_opens_one_page(client, cast):
    client.force_login(cast.officer)
    form = {"username": "newone", "display_name": "新某", "roles": ["clerk"]}
    answer = client.post("/admin/registries/account/act/open/", form)
    first = half_in(answer)
    assert "no-store" in answer["Cache-Control"] and "messages" not in answer.cookies
    assert not Account.objects.filter(username="newone").exists()
    one = Consent.objects.get()
    page = f"/admin/registries/consent/{one.pk}/act/confirm/"
    client.post(page)  # whoever asked has not the right to confirm
    assert Consent.objects.get().status == "asked"
    client.force_login(cast.security)
    assert "新建账户 newone" in client.get("/admin/").content.decode()
    answer = client.post(page)
    second = half_in(answer)
    assert "no-store" in answer["Cache-Control"] and first != second and Consent.objects.get().half == ""
    client.logout()
    for half in (first, second, f"{second}-{first}"):
        assert not client.login(username="newone", password=half)
    password = f"{first}-{second}"
    assert client.login(username="newone", password=password)
    for path in ("/desk/", "/admin/", "/admin/registries/subject/"):
        assert client.get(path)["Location"] == "/password/"
    assert "一次性密码" in client.get("/password/").content.decode()
    same = {"old_password": password, "new_password1": password, "new_password2": password}
    assert "不能与原密码相同" in client.post("/password/", same).content.decode()
    chosen = {"old_password": password, "new_password1": "qin-shan-8841", "new_password2": "qin-shan-8841"}
    assert client.post("/password/", chosen)["Location"] == "/desk/"
    assert client.get("/admin/").status_code == 200
    actions = set(cast.officer.bureau.journalentry_set.values_list("action", flat=True))
    assert {"account.opened", "consent.asked", "consent.confirmed", "account.password_changed"} <= actions
    said = " ".join(entry.facts for entry in cast.officer.bureau.journalentry_set.all())
    assert first not in said and second not in said and "新某" not in said


def test_who_leaves_signs_in_no_more_and_keeps_what_was_done(client, cast):
    client.force_login(cast.clerk)
    with pytest.raises(DomainError, match="same_person"):
        accounts.ask_leave(cast.officer, "自己", by=cast.officer)
    one = accounts.ask_leave(cast.clerk, "调离", by=cast.officer)
    assert client.get("/admin/").status_code == 200  # nothing holds before the second person has said yes
    confirming.confirm(one, by=cast.security)
    assert client.get("/desk/").status_code == 302  # the open session has ended
    assert not client.login(username="clerk", password="pw-for-tests")
    gone = Account.objects.get(username="clerk")
    assert (gone.is_active, gone.valid_until) == (False, timezone.localdate())
    assert not gone.role_grants.filter(until=None).exists()
    with pytest.raises(DomainError, match="account_left"):
        accounts.ask_leave(gone, "再", by=cast.officer)
    with pytest.raises(DomainError, match="not_allowed"):
        accounts.ask_reset(cast.head, by=cast.clerk)


def test_who_left_and_still_sits_in_a_team_is_told(client, drawn, cast):
    seat = drawn.cases.first().team()[0]
    people.take_out(seat.inspector, "退休", by=cast.head)
    client.force_login(cast.clerk)
    assert f"{seat.inspector.name}（" in client.get("/admin/libraries/").content.decode()
