"""A real Chromium for tests: its fixture, its contexts, and what axe says of a page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.chromium import find_chromium

ROOT = Path(__file__).parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Swagger UI's own markup is not ours to mend; everything around it is.
NOT_OURS = ["#swagger"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Import it into a test module that needs a browser."""
    found = find_chromium()
    # Playwright's own loop runs in this thread; Django must not mistake the test for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.executable, args=found.arguments, env=dict(found.environment)
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def open_context(chromium: Browser, site: str, *, theme: str, language: str, width: int) -> BrowserContext:
    context = chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    context.add_cookies(
        [{"name": "theme", "value": theme, "url": site}, {"name": "language", "value": language, "url": site}]
    )
    return context


def violations(page: Page) -> list[str]:
    """What axe finds, as "rule: element". The debugger evaluates it: the policy stays in force."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text()})
    answer: dict[str, Any] = session.send(
        "Runtime.evaluate",
        {
            # Its <main> stands inside ours: the rule about one main looks at the whole document.
            "expression": "var alone = !document.querySelector('#swagger');"
            f"axe.run({{exclude: {NOT_OURS}}}, {{rules: {{'landmark-no-duplicate-main': {{enabled: alone}}, "
            f"'landmark-main-is-top-level': {{enabled: alone}}}}, runOnly: {RULES}, resultTypes: ['violations']}})"
            ".then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160))))",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    session.detach()
    return list(answer["result"]["value"])
