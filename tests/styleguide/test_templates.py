"""What holds for every template: known icons, no inline style or script, each component shown in the style guide."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
ICONS = set(json.loads((ROOT / "static" / "icons" / "names.json").read_text()))
NAMED_ICON = re.compile(r'{% icon "([\w-]+)"|\bicon(?:_end)?="([\w-]+)"')
# Parts of other components, or drawn by every shell.
PARTS = {
    *("field_notes", "callout_block", "sort_header", "dialog", "menu", "panel", "form_section", "list_table", "delta"),
    *("copy_button", "definition", "toast", "page_head"),
}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_obey_the_content_policy_and_name_known_icons(template: Path) -> None:
    text = template.read_text()

    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert {first or second for first, second in NAMED_ICON.findall(text)} <= ICONS
    assert len(text.splitlines()) <= 150


def test_every_component_is_shown_in_the_style_guide() -> None:
    shown = "".join(path.read_text() for path in (ROOT / "templates" / "styleguide").glob("*.html"))
    shown += "".join(path.read_text() for path in (ROOT / "templates" / "base").glob("*.html"))
    components = {path.stem for path in (ROOT / "templates" / "components").glob("*.html")} - PARTS

    assert {name for name in components if f"components/{name}.html" not in shown} == set()


def test_scripts_stay_small() -> None:
    for script in (ROOT / "static" / "js").rglob("*.js"):
        limit = 150 if script.parent.name == "charts" else 100
        assert len(script.read_text().splitlines()) <= limit, script
