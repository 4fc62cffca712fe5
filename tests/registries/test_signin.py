"""登录: tries are limited before a password is looked at, and nobody locks others out;
every sign-in is on record."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from registries import passwords, tasks
from registries.models import JournalEntry, OldPassword, SignInTry
from registries.services import signins

from ..staircase import PASSWORD
from ..walls import behind_the_walls

pytestmark = pytest.mark.django_db
WRONG, KNOWN = "wrong-password", "known"


def enter(client, username, password=PASSWORD, address="10.1.1.1", **more):
    return client.post("/login/", {"username": username, "password": password} | more, REMOTE_ADDR=address)


def is_in(answer):
    return answer.status_code == 302


def entries(action):
    return [
        json.loads(each)
        for each in JournalEntry.objects.filter(action=action).order_by("pk").values_list("facts", flat=True)
    ]


def test_after_five_failures_the_right_password_waits_too(client, cast):
    for _ in range(5):
        assert not is_in(enter(client, "clerk", WRONG))
    answer = enter(client, "clerk")
    said = answer.content.decode()
    assert answer.status_code == 429 and 840 <= int(answer["Retry-After"]) <= 900
    assert not is_in(answer) and "15 分钟后再试" in said and "用户名或密码不对" not in said
    assert (
        entries("signin.locked") == [{"address": "10.1.1.1", "browser": "new", "device": "未知设备"}]
        and len(entries("signin.failed")) == 5
    )
    # going on while it is locked makes it no longer; the minute comes, and it is open
    for _ in range(20):
        enter(client, "clerk", WRONG)
    assert len(entries("signin.locked")) == 1 and SignInTry.objects.count() == 5
    SignInTry.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert is_in(enter(client, "clerk"))


def test_elsewhere_and_as_somebody_else_one_still_gets_in(client, cast):
    for _ in range(6):
        enter(client, "clerk", WRONG)
    assert is_in(enter(Client(), "head"))  # a colleague behind the same gateway
    assert is_in(enter(Client(), "clerk", address="10.1.1.2"))


def test_whoever_tries_passwords_everywhere_does_not_lock_the_owners_browser_out(client, cast):
    owner = Client()
    assert is_in(enter(owner, "clerk"))
    for n in range(25):  # from all over, and from the owner's own gateway
        enter(Client(), "clerk", WRONG, address=f"10.2.{n}.1")
        enter(Client(), "clerk", WRONG)
    assert not is_in(enter(Client(), "clerk", address="10.3.3.3"))  # an unknown browser waits …
    # … the known one does not
    assert is_in(enter(owner, "clerk")) and is_in(enter(owner, "clerk", address="10.9.9.9"))
    for _ in range(5):
        enter(owner, "clerk", WRONG)
    assert not is_in(enter(owner, "clerk"))  # and is counted by itself


def test_one_address_that_tries_many_names_is_stopped(client, cast):
    for n in range(51):
        enter(client, f"nobody{n}", WRONG)
    assert "分钟后再试" in enter(client, "nobody99", WRONG).content.decode()
    assert is_in(enter(Client(), "head", address="10.1.1.2"))
    assert entries("signin.failed") == []  # nobody's journal


@pytest.mark.parametrize("made_up", ["nothing", "noise", "bent", "salted otherwise"])
def test_a_made_up_mark_is_no_known_browser(client, cast, made_up):
    other = signing.dumps({str(cast.clerk.pk): "a"}, salt="other")
    client.cookies[KNOWN] = {"nothing": "", "noise": "x", "bent": "e30:x:y", "salted otherwise": other}[
        made_up
    ]
    for n in range(21):
        enter(client, "clerk", WRONG, address=f"10.4.{n}.1")
    assert not is_in(enter(client, "clerk", address="10.5.5.5"))


def test_a_mark_of_one_account_is_none_for_another(cast):
    browser = Client()
    enter(browser, "head")
    for _ in range(6):
        enter(browser, "clerk", WRONG)
    assert not is_in(enter(browser, "clerk"))
    enter(Client(), "clerk", address="10.6.6.6")
    assert set(signins.known(browser.cookies[KNOWN].value)) == {str(cast.head.pk)}


def test_a_desk_shared_in_shifts_remembers_each(cast):
    browser = Client()
    for name in ("clerk", "head", "clerk"):
        assert is_in(enter(browser, name))
        browser.post("/logout/")
    marks = signins.known(browser.cookies[KNOWN].value)
    assert set(marks) == {str(cast.clerk.pk), str(cast.head.pk)}
    assert [each["browser"] for each in entries("signin.passed")] == ["new", "new", "known"]
    assert browser.cookies[KNOWN]["httponly"] and browser.cookies[KNOWN]["samesite"] == "Lax"


@pytest.mark.parametrize(("behind", "is_locked"), [(False, True), (True, False)])
def test_an_address_is_what_the_front_server_saw_and_never_what_a_client_says(
    cast, settings, behind, is_locked
):
    settings.PROXIES = int(behind)
    for n in range(6):
        Client().post(
            "/login/",
            {"username": "clerk", "password": WRONG},
            REMOTE_ADDR="10.1.1.1",
            HTTP_X_FORWARDED_FOR=f"1.1.1.{n}",
        )
    answer = Client().post(
        "/login/",
        {"username": "clerk", "password": PASSWORD},
        REMOTE_ADDR="10.1.1.1",
        HTTP_X_FORWARDED_FOR="2.2.2.2",
    )
    assert is_in(answer) is not is_locked
    settings.PROXIES = 1  # what a client puts in front of the list is not looked at
    for n in range(6):
        Client().post(
            "/login/", {"username": "head", "password": WRONG}, HTTP_X_FORWARDED_FOR=f"1.1.1.{n}, 7.7.7.7"
        )
    assert not is_in(
        Client().post(
            "/login/", {"username": "head", "password": PASSWORD}, HTTP_X_FORWARDED_FOR="3.3.3.3, 7.7.7.7"
        )
    )


def test_every_way_in_and_out_is_on_record(client, cast):
    enter(client, "clerk", WRONG)
    enter(client, "clerk")
    client.post("/admin/logout/", follow=True)
    assert [
        each.action for each in JournalEntry.objects.filter(about=f"account {cast.clerk.pk}").order_by("pk")
    ][-3:] == [
        "signin.failed",
        "signin.passed",
        "signin.left",
    ]
    assert not Session.objects.exists() or not client.session.get("_auth_user_id")
    told = [each.actor for each in JournalEntry.objects.filter(action__startswith="signin.").order_by("pk")]
    assert told == ["system", "clerk", "clerk"] and entries("signin.passed")[0]["address"] == "10.1.1.1"


@pytest.mark.parametrize(
    ("who", "wanted", "then"),
    [
        ("clerk", "/admin/", "/admin/"),
        ("clerk", "/admin/registries/subject/", "/admin/registries/subject/"),
        ("witness1", "/admin/", "/desk/"),
        ("witness1", "/desk/codes/", "/desk/codes/"),
        ("clerk", "https://evil.example/", "/admin/"),
        ("clerk", "", "/admin/"),
    ],
)
def test_one_sign_in_leads_where_one_wanted_to_go(client, cast, who, wanted, then):
    answer = enter(client, who, next=wanted)
    assert answer.url == then


def test_from_a_page_of_the_admin_through_the_sign_in_and_back_to_it(client, cast):
    asked = client.get("/admin/registries/subject/", follow=True)
    assert asked.redirect_chain[-1][0] == "/login/?next=/admin/registries/subject/"
    answer = enter(client, "clerk", next="/admin/registries/subject/")
    assert answer.url == "/admin/registries/subject/" and client.get(answer.url).status_code == 200
    assert client.get("/admin/login/?next=https://evil.example/").url == "/admin/"


def test_the_admins_own_doors_lead_to_ours(client, cast):
    asked = client.get("/admin/login/").url
    assert asked.startswith("/login/?next=/admin/")
    answer = client.post(
        asked, {"username": "clerk", "password": PASSWORD, "next": asked.partition("next=")[2]}, follow=True
    )
    assert answer.status_code == 200 and answer.redirect_chain[-1][0] == "/admin/"
    assert (
        client.get("/admin/login/").url == "/admin/"
        and client.get("/admin/password_change/").url == "/password/"
    )
    client.force_login(cast.witness1)
    assert client.get("/admin/login/").url == "/desk/"


def test_old_tries_and_sessions_are_thrown_away(client, cast):
    enter(client, "clerk", WRONG)
    SignInTry.objects.update(at=timezone.now() - timedelta(days=31))
    enter(client, "head", WRONG)
    for username in ("legal", "officer"):
        enter(Client(), username)
    Session.objects.filter(pk=Session.objects.first().pk).update(
        expire_date=timezone.now() - timedelta(hours=1)
    )
    tasks.clear_old()
    assert {each.username for each in SignInTry.objects.all()} == {"head", "legal", "officer"}
    assert Session.objects.count() == 1


# -- passwords ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "qingyuan2026",
        "Qingyuan@2026",
        "admin888",
        "Admin@12345",
        "P@ssw0rd!!",
        "qyxyjglj2026",
        "青原县2026!!",
        "clerk20261128",
        "1234567890ab",
        "!!!!2026!!!!",
        "990101990101",
        "yingji119119",
    ],
)
def test_what_is_easily_guessed_is_refused(cast, password):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, cast.clerk)
    assert all(re.search("[一-鿿]", each) for each in refused.value.messages)


@pytest.mark.parametrize("password", ["mushan-laba-7-qiaodun", "Kx7vq2mRt9", "石桥旁边的老槐树三十七"])
def test_what_is_not_easily_guessed_is_taken(cast, password):
    validate_password(password, cast.clerk)


def change(client, old, new):
    return client.post("/password/", {"old_password": old, "new_password1": new, "new_password2": new})


def test_the_last_five_are_not_taken_again(client, cast):
    client.force_login(cast.clerk)
    used = [f"kuaile-shudian-{word}" for word in ("yi", "er", "san", "si", "wu", "liu")]
    now = PASSWORD
    for each in used:
        assert change(client, now, each).status_code == 302
        now = each
    for again in used[1:]:
        page = change(client, now, again).content.decode()
        assert "不能再用" in page or "不能与原密码相同" in page, again
    assert change(client, now, used[0]).status_code == 302
    assert JournalEntry.objects.filter(action="account.password_changed").count() == 7


def test_an_old_password_is_changed_before_anything_else(client, cast, settings):
    settings.PASSWORD_DAYS = 90
    cast.clerk.old_passwords.create(password=cast.clerk.password)
    with behind_the_walls():
        OldPassword.objects.update(since=timezone.now() - timedelta(days=91))
    enter(client, "clerk")
    assert client.get("/admin/").url == "/password/"
    assert change(client, PASSWORD, "kuaile-shudian-yi").status_code == 302
    assert client.get("/admin/").status_code == 200
    client.post("/logout/")
    enter(client, "clerk", "kuaile-shudian-yi")
    assert client.get("/admin/").status_code == 200


# -- how long one sits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("password", "is_taken"), [("Zk7-qm", False), ("Zk7-qmwx", True)])
def test_a_short_password_is_refused(cast, password, is_taken):
    if is_taken:
        validate_password(password, cast.clerk)
    else:
        with pytest.raises(ValidationError, match="8"):
            validate_password(password, cast.clerk)


@pytest.mark.parametrize(
    ("least", "password", "is_taken"),
    [
        (0, "gardenzebramoon", True),
        (3, "gardenzebramoon", False),
        (3, "gardenzebra77", False),
        (3, "Gardenzebra77", True),
        (4, "Gardenzebra77", False),
        (4, "Garden-zebra77", True),
    ],
)
def test_the_protection_grades_rule_of_several_kinds_can_be_asked_for(least, password, is_taken):
    rule = passwords.OfSeveralKinds(least)
    if is_taken:
        rule.validate(password)
    else:
        with pytest.raises(ValidationError, match=f"至少要有 {least} 种"):
            rule.validate(password)


def test_each_rule_of_a_password_says_what_it_asks():
    told = password_validators_help_texts()
    assert len(told) >= 4 and all(told)
