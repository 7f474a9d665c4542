"""Files at the two doors with pages: taken from a form, shown in a thread, handed out by an authorised view alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import FileResponse, Http404, HttpRequest

from aftersales.actions.attachments import attachment_file, store_attachment
from aftersales.errors import TooManyAttachments
from aftersales.models import Attachment
from aftersales.rules.files import ENDINGS, MOST_BYTES, MOST_FILES, PICTURES
from aftersales.templatetags.desk import file_size
from merchants.models import Actor, Merchant

# `image/*` lets a phone offer its camera and its photos.
_ACCEPT = ",".join(["image/*", *sorted(f".{ending}" for endings in ENDINGS.values() for ending in endings)])


def file_limits() -> dict[str, Any]:
    """What components/file_pick.html is told: {most, largest (bytes), accept}."""
    return {"most": MOST_FILES, "largest": MOST_BYTES, "accept": _ACCEPT}


def keep_files(request: HttpRequest, merchant: Merchant, *, by: Actor) -> list[int]:
    """Store the form's `files`; their ids, for the message that the same request sends. Raises AttachmentRefused."""
    given = request.FILES.getlist("files")
    if len(given) > MOST_FILES:
        raise TooManyAttachments(most=MOST_FILES)
    return [store_attachment(merchant, name=each.name or "", content=each, by=by).pk for each in given]


def file_rows(attachments: Iterable[Attachment], url_of: Callable[[Attachment], str]) -> list[dict[str, Any]]:
    """As components/file_list.html draws them."""
    return [
        {
            "name": each.name,
            "url": url_of(each),
            "photo": each.content_type in PICTURES,
            "size": file_size(each.size),
        }
        for each in attachments
    ]


def file_response(attachment: Attachment) -> FileResponse:
    """The bytes. Pictures are shown in place, everything else is downloaded; neither may run anything."""
    path = attachment_file(attachment)
    if not path.is_file():
        raise Http404
    is_picture = attachment.content_type in PICTURES
    response = FileResponse(
        path.open("rb"),
        as_attachment=not is_picture,
        filename=attachment.name,
        content_type=attachment.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
