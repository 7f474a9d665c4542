"""What would have been sent: codes to members, e-mails to staff. Nothing leaves the demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from customers.queries import outbox_of
from loyalty_platform.demo_doors.shops import demo_shops

_MOST = 30


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail as it would have gone out."""

    to: str
    subject: str
    body: str
    sent_at: datetime


@never_cache
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """The page, or for htmx only its list."""
    codes = [(shop, code) for shop in demo_shops() for code in outbox_of(shop)[:_MOST]]
    context = {"codes": codes, "mails": written_mails()}
    fragment = "#list" if "HX-Request" in request.headers else ""
    return render(request, f"demo/outbox.html{fragment}", context)


def written_mails() -> list[Mail]:
    """The newest e-mails of the file backend, newest first. Each file is one message and a line of dashes."""
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", None) or "")
    if not folder.name or not folder.is_dir():
        return []
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [_read(file) for file in files[:_MOST]]


def _read(file: Path) -> Mail:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(preferencelist=("plain",))
    body = str(part.get_content()) if part is not None else ""
    sent_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return Mail(str(message["To"] or ""), str(message["Subject"] or ""), body.rstrip("-\n ").strip(), sent_at)
