"""An API of two endpoints, to look at the frame itself. Its one effect is an event, so that effects can be counted."""

from __future__ import annotations

import time
from typing import Annotated

from django.urls import include, path
from pydantic import BaseModel, ConfigDict, Field

from events.actions import record
from events.facts import ShopOpened
from events.models import Event
from loyalty_platform.urls import urlpatterns as site
from merchants.errors import InvalidValue, LastOwner
from merchants.frames.cursors import cursor_page
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.roles import Scope


class NoteInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=20)
    points: Annotated[int, Field(ge=1)] = 1
    pause_seconds: float = 0


class NoteQuery(BaseModel):
    starts: int = 0
    tag: list[str] = []


class Notes(Endpoint):
    """Notes, kept as events."""

    scopes = {"GET": Scope.ORDERS_READ, "POST": Scope.ORDERS_WRITE}

    def get(self, request: ApiRequest) -> Answer:
        self.query(NoteQuery)
        notes = Event.objects.filter(merchant=request.merchant, type=ShopOpened.wire)
        return Answer(cursor_page(request, notes, present=lambda note: {"text": note.payload["name"]}))

    def post(self, request: ApiRequest) -> Answer:
        given = self.body(NoteInput)
        number = record(request.merchant, ShopOpened(name=given.text), about=None, by=request.actor)
        time.sleep(given.pause_seconds)
        if given.text == "refuse":
            raise LastOwner(left=1)
        if given.text == "field":
            raise InvalidValue("text", "No.", code="never")
        if given.text == "break":
            raise RuntimeError("A fault that nobody foresaw.")
        return Answer({"number": number}, status=201)


class Payments(Notes):
    """The same, but every request must say its key."""

    idempotency = "required"


urlpatterns = [
    path("api/v1/", include([path("notes", Notes.as_view()), path("payments", Payments.as_view())])),
    *site,
]
handler404 = "loyalty_platform.failures.not_found"
handler500 = "loyalty_platform.failures.server_error"
