"""The desk's rule books: which shape the document of each kind has."""

from __future__ import annotations

from collections.abc import Mapping

from aftersales.rules.care import CareDocument
from aftersales.rules.limits import LimitsDocument
from aftersales.rules.routing import RoutingDocument
from aftersales.rules.sla import SlaDocument

Document = SlaDocument | RoutingDocument | LimitsDocument | CareDocument

DOCUMENTS: Mapping[str, type[SlaDocument] | type[RoutingDocument] | type[LimitsDocument] | type[CareDocument]] = {
    "sla": SlaDocument,
    "routing": RoutingDocument,
    "limits": LimitsDocument,
    "care": CareDocument,
}


def read_document(kind: str, document: object) -> Document:
    """The document of `kind` as typed rules. Raises pydantic's ValidationError, with the place of each fault."""
    return DOCUMENTS[kind].model_validate(document)
