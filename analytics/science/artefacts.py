"""Fitted models as bytes: nothing is unpickled that this installation did not write and sign for this very shop.

A pickle can run anything, so the signature is checked first: HMAC-SHA256 with a key derived from SECRET_KEY, over the shop,
the kind, the versions of what wrote it, and the bytes. A body from elsewhere, of another shop, changed by one bit, or
written by other versions of this room or of scikit-learn is refused, and the model is trained again.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import pickle
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from django.utils.crypto import salted_hmac

from analytics.errors import UntrustedArtefact

_SALT = "analytics.science.artefacts"


def _room() -> str:
    """A digest of this room's sources: whoever changes a feature or a class leaves no model that means something else."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


WRITTEN_BY = f"{_room()}/sklearn-{sklearn.__version__}/numpy-{np.__version__}"


def pack(merchant_id: int, kind: str, model: object) -> tuple[bytes, str]:
    """(body, signature) of a fitted model of this shop."""
    raw = io.BytesIO()
    pickle.dump(model, raw, protocol=5)
    body = zlib.compress(raw.getvalue(), 6)
    return body, _signature(merchant_id, kind, WRITTEN_BY, body)


def unpack(merchant_id: int, kind: str, *, written_by: str, body: bytes, signature: str) -> Any:
    """The model. UntrustedArtefact unless we wrote it, with these libraries, for this shop and kind."""
    ours = hmac.compare_digest(_signature(merchant_id, kind, written_by, body), signature)
    if not ours or written_by != WRITTEN_BY:
        raise UntrustedArtefact()
    return pickle.loads(zlib.decompress(body))  # noqa: S301 - signed by us


def _signature(merchant_id: int, kind: str, written_by: str, body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()
    return salted_hmac(_SALT, f"{merchant_id}|{kind}|{written_by}|{digest}", algorithm="sha256").hexdigest()
