"""动态口令: a password alone opens nothing to whoever must have a second factor; a code is
taken once; sittings end."""

import html
import json
import re
from datetime import timedelta

import pyotp
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from registries import sittings
from registries.models import Account, Consent, JournalEntry, SecondFactor, SignInTry, Sitting
from registries.services import accounts, confirming, secondfactors, signins
from registries.visitors import address_of, device_of

from ..staircase import PASSWORD

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0 Safari/537.36"
PHONE = "Mozilla/5.0 (Linux; Android 10; HarmonyOS) AppleWebKit/537.36 Chrome/99.0 Mobile MicroMessenger/8.0"


def enter(client, username="clerk", password=PASSWORD, **more):
    return client.post("/login/", {"username": username, "password": password} | more)


def now(account, steps=0):
    """What the phone shows, so many steps of half a minute from now; none before it has been taken."""
    SecondFactor.objects.filter(account=account).update(last_step=0)
    secret = SecondFactor.objects.get(account=account).secret
    return pyotp.TOTP(secret).at(timezone.now() + timedelta(seconds=30 * steps))


def set_up(account):
    secret = secondfactors.fresh_secret()
    return secondfactors.confirm(account, secret, pyotp.TOTP(secret).at(timezone.now()))


def said(answer):
    return html.unescape(answer.content.decode())


def actions(account):
    rows = JournalEntry.objects.filter(about=f"account {account.pk}").order_by("pk")
    return [each.action for each in rows]


def test_whoever_must_have_one_reaches_nothing_before_it_is_set_up(client, cast, settings):
    settings.SECOND_FACTOR_ROLES = {"clerk"}
    enter(client)
    for address in ("/admin/", "/desk/", "/account/", "/password/", "/admin/registries/subject/"):
        assert client.get(address).url == "/account/second-factor/", address
    assert client.get("/desk/field/tasks.json", HTTP_X_MINGQIAN="field").status_code == 401
    page = client.get("/account/second-factor/")
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', said(page))[1].replace(" ", "")
    assert "data:image/svg+xml" in said(page) and "我的账户" not in said(page)
    other = Client()
    enter(other)  # whoever knows the password only, elsewhere, sees another secret
    assert secret not in said(other.get("/account/second-factor/")).replace(" ", "")
    # nothing is kept yet
    assert secret not in said(client.get("/account/")) and not SecondFactor.objects.exists()
    assert secret not in str(dict(client.session))  # where it waits it is sealed
    wrong = client.post("/account/second-factor/", {"act": "confirm", "code": "000000"})
    assert "动态口令不对" in said(wrong) and client.get("/admin/").status_code == 302
    codes = client.post("/account/second-factor/", {"act": "confirm", "code": pyotp.TOTP(secret).now()})
    assert len(re.findall(r"<code>[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}</code>", said(codes))) == 10
    assert client.get("/admin/").status_code == 200 and "factor.set" in actions(cast.clerk)
    # encrypted; cut
    assert secret not in open_columns(cast.clerk) and other.get("/desk/").url.startswith("/login/")
    assert enter(Client(), "head").url == "/admin/"  # whom no role asks for one


def open_columns(account):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM registries_secondfactor WHERE account_id = %s", [account.pk])
        return cursor.fetchone()[0]


def test_the_password_alone_opens_nothing_and_a_code_is_taken_once(client, cast):
    set_up(cast.clerk)
    first = enter(client, next="/admin/registries/subject/")
    assert first.url == "/login/code/" and client.get("/admin/").status_code == 302
    assert "known" not in client.cookies and "signin.passed" not in actions(cast.clerk)
    code = now(cast.clerk)
    assert client.post("/login/code/", {"code": code}).url == "/admin/registries/subject/"
    assert client.get("/admin/").status_code == 200
    last = json.loads(JournalEntry.objects.filter(action="signin.passed").last().facts)
    assert last["by_what"] == "password+code" and last["device"] == "未知设备"
    again = Client()
    enter(again)
    assert "已经用过" in said(again.post("/login/code/", {"code": code}))
    SecondFactor.objects.update(last_step=0)
    assert again.post("/login/code/", {"code": f" {code[:3]} {code[3:]} "}).status_code == 302


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phones_clock_may_be_half_a_minute_off(cast, steps, is_taken):
    set_up(cast.clerk)
    assert secondfactors.passes(cast.clerk, now(cast.clerk, steps)) is is_taken


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "１２３４５６", "abcdef", "0" * 500])
def test_what_is_no_code_is_none(cast, typed):
    set_up(cast.clerk)
    assert not secondfactors.passes(cast.clerk, typed)


def test_codes_are_tried_no_oftener_than_passwords(client, cast):
    set_up(cast.clerk)
    enter(client)
    for _ in range(4):
        assert "不对" in said(client.post("/login/code/", {"code": "000000"}))
    answer = client.post("/login/code/", {"code": now(cast.clerk)})
    assert "15 分钟后再试" in said(answer) and client.get("/admin/").status_code == 302
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 600
    assert "signin.locked" in actions(cast.clerk) and "signin.failed" in actions(cast.clerk)
    SignInTry.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert client.post("/login/code/", {"code": now(cast.clerk)}).status_code == 302


def test_half_way_in_lasts_five_minutes_and_is_nobody_elses(client, cast, settings):
    set_up(cast.clerk)
    assert Client().get("/login/code/").url == "/login/"
    enter(client)
    session = client.session
    session["half_way"] |= {"at": session["half_way"]["at"] - 301}
    session.save()
    assert client.post("/login/code/", {"code": now(cast.clerk)}).url == "/login/"
    enter(client)
    Account.objects.filter(pk=cast.clerk.pk).update(valid_until="2020-01-01")
    assert client.post("/login/code/", {"code": now(cast.clerk)}).url == "/login/"
    assert client.get("/admin/").status_code == 302


def test_a_recovery_code_is_good_once_and_others_replace_them(client, cast):
    codes = set_up(cast.clerk)
    enter(client)
    assert client.post("/login/code/", {"code": codes[3].upper().replace("-", " ")}).status_code == 302
    assert secondfactors.codes_left(cast.clerk) == 9 and "factor.recovery_used" in actions(cast.clerk)
    other = Client()
    enter(other)
    assert other.post("/login/code/", {"code": codes[3]}).status_code == 200
    renewed = client.post("/account/second-factor/", {"act": "renew", "code": codes[4]})
    assert len(re.findall(r"<code>", said(renewed))) == 10
    assert other.post("/login/code/", {"code": codes[5]}).status_code == 200  # one of before


def test_given_up_by_its_owner_only_where_no_role_asks_for_it(client, cast, settings):
    codes = set_up(cast.clerk)
    enter(client)
    client.post("/login/code/", {"code": now(cast.clerk)})
    settings.SECOND_FACTOR_ROLES = {"clerk"}
    assert "不能停用" in said(client.post("/account/second-factor/", {"act": "give_up", "code": codes[0]}))
    settings.SECOND_FACTOR_ROLES = set()
    assert "不对" in said(client.post("/account/second-factor/", {"act": "give_up", "code": "000000"}))
    assert client.post("/account/second-factor/", {"act": "give_up", "code": codes[0]}).status_code == 302
    assert enter(Client()).url == "/admin/"


def test_whoever_sits_down_at_anothers_desk_cannot_guess_on_and_on(client, cast):
    set_up(cast.clerk)
    enter(client)
    client.post("/login/code/", {"code": now(cast.clerk)})
    for _ in range(5):
        assert "不对" in said(client.post("/account/second-factor/", {"act": "give_up", "code": "000000"}))
    locked = client.post("/account/second-factor/", {"act": "give_up", "code": now(cast.clerk)})
    assert "分钟后再试" in said(locked) and locked.status_code == 429 and secondfactors.of(cast.clerk)


def test_a_refusal_that_is_no_wrong_code_is_no_failed_try(client, cast, settings):
    codes = set_up(cast.clerk)
    enter(client)
    client.post("/login/code/", {"code": now(cast.clerk)})
    settings.SECOND_FACTOR_ROLES = {"clerk"}
    for _ in range(7):
        assert "不能停用" in said(
            client.post("/account/second-factor/", {"act": "give_up", "code": codes[0]})
        )
    assert not SignInTry.objects.filter(has_failed=True).exists()


def test_a_factor_taken_away_gates_the_sittings_that_it_opened(client, cast, settings):
    settings.SECOND_FACTOR_ROLES = {"clerk"}
    set_up(cast.clerk)
    enter(client)
    client.post("/login/code/", {"code": now(cast.clerk)})
    assert client.get("/admin/").status_code == 200
    confirming.confirm(accounts.ask_factor(cast.clerk, by=cast.officer), by=cast.security)
    assert client.get("/desk/").url == "/account/second-factor/"


def test_at_a_desk_shared_in_shifts_the_next_signs_in_over_the_last(client, cast):
    enter(client)
    assert enter(client, "head").status_code == 302 and client.get("/admin/").context["user"] == cast.head
    assert (
        Sitting.objects.get(account=cast.clerk).ended_at
        and not Sitting.objects.get(account=cast.head).ended_at
    )
    assert enter(client, "head").status_code == 302  # the same once more is another sitting
    assert Sitting.objects.filter(account=cast.head).count() == 2


def test_where_one_wanted_to_go_is_an_address_and_no_name_of_a_page(client, cast):
    assert enter(client, next="foo").status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["begin", "enter"])
def test_signing_in_is_one_piece_or_did_not_happen(cast, monkeypatch, where):
    client = Client(raise_request_exception=False)
    monkeypatch.setattr({"begin": sittings, "enter": signins}[where], where, lambda *args: 1 / 0)
    assert enter(client).status_code == 500
    monkeypatch.undo()
    assert "signin.passed" not in actions(cast.clerk) and not Sitting.objects.exists()
    assert client.get("/admin/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_new_password_and_its_entry_are_one_piece(client, cast, monkeypatch):
    enter(client)
    fresh = {
        "old_password": PASSWORD,
        "new_password1": "Kuai-le-de-yu-9527",
        "new_password2": "Kuai-le-de-yu-9527",
    }
    client.raise_request_exception = False
    monkeypatch.setattr(accounts, "note_own_password", lambda account: 1 / 0)
    assert client.post("/password/", fresh).status_code == 500
    monkeypatch.undo()
    assert enter(Client()).status_code == 302 and "account.password_changed" not in actions(cast.clerk)


def test_a_lost_phone_is_reset_by_another_and_on_record(client, cast, bureau):
    set_up(cast.clerk), set_up(cast.officer)
    enter(client, "officer")
    client.post("/login/code/", {"code": now(cast.officer)})
    page = f"/admin/registries/account/{cast.clerk.pk}/act/factor/"
    assert "当面确认" in said(client.get(page)) and client.post(page).status_code == 302
    assert actions(cast.clerk).count("factor.taken_away") == 0
    confirming.confirm(Consent.objects.get(), by=cast.security)
    assert enter(Client()).url == "/admin/" and actions(cast.clerk).count("factor.taken_away") == 1
    own = client.post(f"/admin/registries/account/{cast.officer.pk}/act/factor/")
    assert secondfactors.of(cast.officer) and own.status_code == 200  # nobody frees themselves
    call_command("reset_second_factor", "officer")
    assert secondfactors.of(cast.officer) is None


def test_ones_sittings_are_listed_and_each_can_be_ended(client, cast):
    here, there, elsewhere = (
        client,
        Client(headers={"user-agent": PHONE}),
        Client(headers={"user-agent": CHROME}),
    )
    for each in (here, there, elsewhere):
        enter(each)
    page = said(here.get("/account/"))
    assert "微信 8 · 鸿蒙" in page and "Chrome 118 · Windows" in page and page.count("结束这处登录") == 2
    one = Sitting.objects.get(device="微信 8 · 鸿蒙")
    here.post("/account/cut/", {"which": one.pk})
    assert there.get("/admin/").status_code == 302 and elsewhere.get("/admin/").status_code == 200
    here.post("/account/cut/")
    assert elsewhere.get("/admin/").status_code == 302 and here.get("/admin/").status_code == 200
    cuts = [
        json.loads(each.facts) for each in JournalEntry.objects.filter(action="signin.cut").order_by("pk")
    ]
    assert [each["its_device"] for each in cuts] == ["微信 8 · 鸿蒙", "Chrome 118 · Windows"]
    assert "以前的登录" in said(here.get("/account/")) and "结束这处登录" not in said(here.get("/account/"))


def test_nobody_ends_anothers_sitting(client, cast):
    enter(client)
    other = Client()
    enter(other, "head")
    own = Sitting.objects.get(account=cast.head)
    for which in (str(own.pk), "x", "9" * 40, "-1"):
        client.post("/account/cut/", {"which": which})
    assert other.get("/admin/").status_code == 200


def test_a_new_password_ends_the_sittings_of_the_old_one(client, cast):
    other = Client()
    enter(client), enter(other)
    fresh = "Kuai-le-de-yu-9527"
    client.post("/password/", {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh})
    assert client.get("/admin/").status_code == 200 and other.get("/admin/").status_code == 302
    assert said(client.get("/account/")).count("就是这里") == 1
    assert actions(cast.clerk).count("signin.cut") == 1


def test_a_sitting_that_is_left_or_over_is_past(client, cast, settings):
    enter(client)
    client.post("/logout/")
    assert Sitting.objects.get().ended_at
    other = Client()
    enter(other)
    settings.SESSION_IDLE_MINUTES = -1
    for _ in range(2):
        assert other.get("/admin/").status_code == 302
    assert (
        actions(cast.clerk).count("signin.expired") == 1
        and not Sitting.objects.filter(ended_at=None).exists()
    )
    Sitting.objects.filter(pk=Sitting.objects.first().pk).update(
        began_at=timezone.now() - timedelta(days=191)
    )
    assert sittings.clear_old() == 1 and Sitting.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (CHROME, "Chrome 118 · Windows"),
        (PHONE, "微信 8 · 鸿蒙"),
        ("", "未知设备"),
        ("curl/8", "未知设备"),
        ("Mozilla/5.0 (Windows NT 6.1) Chrome/86.0 Safari/537.36 360SE", "360浏览器 · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; UOS) Chrome/83.0 Safari/537.36", "Chrome 83 · 统信或麒麟"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17) Version/17.1 Mobile Safari/604.1", "Safari 17 · iOS"),
        ("x" * 5000, "未知设备"),
        ("Chrome/" + "9" * 390, "Chrome 9999"),
    ],
)
def test_what_is_being_used_is_said_in_a_few_words(rf, agent, told):
    assert device_of(rf.get("/", HTTP_USER_AGENT=agent)) == told


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "1.1.1.1", "9.9.9.9"),
        (1, "1.1.1.1, 2.2.2.2", "2.2.2.2"),
        (2, "0.0.0.0, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "2.2.2.2", "2.2.2.2"),
        (1, "", ""),
    ],
)
def test_behind_one_more_gateway_the_client_is_still_the_client(rf, settings, proxies, told, address):
    settings.PROXIES = proxies
    assert address_of(rf.get("/", REMOTE_ADDR="9.9.9.9", HTTP_X_FORWARDED_FOR=told)) == address
