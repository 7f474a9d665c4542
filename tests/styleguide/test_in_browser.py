"""The style guide in a real Chromium: accessible in every theme, width and language, alive under a strict policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browsing import chromium, open_context, violations

__all__ = ["chromium"]

PAGES = ["styleguide/", "styleguide/?door=portal", "styleguide/?door=plain", "refusals/404/", "refusals/500/"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Nothing is collected for a test: the live server serves static/build itself.
    pytest.mark.filterwarnings("ignore:No directory at"),
]


@pytest.fixture
def site(settings: Settings, live_server: LiveServer) -> str:
    settings.ROOT_URLCONF = "tests.styleguide.urls"
    settings.X_FRAME_OPTIONS = "SAMEORIGIN"
    return f"{live_server.url}/"


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    context = open_context(chromium, site, theme="light", language="en", width=1280)
    page = context.new_page()
    page.goto(f"{site}styleguide/", wait_until="load")
    expect(page.locator("html.scripted")).to_be_attached()
    yield page
    context.close()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_door_is_accessible_and_breaks_no_policy(
    chromium: Browser, site: str, theme: str, language: str, width: int
) -> None:
    context = open_context(chromium, site, theme=theme, language=language, width=width)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    for path in PAGES:
        page.goto(f"{site}{path}", wait_until="load")
        expect(page.locator("html.scripted")).to_be_attached()
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path

    assert complaints == []
    context.close()


def test_charts_are_drawn_and_their_tables_hold_the_same_numbers(page: Page) -> None:
    expect(page.locator("#chart-trend-title")).to_be_visible()
    expect(page.locator("[data-source=chart-trend-numbers] svg")).to_be_visible()

    page.locator(".chart-card", has=page.locator("#chart-trend-title")).get_by_text("See as table").click()

    expect(page.get_by_role("row", name="2026-12 16,900 9,900")).to_be_visible()


def test_ctrl_k_opens_the_palette_and_arrows_choose(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [aria-selected=true]")).to_contain_text("张晓敏")

    page.keyboard.press("ArrowDown")

    expect(page.locator("#palette [aria-selected=true]")).to_contain_text("欧阳明远")


def test_single_keys_work_until_they_are_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.get_by_role("switch", name="Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()

    page.keyboard.press("?")

    expect(page.locator("#shortcuts")).to_be_hidden()


def test_keys_stay_silent_while_typing(page: Page) -> None:
    page.locator("#sample_name").click()

    page.keyboard.type("?n")

    expect(page.locator("#sample_name")).to_have_value("?n")
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_rows_are_walked_selected_and_counted(page: Page) -> None:
    expect(page.locator(".bulk-bar")).to_be_hidden()
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator(".bulk-count")).to_have_text("1")

    page.locator(".select-page").check()
    page.get_by_role("button", name="Select all 12,431 that match").click()

    expect(page.locator(".bulk-count")).to_have_text("12,431")
    assert page.locator("input[name=scope]").input_value() == "all"


def test_a_chosen_theme_is_there_at_the_next_page(page: Page) -> None:
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"

    page.reload()

    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_destruction_waits_for_the_name(page: Page) -> None:
    page.get_by_role("button", name="Delete", exact=True).first.click()
    button = page.locator("#sample-confirm .btn-danger")
    expect(button).to_be_disabled()

    page.get_by_label("Type 山间茶事 to confirm").fill("山间茶事")

    expect(button).to_be_enabled()


def test_unsaved_changes_are_announced_in_the_save_bar(page: Page) -> None:
    expect(page.get_by_text("Unsaved changes")).to_be_hidden()

    page.locator("#sample_name").fill("Carla")

    expect(page.get_by_text("Unsaved changes")).to_be_visible()


def test_a_one_time_code_takes_full_width_digits_and_sends_itself(page: Page, site: str) -> None:
    page.goto(f"{site}styleguide/?door=plain")
    field = page.locator("[data-behaviour=code-input]")

    field.press_sequentially("１２3 456")

    page.wait_for_url("**/styleguide/?door=plain&code=123456")


def test_a_failed_fragment_says_so_with_its_request_id(page: Page) -> None:
    page.evaluate("htmx.ajax('GET', '/refusals/500/', {target: '#content', swap: 'none'}).catch(() => null)")

    toast = page.locator(".toast-error")
    expect(toast).to_contain_text("That did not work.")
    expect(toast.locator("code")).to_be_visible()


def test_without_script_the_page_still_says_everything(chromium: Browser, site: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.goto(f"{site}styleguide/")

    expect(page.locator(".bulk-bar")).to_be_visible()
    expect(page.locator("[data-source=chart-trend-numbers]")).to_be_hidden()
    expect(page.get_by_text("See as table").first).to_be_visible()
    context.close()
