"""The tokens of both themes keep WCAG AA: text 4.5 : 1, the edges of controls 3 : 1."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from merchants.rules.brand import DARK_SURFACES, LIGHT_SURFACES, contrast, parse_hex

TOKENS = (Path(__file__).parents[2] / "static" / "css" / "tokens.css").read_text()
THEMES = {
    match.group(1): dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6});", match.group(0)))
    for match in re.finditer(r'name: "(light|dark)";.*?\n}', TOKENS, re.S)
}
SURFACES = ("--color-base-100", "--color-base-200", "--color-base-300")
TONES = ("neutral", "accent", "info", "success", "warning", "error", *(f"tier-{rank}" for rank in range(1, 7)))
FILLS = ("primary", "secondary", "accent", "neutral", "info", "success", "warning", "error")

TEXT_PAIRS = [
    *[("--color-base-content", surface) for surface in (*SURFACES, "--hover", "--selected")],
    *[("--ink-2", surface) for surface in (*SURFACES, "--hover", "--selected")],
    *[("--ink-3", surface) for surface in SURFACES[:2]],
    *[("--link", surface) for surface in (*SURFACES, "--hover", "--selected")],
    *[(f"--{tone}-ink", f"--{tone}-bg") for tone in TONES],
    *[(f"--{tone}-ink", surface) for tone in ("success", "warning", "error", "info") for surface in SURFACES],
    *[(f"--color-{fill}-content", f"--color-{fill}") for fill in FILLS],
    ("--brand-ink", "--brand"),
    ("--brand-soft-ink", "--brand-soft"),
]
SHAPE_PAIRS = [
    *[("--line-strong", surface) for surface in SURFACES[:2]],
    *[(f"--chart-{number}", "--color-base-100") for number in range(1, 9)],
    *[("--ring", surface) for surface in SURFACES],
]


def ratio(theme: str, one: str, other: str) -> float:
    return contrast(parse_hex(THEMES[theme][one]), parse_hex(THEMES[theme][other]))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_can_be_read(theme: str, ink: str, ground: str) -> None:
    assert ratio(theme, ink, ground) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_can_be_told_from_their_ground(theme: str, shape: str, ground: str) -> None:
    assert ratio(theme, shape, ground) >= 3


def test_both_themes_have_the_same_tokens() -> None:
    assert THEMES["light"].keys() == THEMES["dark"].keys()


def test_the_brands_arithmetic_knows_the_surfaces_of_the_tokens() -> None:
    assert parse_hex(THEMES["light"]["--color-base-100"]) == LIGHT_SURFACES[0]
    assert parse_hex(THEMES["light"]["--color-base-300"]) == LIGHT_SURFACES[1]
    assert parse_hex(THEMES["dark"]["--color-base-100"]) == DARK_SURFACES[0]
    assert parse_hex(THEMES["dark"]["--color-base-300"]) == DARK_SURFACES[1]
