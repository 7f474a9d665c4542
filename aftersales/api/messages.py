"""/api/v1/tickets/{id}: what was said, the files with it, and what happened."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema

from aftersales.actions.attachments import attachment_file, store_attachment
from aftersales.actions.tickets import add_ticket_note, reply_to_ticket
from aftersales.api.inputs import EventQuery, MessageInput, MessageQuery
from aftersales.api.shapes import (
    AttachmentPage,
    AttachmentShape,
    EventPage,
    MessagePage,
    MessageShape,
    present_attachment,
    present_event,
    present_message,
)
from aftersales.api.tickets import OURS, files_named, status_coded, ticket_of
from aftersales.errors import AttachmentEmpty, AttachmentTooLarge
from aftersales.models import Author
from aftersales.queries.history import events_of
from aftersales.queries.tickets import attachments_of, get_attachment, get_message, messages_of
from aftersales.rules.files import MOST_BYTES
from merchants.errors import NotFound
from merchants.frames.cursors import cursor_page
from merchants.frames.endpoint import Answer, ApiRequest, Endpoint
from merchants.frames.openapi import query_parameters
from merchants.frames.public_ids import read_public_id
from merchants.frames.refusals import UnsupportedMediaType
from merchants.roles import Scope

_TAGS = ["Tickets"]
_MOST_REQUEST = MOST_BYTES + 64 * 1024  # the file and what a form puts around it
_UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
}


class TicketMessages(Endpoint):
    scopes = {"GET": Scope.TICKETS_READ, "POST": Scope.TICKETS_WRITE}

    @extend_schema(
        operation_id="ticket_messages_list",
        summary="What was said in a ticket",
        description="In order. Messages of tickets that were merged into it stay with those.",
        tags=_TAGS,
        parameters=query_parameters(MessageQuery),
        responses={200: MessagePage},
    )
    def get(self, request: ApiRequest, ticket_id: str) -> Answer:
        rows = messages_of(ticket_of(request, ticket_id), notes=self.query(MessageQuery).notes)
        return Answer(cursor_page(request, rows, order=["id"], present=present_message))

    @extend_schema(
        operation_id="ticket_messages_create",
        summary="Say something in a ticket",
        description="Publicly for the customer or for the shop, or as an internal note. A customer's message makes it the "
        "shop's turn, and takes up a settled ticket again. The same reference says it once.",
        tags=_TAGS,
        request=MessageInput,
        responses={201: MessageShape},
    )
    def post(self, request: ApiRequest, ticket_id: str) -> Answer:
        ticket, body = ticket_of(request, ticket_id), self.body(MessageInput)
        files = files_named(body.attachments)
        reference = f"{OURS}{body.reference}"
        if body.is_note:
            said = add_ticket_note(
                ticket, body=body.body, by=request.actor, reference=reference, attachments=files,
                occurred_at=body.occurred_at,
            )  # fmt: skip
        else:
            then = status_coded(request.merchant, body.then_status, field="then_status") if body.then_status else None
            said = reply_to_ticket(
                ticket, body=body.body, by=request.actor, reference=reference, attachments=files, then_status=then,
                author=Author(body.author), occurred_at=body.occurred_at,
            )  # fmt: skip
        return Answer(present_message(get_message(request.merchant, said.pk)), status=201)


class TicketAttachments(Endpoint):
    scopes = {"GET": Scope.TICKETS_READ}

    @extend_schema(
        operation_id="ticket_attachments_list",
        summary="Files in a ticket",
        description="In the order in which they were sent; those of notes only with `notes`.",
        tags=_TAGS,
        parameters=query_parameters(MessageQuery),
        responses={200: AttachmentPage},
    )
    def get(self, request: ApiRequest, ticket_id: str) -> Answer:
        rows = attachments_of(ticket_of(request, ticket_id), notes=self.query(MessageQuery).notes)
        return Answer(cursor_page(request, rows, order=["id"], present=present_attachment))


class TicketEvents(Endpoint):
    scopes = {"GET": Scope.TICKETS_READ}

    @extend_schema(
        operation_id="ticket_events_list",
        summary="A ticket's history",
        description="Everything that happened to it, in order: what its status, deadlines and figures are derived from.",
        tags=_TAGS,
        parameters=query_parameters(EventQuery),
        responses={200: EventPage},
    )
    def get(self, request: ApiRequest, ticket_id: str) -> Answer:
        self.query(EventQuery)
        rows = events_of(ticket_of(request, ticket_id))
        return Answer(cursor_page(request, rows, order=["sequence"], present=present_event))


class AttachmentList(Endpoint):
    scopes = {"POST": Scope.TICKETS_WRITE}

    @extend_schema(
        operation_id="attachments_upload",
        summary="Upload a file",
        description="For a ticket or message that this key then sends; what is not sent within a day is forgotten. JPEG, "
        "PNG, WebP, GIF, HEIC, PDF, MP4, text, CSV, XLSX and DOCX of at most 10 MB, told by their bytes. Without "
        "`Idempotency-Key`: a second upload is a second file.",
        tags=_TAGS,
        request=_UPLOAD,
        responses={201: AttachmentShape},
    )
    def post(self, request: ApiRequest) -> Answer:
        if not request.META.get("CONTENT_TYPE", "").lower().startswith("multipart/form-data"):
            raise UnsupportedMediaType()
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > _MOST_REQUEST:  # refused before it is read
            raise AttachmentTooLarge(most=MOST_BYTES // 2**20)
        file = request.FILES.get("file")
        if file is None:
            raise AttachmentEmpty()
        kept = store_attachment(request.merchant, name=file.name or "", content=file, by=request.actor)
        return Answer(present_attachment(kept), status=201)


class AttachmentDetail(Endpoint):
    scopes = {"GET": Scope.TICKETS_READ}

    @extend_schema(
        operation_id="attachments_get",
        summary="Download a file",
        description="The bytes, of a message that was sent; always as a download. What they are stands in the message.",
        tags=_TAGS,
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: ApiRequest, attachment_id: str) -> HttpResponse:
        attachment = get_attachment(request.merchant, read_public_id("att", attachment_id))
        path = attachment_file(attachment)
        if not path.is_file():
            raise NotFound()
        answer = HttpResponse(path.read_bytes(), content_type="application/octet-stream")
        answer["Content-Disposition"] = f'attachment; filename="{attachment_id}"'
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return answer
