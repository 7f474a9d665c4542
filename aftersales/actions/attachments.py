"""Files on messages. The bytes lie in the shop's folder under the private media root; no address leads there.

A file is stored before its message is sent, and belongs to whoever uploaded it; a day later what was never sent is pruned.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction

from aftersales.actions.history import ticket_moment
from aftersales.errors import (
    AttachmentEmpty,
    AttachmentMixed,
    AttachmentNameRefused,
    AttachmentRefused,
    AttachmentTooLarge,
    AttachmentTypeRefused,
    AttachmentUnknown,
    TooManyAttachments,
)
from aftersales.models import Attachment, Message
from aftersales.rules.files import MOST_BYTES, MOST_FILES, FileFault, examine
from merchants.clock import world_now
from merchants.models import Actor, Merchant

KEPT_UNSENT = timedelta(days=1)
_REFUSALS: dict[str, type[AttachmentRefused]] = {
    "empty": AttachmentEmpty,
    "too_large": AttachmentTooLarge,
    "type": AttachmentTypeRefused,
    "mixed": AttachmentMixed,
    "name": AttachmentNameRefused,
}


@transaction.atomic
def store_attachment(
    merchant: Merchant, *, name: str, content: bytes | IO[bytes], by: Actor, occurred_at: datetime | None = None
) -> Attachment:
    """Keep a file for a message that `by` is about to send.

    Raises AttachmentEmpty, AttachmentTooLarge, AttachmentTypeRefused, AttachmentMixed or AttachmentNameRefused.
    """
    # One byte more than is allowed tells that there is more, whatever the door or the file claims about its size.
    held = content if isinstance(content, bytes) else content.read(MOST_BYTES + 1)
    try:
        sniffed = examine(name, held)
    except FileFault as fault:
        refusal = _REFUSALS[fault.code]
        raise (refusal(most=MOST_BYTES // 2**20) if refusal is AttachmentTooLarge else refusal()) from fault
    at = ticket_moment(merchant, occurred_at)
    path = _write(merchant, held, at)
    return Attachment.objects.create(
        merchant=merchant, name=sniffed.name, content_type=sniffed.content_type, size=len(held),
        digest=hashlib.sha256(held).hexdigest(), path=path, uploaded_by_kind=by.kind, uploaded_by_id=by.id, uploaded_at=at,
    )  # fmt: skip


def take_attachments(merchant: Merchant, ids: Sequence[int], *, by: Actor) -> list[Attachment]:
    """The files of `ids`, locked, if all of them are unsent and `by` uploaded them. Raises AttachmentUnknown,
    TooManyAttachments."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    if len(wanted) > MOST_FILES:
        raise TooManyAttachments(most=MOST_FILES)
    rows = Attachment.objects.select_for_update(no_key=True).filter(
        merchant=merchant, pk__in=wanted, message__isnull=True, uploaded_by_kind=by.kind, uploaded_by_id=by.id
    )
    found = {each.pk: each for each in rows.order_by("pk")}
    if len(found) != len(wanted):
        raise AttachmentUnknown()
    return [found[pk] for pk in wanted]


def put_on_message(message: Message, files: Iterable[Attachment]) -> None:
    """Files that `take_attachments` gave are now part of `message`."""
    ids = [each.pk for each in files]
    if ids:
        Attachment.objects.filter(merchant=message.merchant_id, pk__in=ids).update(message=message)


def copy_attachments(source: Message, to: Message) -> None:
    """The same files on another message: for tickets that are split. The bytes are shared."""
    rows = Attachment.objects.filter(merchant=source.merchant_id, message=source).order_by("pk")
    for each in rows:
        each.pk = None
        each._state.adding = True
        each.message = to
        each.save(force_insert=True)


def prune_unsent_attachments(merchant: Merchant) -> int:
    """Forget the files that were never sent within a day, with their bytes; how many."""
    oldest = world_now() - KEPT_UNSENT + merchant.clock_offset
    with transaction.atomic():
        rows = list(
            Attachment.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(merchant=merchant, message__isnull=True, uploaded_at__lt=oldest)
            .order_by("pk")[:1000]
        )
        Attachment.objects.filter(merchant=merchant, pk__in=[each.pk for each in rows]).delete()
        paths = [each.path for each in rows]
        transaction.on_commit(lambda: _unlink(paths), robust=True)
    return len(rows)


def attachment_file(attachment: Attachment) -> Path:
    """Where the bytes lie. The path was made by us; it is checked all the same to stay under the root."""
    root = Path(settings.MEDIA_ROOT).resolve()
    path = (root / attachment.path).resolve()
    if not path.is_relative_to(root):
        raise AttachmentUnknown()
    return path


def _write(merchant: Merchant, content: bytes, at: datetime) -> str:
    """Write `content` under a name that nobody can guess; the path below the media root. Gone again if the caller's
    transaction fails before its end is left to pruning of the folder: a file without a row is unreachable."""
    relative = f"attachments/{merchant.pk}/{at:%Y%m}/{secrets.token_hex(16)}"
    path = Path(settings.MEDIA_ROOT) / relative
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
        file.write(content)
    return relative


def _unlink(paths: Iterable[str]) -> None:
    for path in paths:
        (Path(settings.MEDIA_ROOT) / path).unlink(missing_ok=True)
