"""How long one sits, and what becomes of what was typed."""

import html
import json
import re
import time

import pytest
from django.test import Client

from registries.models import Account

from ..staircase import PASSWORD
from .test_signin import change, enter, entries, is_in

pytestmark = pytest.mark.django_db


def later(client, **ago):
    """The session as it would be if so long had gone by."""
    session = client.session
    for name, seconds in ago.items():
        session[name] = int(time.time()) - seconds
    session.save()


def test_an_idle_sitting_ends_and_the_form_comes_back_for_its_owner_alone(client, cast):
    enter(client, "clerk")
    client.get("/admin/")
    later(client, seen=29 * 60)
    assert client.get("/admin/").status_code == 200  # a look is enough to stay
    later(client, seen=31 * 60)
    typed = {"code": "77", "name": "矿山 & “一股”\n第二行", "csrfmiddlewaretoken": "x"}
    asked = client.post("/admin/registries/section/add/", typed)
    assert asked.status_code == 302 and asked.url.startswith("/login/?next=") and "over=1" in asked.url
    assert "内容还在" in client.get(asked.url).content.decode()
    assert entries("signin.expired") and "矿山" not in json.dumps(dict(client.session), ensure_ascii=False)
    assert enter(client, "clerk").url == "/unsent/"
    page = client.get("/unsent/").content.decode()
    assert (
        "矿山 &amp; “一股”" in page
        and 'action="/admin/registries/section/add/"' in page
        and 'name="code"' in page
    )
    fields = dict(re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', page, re.S))
    assert {name: html.unescape(text) for name, text in fields.items()} == {
        "code": "77",
        "name": typed["name"],
    }
    client.post("/admin/registries/section/add/", typed)  # sent again: it is not offered a second time
    assert "unsent" not in client.session and client.get("/unsent/").url == "/desk/"


def test_what_was_laid_aside_can_be_given_up(client, cast):
    enter(client, "clerk")
    client.get("/admin/")
    later(client, seen=31 * 60)
    client.post("/admin/registries/section/add/", {"code": "77", "name": "不要了"})
    enter(client, "clerk")
    client.post("/unsent/")
    assert client.get("/unsent/").url == "/desk/"


def test_signing_in_over_a_sitting_that_is_over_begins_another(client, cast):
    enter(client, "clerk")
    client.get("/admin/")
    later(client, seen=31 * 60, began=13 * 3600)
    # from a bookmark of the sign-in page: the clock was not asked before
    assert is_in(enter(client, "clerk"))
    assert client.get("/admin/").status_code == 200


def test_a_known_browser_that_moves_about_is_one(client, cast):
    enter(client, "clerk")
    for _ in range(4):
        enter(client, "clerk", "wrong-password")
    assert is_in(enter(client, "clerk", address="10.8.8.8"))
    for _ in range(4):
        enter(client, "clerk", "wrong-password", address="10.8.8.8")
    assert is_in(enter(client, "clerk", address="10.8.8.8"))


def test_what_one_typed_is_not_shown_to_another(client, cast):
    enter(client, "clerk")
    client.get("/admin/")
    later(client, seen=31 * 60)
    client.post("/admin/registries/section/add/", {"code": "77", "name": "只给本人看"})
    assert enter(client, "head").url == "/admin/"
    assert (
        "只给本人看" not in client.get("/unsent/", follow=True).content.decode()
        and "unsent" not in client.session
    )


def test_no_password_is_kept_and_a_look_is_not_sent_again(client, cast):
    enter(client, "clerk")
    client.get("/admin/")
    later(client, seen=31 * 60)
    change(client, PASSWORD, "kuaile-shudian-yi")
    assert "unsent" not in client.session
    enter(client, "clerk")
    client.get("/admin/")
    later(client, seen=31 * 60)
    client.get("/admin/registries/section/add/?name=x")
    assert "unsent" not in client.session


def test_a_sitting_ends_after_twelve_hours_however_busy(client, cast):
    enter(client, "clerk")
    client.get("/admin/")
    later(client, began=12 * 3600 - 60)
    assert client.get("/admin/").status_code == 200
    later(client, began=12 * 3600 + 1)
    ended = client.get("/admin/").url
    page = client.get(ended, follow=True).content.decode()
    assert "over=1" in ended and "登录已到期" in page and "内容还在" not in page  # nothing was being sent
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"  # said once


def test_a_cookie_of_a_sitting_that_is_over_opens_nothing(client, cast):
    enter(client, "clerk")
    client.get("/admin/")
    stolen = Client()
    stolen.cookies = client.cookies.copy()
    client.post("/logout/")
    assert stolen.get("/admin/").status_code == 302


def test_the_phone_is_told_and_keeps_what_it_has(client, inspectors):
    client.force_login(inspectors[0].account)
    assert client.post("/desk/field/tasks.json", HTTP_X_MINGQIAN="field").status_code == 200
    later(client, seen=31 * 60)
    assert client.post("/desk/field/tasks.json", HTTP_X_MINGQIAN="field").status_code == 401


def test_with_a_borrowed_password_only_what_works_is_offered(client, cast):
    Account.objects.filter(pk=cast.clerk.pk).update(must_change_password=True)
    enter(client, "clerk")
    assert client.get("/desk/").url == client.get("/admin/").url == "/password/"
    page = client.get("/password/").content.decode()
    assert "请先改成只有您自己知道的密码" in page and "退出（" in page
    assert 'href="/desk/">我的工作' not in page and 'href="/manual/"' not in page
    chosen = "柳树-河滩-7781"
    fresh = {"old_password": PASSWORD, "new_password1": chosen, "new_password2": chosen}
    assert client.post("/password/", fresh).status_code == 302
    page = client.get("/admin/").content.decode()
    assert 'href="/account/">我的账户' in page and 'href="/manual/"' in page
