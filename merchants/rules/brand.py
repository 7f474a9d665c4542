"""A shop's brand colour, made readable: every pair below keeps WCAG AA whatever colour the merchant chose.

The style sheet served at ``/m/<shop>/brand.css`` sets five custom properties, in light and dark:

``--brand``           fill of buttons and the member card
``--brand-ink``       text on that fill                     (≥ 4.5 : 1 on --brand)
``--brand-text``      links, icons, the active tab          (≥ 4.5 : 1 on every surface)
``--brand-soft``      tinted background
``--brand-soft-ink``  text on the tint                      (≥ 4.5 : 1 on --brand-soft)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Rgb = tuple[float, float, float]

HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
WHITE: Rgb = (1.0, 1.0, 1.0)
INK: Rgb = (0x14 / 255, 0x18 / 255, 0x1A / 255)
TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0
STEPS = 50

# The surfaces of static/css/tokens.css that brand text may stand on; the hardest one decides.
LIGHT_SURFACES: tuple[Rgb, ...] = (WHITE, (0xEE / 255, 0xEC / 255, 0xE7 / 255))
DARK_SURFACES: tuple[Rgb, ...] = ((0x19 / 255, 0x1E / 255, 0x20 / 255), (0x24 / 255, 0x2B / 255, 0x2E / 255))


@dataclass(frozen=True)
class BrandColours:
    """Hex strings, ``#rrggbb``."""

    fill: str
    ink: str
    text: str
    soft: str
    soft_ink: str


def parse_hex(colour: str) -> Rgb:
    """``#0b6170`` → three channels of 0..1. Raises ValueError for anything else."""
    if not HEX_COLOUR.fullmatch(colour):
        raise ValueError(f"not a #rrggbb colour: {colour!r}")
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)


def to_hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in colour)


def luminance(colour: Rgb) -> float:
    """Relative luminance of WCAG 2: 0 for black, 1 for white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast ratio of WCAG 2: 1..21, the same in both directions."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of `other` in `one`, channel by channel, rounded to what a hex colour can say."""
    mixed = [round((a + (b - a) * share) * 255) / 255 for a, b in zip(one, other, strict=True)]
    return (mixed[0], mixed[1], mixed[2])


def moved_until(colour: Rgb, towards: Rgb, *, against: tuple[Rgb, ...], at_least: float) -> Rgb:
    """The nearest colour on the way to `towards` that keeps `at_least` against every colour of `against`."""
    for step in range(STEPS + 1):
        candidate = mix(colour, towards, step / STEPS)
        if all(contrast(candidate, surface) >= at_least for surface in against):
            return candidate
    return towards


def _ink_on(fill: Rgb) -> Rgb | None:
    """White where it is readable, else the dark ink, else nothing."""
    return next((ink for ink in (WHITE, INK) if contrast(ink, fill) >= TEXT_CONTRAST), None)


def _colours(brand: Rgb, *, surfaces: tuple[Rgb, ...], away: Rgb, soft_share: float) -> BrandColours:
    fill = moved_until(brand, away, against=surfaces[:1], at_least=1.35 if away == INK else SHAPE_CONTRAST)
    ink = _ink_on(fill)
    if ink is None:
        fill = moved_until(fill, INK, against=(WHITE,), at_least=TEXT_CONTRAST)
        ink = WHITE
    soft = mix(surfaces[0], fill, soft_share)
    text = moved_until(brand, away, against=surfaces, at_least=TEXT_CONTRAST)
    soft_ink = moved_until(text, away, against=(soft,), at_least=TEXT_CONTRAST)
    return BrandColours(*(to_hex(colour) for colour in (fill, ink, text, soft, soft_ink)))


def light_colours(hex_colour: str) -> BrandColours:
    """For white paper. A pale yellow stays itself as a fill, with dark ink on it, and darkens as text."""
    return _colours(parse_hex(hex_colour), surfaces=LIGHT_SURFACES, away=INK, soft_share=0.12)


def dark_colours(hex_colour: str) -> BrandColours:
    """For dark surfaces. A navy is lifted until it can be told from the night around it."""
    return _colours(parse_hex(hex_colour), surfaces=DARK_SURFACES, away=WHITE, soft_share=0.22)


def _block(selector: str, colours: BrandColours) -> str:
    return (
        f"{selector}{{--brand:{colours.fill};--brand-ink:{colours.ink};--brand-text:{colours.text};"
        f"--brand-soft:{colours.soft};--brand-soft-ink:{colours.soft_ink}}}"
    )


def brand_css(hex_colour: str) -> str:
    """The whole style sheet for one shop. Raises ValueError unless `hex_colour` is ``#rrggbb``."""
    light, dark = light_colours(hex_colour), dark_colours(hex_colour)
    return "\n".join(
        (
            _block(":root", light),
            f"@media (prefers-color-scheme:dark){{{_block(':root:not([data-theme])', dark)}}}",
            _block('[data-theme="dark"]', dark),
            "",
        )
    )
