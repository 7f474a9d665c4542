"""Which bytes may be a shop's logo: told by what they are, not by what their sender calls them."""

from __future__ import annotations

LARGEST_LOGO_BYTES = 200_000


def picture_type(content: bytes) -> str | None:
    """`image/png`, `image/jpeg` or `image/webp` by the signature;

    None for anything else, SVG with its scripts included.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None
