"""Whatever colour a merchant picks, members can read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchants.rules.brand import (
    DARK_SURFACES,
    LIGHT_SURFACES,
    SHAPE_CONTRAST,
    TEXT_CONTRAST,
    BrandColours,
    Rgb,
    brand_css,
    contrast,
    dark_colours,
    light_colours,
    parse_hex,
)

any_colour = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def assert_readable(colours: BrandColours, surfaces: tuple[Rgb, ...]) -> None:
    assert contrast(parse_hex(colours.ink), parse_hex(colours.fill)) >= TEXT_CONTRAST
    assert contrast(parse_hex(colours.soft_ink), parse_hex(colours.soft)) >= TEXT_CONTRAST
    for surface in surfaces:
        assert contrast(parse_hex(colours.text), surface) >= TEXT_CONTRAST


@given(any_colour)
def test_every_colour_is_readable_by_day(colour: str) -> None:
    assert_readable(light_colours(colour), LIGHT_SURFACES)


@given(any_colour)
def test_every_colour_is_readable_by_night(colour: str) -> None:
    colours = dark_colours(colour)

    assert_readable(colours, DARK_SURFACES)


def test_a_strong_red_stays_exactly_itself_with_white_on_it() -> None:
    colours = light_colours("#c8102e")

    assert (colours.fill, colours.ink, colours.text) == ("#c8102e", "#ffffff", "#c8102e")


def test_a_yellow_stays_yellow_as_a_button_and_darkens_only_as_text() -> None:
    colours = light_colours("#ffd100")

    assert colours.fill == "#ffd100"
    assert colours.ink == "#14181a"
    assert colours.text != "#ffd100"


def test_a_navy_is_lifted_until_it_stands_out_at_night() -> None:
    fill = parse_hex(dark_colours("#0a1f44").fill)

    assert contrast(fill, DARK_SURFACES[0]) >= SHAPE_CONTRAST


def test_the_style_sheet_says_light_dark_and_as_the_system_wishes() -> None:
    css = brand_css("#0b6170")

    assert css.startswith(":root{--brand:#0b6170;--brand-ink:#ffffff;")
    assert "@media (prefers-color-scheme:dark){:root:not([data-theme]){--brand:" in css
    assert '[data-theme="dark"]{--brand:' in css


@pytest.mark.parametrize("wrong", ["", "red", "#fff", "#0b617", "#0b6170;}", "0b6170", "#0b6170 "])
def test_only_a_plain_hex_colour_gets_into_a_style_sheet(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a #rrggbb colour"):
        brand_css(wrong)
