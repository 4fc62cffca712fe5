"""A real Chromium against the live server."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's driver runs its own loop
ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# What both browsers walk in every run of the suite, and what the old one alone does, for it takes less. The
# rest of the old one's walks, and of the new one's, are a trial ("faces").
_BOTH = {
    "test_a_whole_visit_without_a_network",
    "test_the_draw_is_computed_in_the_readers_browser",
}
_OLD = {
    "test_a_major_hazard_is_stopped_on_the_spot",
    "test_looking_again_without_a_network",
    "test_twenty_lines_between_two_with_three_conflicts",
}


def pytest_collection_modifyitems(items):
    for item in items:
        told = item.callspec.id.split("-") if hasattr(item, "callspec") else []
        is_left = "current" in told if item.originalname in _OLD else "83" in told
        if is_left and item.originalname not in _BOTH:
            item.add_marker(pytest.mark.trial)


@pytest.fixture(scope="session")
def driver():
    """One driver for all browsers: it has a loop of its own, and a second one would not start beside it."""
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="session")
def chromium(driver):
    browser = driver.chromium.launch(
        executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
    )
    yield browser
    browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A walk that fails says what stood on its pages: a screen is seldom the one the test believed in."""
    report = yield
    if report.failed and call.when == "call":
        for page in getattr(item, "pages_open", []):
            try:
                report.sections.append((page.url, page.inner_text("body", timeout=1000)[:3000]))
            except Exception as fault:  # noqa: BLE001 (a page that is gone must not hide why the test failed)
                report.sections.append(("a page that says nothing", str(fault)))
    return report


def every(page, selector):
    """All elements of `selector`, when the page is whole: `.all()` takes what is there at the moment."""
    page.wait_for_selector(selector)
    page.wait_for_load_state()
    return page.locator(selector).all()


@pytest.fixture
def open_page(chromium, live_server, request):
    """A page of its own context, signed in or not; console errors fail the test at its end."""
    contexts, faults = [], []
    request.node.pages_open = []

    def run(username=None, size=(1366, 768), **more):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=live_server.url, **more
        )
        contexts.append(context)
        page = context.new_page()
        request.node.pages_open.append(page)
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        if username:
            page.goto("/login/")
            page.fill("#id_username", username)
            page.fill("#id_password", "pw-for-tests")
            page.click("main button")
            page.wait_for_url(re.compile(r"/(desk|admin)/$"))
        return page

    yield run
    for context in contexts:
        context.close()
    assert not faults, faults
