"""A stored model is opened only when this installation wrote and signed it for this very shop."""

from __future__ import annotations

import pickle
import zlib

import pytest

from analytics.errors import UntrustedArtefact
from analytics.science.artefacts import WRITTEN_BY, pack, unpack

opened: list[str] = []


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return opened.append, ("sprung",)


def test_what_we_wrote_we_read() -> None:
    body, signature = pack(7, "churn", {"weights": [1.5, 2.5]})
    assert unpack(7, "churn", written_by=WRITTEN_BY, body=body, signature=signature) == {"weights": [1.5, 2.5]}


@pytest.mark.parametrize("change", ["body", "signature", "shop", "kind", "version"])
def test_anything_else_is_refused_before_it_is_opened(change: str) -> None:
    body, signature = pack(7, "churn", Trap())
    shop, kind, version = 7, "churn", WRITTEN_BY
    if change == "body":
        body = zlib.compress(pickle.dumps(Trap()) + b" ")
    elif change == "signature":
        signature = "0" * 64
    elif change == "shop":
        shop = 8
    elif change == "kind":
        kind = "lifetime_value"
    else:
        version = "0/other"
    with pytest.raises(UntrustedArtefact):
        unpack(shop, kind, written_by=version, body=body, signature=signature)
    assert not opened


def test_another_secret_key_refuses_it(settings: pytest.FixtureRequest) -> None:
    body, signature = pack(7, "churn", [1])
    settings.SECRET_KEY = "another installation's"  # type: ignore[attr-defined]
    with pytest.raises(UntrustedArtefact):
        unpack(7, "churn", written_by=WRITTEN_BY, body=body, signature=signature)
