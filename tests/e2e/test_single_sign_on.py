"""统一身份认证: a second door, tried against a certified OpenID Connect provider
that runs beside the server."""

import json
import subprocess
from pathlib import Path

import pytest
from django.test import Client

from registries.models import Account, JournalEntry
from registries.services import secondfactors

from ..registries.test_second_factor import now, set_up
from ..servers import free_port

pytestmark = pytest.mark.django_db(transaction=True)
NPM = Path(__file__).parents[2] / ".venv/npm/node_modules"


@pytest.fixture
def provider(live_server, settings):
    port = free_port()
    command = [
        "node",
        Path(__file__).with_name("provider.mjs"),
        NPM,
        str(port),
        f"{live_server.url}/login/sso/back/",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert any("ready" in line for line in process.stdout)
    settings.OIDC_ISSUER, settings.OIDC_TITLE = f"http://127.0.0.1:{port}", "青石县统一身份认证"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "mingqian", "secret-of-the-tests"
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def open_page(chromium, live_server):
    """As elsewhere, but what the provider's own pages say in the console is not ours."""
    contexts = []

    def run():
        contexts.append(chromium.new_context(base_url=live_server.url))
        return contexts[-1].new_page()

    yield run
    for each in contexts:
        each.close()


def vouched(page, name, address="/login/?next=/admin/registries/subject/"):
    """Sign in at the provider, as `name`, and let it tell us."""
    page.goto(address)
    page.click("text=从青石县统一身份认证登录")
    page.fill("[name=login]", name)
    page.fill("[name=password]", "whatever")
    page.click("button[type=submit]")
    page.click("button[type=submit]")


def passed(account):
    rows = JournalEntry.objects.filter(action="signin.passed", about=f"account {account.pk}").order_by("pk")
    return [json.loads(each.facts)["by_what"] for each in rows]


def test_whom_the_provider_vouches_for_is_in_with_their_own_roles(cast, provider, open_page):
    Account.objects.filter(pk=cast.clerk.pk).update(sso_name="u-1001")
    page = open_page()
    vouched(page, "u-1001")
    page.wait_for_url("**/admin/registries/subject/")  # where one wanted to go
    assert passed(cast.clerk) == ["sso"]
    page.goto("/account/")
    assert page.locator("text=就是这里").count() == 1


def test_a_second_factor_is_asked_for_as_after_a_password(cast, provider, open_page, settings):
    Account.objects.filter(pk=cast.clerk.pk).update(sso_name="u-1001")
    set_up(cast.clerk)
    page = open_page()
    vouched(page, "u-1001")
    page.wait_for_url("**/login/code/")
    page.fill("[name=code]", now(cast.clerk))
    page.click("main button")
    page.wait_for_url("**/admin/registries/subject/")
    settings.OIDC_IS_SECOND = True  # the bureau says that the provider's own sign-in is of two factors
    other = open_page()
    vouched(other, "u-1001")
    other.wait_for_url("**/admin/registries/subject/")
    assert passed(cast.clerk) == ["sso+code", "sso"] and secondfactors.of(cast.clerk)


@pytest.mark.parametrize("name", ["nobody", "clerk"])  # nor is one's user name here one's name there
def test_a_name_that_stands_on_no_account_is_in_nowhere(cast, provider, open_page, name):
    page = open_page()
    vouched(page, name)
    page.wait_for_selector("text=还没有对应到本系统的账户")
    assert Account.objects.filter(sso_name=name).count() == 0


def test_an_account_that_is_over_is_over_by_this_door_too(cast, provider, open_page):
    Account.objects.filter(pk=cast.clerk.pk).update(sso_name="u-1001", is_active=False)
    page = open_page()
    vouched(page, "u-1001")
    page.wait_for_selector("text=已经停用或过了有效期")


@pytest.mark.parametrize(
    "told", ["?code=made-up&state=made-up", "?error=access_denied&state=x", "", "?state=x"]
)
def test_an_answer_that_we_did_not_ask_for_opens_nothing(cast, provider, told):
    answer = Client().get(f"/login/sso/back/{told}")
    assert answer.status_code == 403 and "没有完成" in answer.content.decode()


def test_with_the_provider_away_the_password_still_opens(cast, provider, open_page):
    provider.kill()
    provider.wait()
    page = open_page()
    page.goto("/login/?next=/admin/registries/subject/")
    page.click("text=从青石县统一身份认证登录")
    page.wait_for_selector("text=现在连不上")
    page.fill("#id_username", "clerk")
    page.fill("#id_password", "pw-for-tests")
    page.click("main form button")
    page.wait_for_url("**/admin/registries/subject/")
    assert Client().get("/login/sso/").headers["Retry-After"]


def test_without_a_provider_there_is_no_such_door(client, cast):
    assert client.get("/login/sso/").status_code == client.get("/login/sso/back/").status_code == 404
    assert "/login/sso/" not in client.get("/login/").content.decode()
