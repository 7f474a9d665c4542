"""Files: what they are by their bytes, who may send them, and where they never lead."""

from __future__ import annotations

import io
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.actions.attachments import attachment_file, prune_unsent_attachments, store_attachment
from aftersales.actions.gathering import merge_tickets, split_ticket, unmerge_ticket
from aftersales.actions.tickets import add_ticket_note, open_ticket, reply_to_ticket
from aftersales.errors import AttachmentRefused, AttachmentTooLarge, AttachmentUnknown, TooManyAttachments
from aftersales.models import Attachment, Message
from aftersales.queries.tickets import get_attachment, get_member_attachment, get_ticket
from aftersales.rules.files import MOST_BYTES, FileFault, examine, plain_name
from customers.models import Customer
from merchants.clock import now
from merchants.errors import NotFound
from merchants.models import Actor, Merchant
from tests.aftersales.files import GOOD, gif, jpeg, office, pdf, png
from tests.aftersales.tickets import by_member, complaint


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def code_of(name: str, content: bytes) -> str:
    with pytest.raises(FileFault) as fault:
        examine(name, content)
    return fault.value.code


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_that_is_taken_is_known_by_its_bytes(name: str) -> None:
    content, kind = GOOD[name]
    assert examine(name, content).content_type == kind


ZIP = office("xl/workbook.xml")
REFUSED: dict[str, tuple[str, bytes, str]] = {
    "nothing": ("a.png", b"", "empty"),
    "too large": ("a.txt", b"x" * (MOST_BYTES + 1), "too_large"),
    "a program": ("a.exe", b"MZ\x90\x00" + b"\x00" * 100, "type"),
    "a program called a picture": ("a.png", b"\x7fELF" + b"\x00" * 100, "type"),
    "a page": ("a.html", b"<!doctype html><script>alert(1)</script>", "type"),
    "a page called text": ("a.txt", b"<!DOCTYPE html><p>", "mixed"),
    "a script called csv": ("a.csv", b"a,b\n<script>alert(1)</script>", "mixed"),
    "a drawing": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type"),
    "a drawing called text": ("a.txt", b"<svg onload=alert(1)>", "mixed"),
    "a picture called PDF": ("a.pdf", png(), "mixed"),
    "a PDF called a picture": ("a.png", pdf(), "mixed"),
    "a picture with a page behind it": ("a.gif", gif() + b"<script>alert(1)</script>;", "mixed"),
    "a picture with an archive behind it": ("a.png", png() + ZIP, "mixed"),
    "a picture with an archive inside it": ("a.jpg", jpeg()[:-2] + ZIP + b"\xff\xd9", "mixed"),
    "a picture with a program behind it": ("a.png", png() + b"MZ" + b"\x90" * 500, "mixed"),
    "a picture with PHP in it": ("a.jpg", jpeg()[:40] + b"<?php system('x'); ?>" + jpeg()[40:], "mixed"),
    "a picture that begins as a script": ("a.gif", b"GIF89a=0;//<script>" + b"x" * 10, "mixed"),
    "a picture that is a PDF too": ("a.jpg", jpeg()[:20] + b"%PDF-1.4\n" + jpeg()[20:], "mixed"),
    "a PDF that is an archive too": ("a.pdf", pdf()[:-7] + ZIP + b"%%EOF\n", "mixed"),
    "a PDF cut off": ("a.pdf", pdf()[:40], "mixed"),
    "an archive": ("a.zip", office("readme"), "type"),
    "a document with something behind it": ("a.docx", office("word/document.xml") + b"<script>", "mixed"),
    "a document with macros": ("a.docx", office("word/document.xml", word__vbaProject_dot_bin=b"x"), "type"),
    "a sheet called a letter": ("a.docx", office("xl/workbook.xml"), "mixed"),
    "an archive that is broken": ("a.xlsx", b"PK\x03\x04" + b"\x00" * 50, "type"),
    "bytes called text": ("a.txt", b"abc\x00def", "type"),
    "an old sheet": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "type"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_says_why(what: str) -> None:
    name, content, code = REFUSED[what]
    assert code_of(name, content) == code


@pytest.mark.parametrize(
    "name",
    ["../a.png", "a/b.png", "..\\a.png", "/etc/passwd", "C:\\a.png", ".htaccess", "", "  ", "a\x00.png", "a\n.png", "CON.png",
     "exe.\u202egnp", "a..png", "x" * 200 + ".png"],
)  # fmt: skip
def test_a_name_leads_nowhere(name: str) -> None:
    with pytest.raises(FileFault):
        plain_name(name)


@given(name=st.text(max_size=140), content=st.binary(max_size=300))
def test_whatever_is_taken_is_of_a_kind_and_has_a_plain_name(name: str, content: bytes) -> None:
    try:
        seen = examine(name, content)
    except FileFault:
        return
    assert seen.content_type in {kind for _content, kind in GOOD.values()}
    assert not set("/\\\x00\r\n") & set(seen.name)


@pytest.mark.django_db
def test_bytes_lie_in_the_shop_s_folder_under_a_name_that_nobody_guesses(
    aroma: Merchant, carla: Customer, media: Path
) -> None:
    kept = store_attachment(aroma, name="茶罐.png", content=io.BytesIO(png()), by=by_member(carla))
    path = attachment_file(kept)
    assert path.read_bytes() == png()
    assert path.is_relative_to(media / "attachments" / str(aroma.pk))
    assert "茶罐" not in kept.path
    assert (kept.size, kept.content_type, len(kept.digest)) == (len(png()), "image/png", 64)
    kept.path = "../../../etc/passwd"
    with pytest.raises(AttachmentUnknown):
        attachment_file(kept)


@pytest.mark.django_db
def test_a_refused_file_leaves_nothing(aroma: Merchant, carla: Customer, media: Path) -> None:
    for name, content in (("a.png", b""), ("../a.png", png()), ("a.exe", b"MZ\x00"), ("a.png", png() + b"<script>")):
        with pytest.raises(AttachmentRefused):
            store_attachment(aroma, name=name, content=content, by=by_member(carla))
    with pytest.raises(AttachmentTooLarge):
        store_attachment(aroma, name="a.txt", content=io.BytesIO(b"x" * (MOST_BYTES + 5)), by=by_member(carla))
    assert not Attachment.objects.filter(merchant=aroma).exists()
    assert not list(media.rglob("*.*"))
    assert not any(each.is_file() for each in media.rglob("*"))


@pytest.mark.django_db
def test_a_file_goes_with_the_message_of_whoever_uploaded_it(
    aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer, rival_carla: Customer, by_ben: Actor
) -> None:
    mine = store_attachment(aroma, name="a.png", content=png(), by=by_member(carla))
    for shop, person in ((aroma, dario), (borough, rival_carla)):
        with pytest.raises(AttachmentUnknown):
            open_ticket(shop, complaint(person, attachments=[mine.pk]), by=by_member(person))
    ticket = open_ticket(aroma, complaint(carla, body="", attachments=[mine.pk]), by=by_member(carla))
    assert Message.objects.get(merchant=aroma, ticket=ticket).attachments.count() == 1
    for by in (by_member(carla), by_ben):
        with pytest.raises(AttachmentUnknown):
            reply_to_ticket(ticket, body="Again", by=by, attachments=[mine.pk])
    assert get_ticket(aroma, number=1).reply_count == 1


@pytest.mark.django_db
def test_a_message_carries_at_most_six(aroma: Merchant, carla: Customer) -> None:
    files = [store_attachment(aroma, name=f"{n}.png", content=png(), by=by_member(carla)).pk for n in range(7)]
    with pytest.raises(TooManyAttachments):
        open_ticket(aroma, complaint(carla, attachments=files), by=by_member(carla))
    open_ticket(aroma, complaint(carla, attachments=files[:6] + files[:2]), by=by_member(carla))
    assert Attachment.objects.filter(merchant=aroma, message__isnull=True).count() == 1


@pytest.mark.django_db
def test_a_note_s_file_and_another_ticket_s_are_not_there_for_a_customer(
    aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer, by_ben: Actor
) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    other = open_ticket(aroma, complaint(carla), by=by_member(carla))
    theirs = open_ticket(aroma, complaint(dario), by=by_member(dario))
    unsent = store_attachment(aroma, name="u.png", content=png(), by=by_ben)
    secret = store_attachment(aroma, name="s.png", content=png(), by=by_ben)
    public = store_attachment(aroma, name="p.png", content=png(), by=by_ben)
    add_ticket_note(ticket, body="Look", by=by_ben, attachments=[secret.pk])
    reply_to_ticket(other, body="Look", by=by_ben, attachments=[public.pk])
    for hidden in (secret, unsent, public):
        with pytest.raises(NotFound):
            get_member_attachment(ticket, hidden.pk)
    with pytest.raises(NotFound):
        get_member_attachment(theirs, public.pk)
    assert get_member_attachment(other, public.pk) == public
    merge_tickets(ticket, [other], by=by_ben)
    assert get_member_attachment(ticket, public.pk) == public
    unmerge_ticket(other, by=by_ben)
    assert get_attachment(aroma, secret.pk) == secret
    for shop, hidden in ((aroma, unsent), (borough, secret)):
        with pytest.raises(NotFound):
            get_attachment(shop, hidden.pk)


@pytest.mark.django_db
def test_a_split_takes_its_files_along(aroma: Merchant, carla: Customer, by_ben: Actor) -> None:
    ticket = open_ticket(aroma, complaint(carla), by=by_member(carla))
    file = store_attachment(aroma, name="a.png", content=png(), by=by_member(carla))
    said = reply_to_ticket(ticket, body="And this", by=by_member(carla), attachments=[file.pk])
    new = split_ticket(ticket, [said.pk], "This", by=by_ben)
    (copy,) = Attachment.objects.filter(merchant=aroma, message__ticket=new)
    assert copy.pk != file.pk
    assert attachment_file(copy).read_bytes() == png()
    file.refresh_from_db()
    assert file.message_id == said.pk


@pytest.mark.django_db
def test_what_was_never_sent_is_forgotten_after_a_day(
    aroma: Merchant, carla: Customer, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    long_ago = now(aroma) - timedelta(days=2)
    stale = store_attachment(aroma, name="a.png", content=png(), by=by_member(carla), occurred_at=long_ago)
    sent = store_attachment(aroma, name="b.png", content=png(), by=by_member(carla), occurred_at=long_ago)
    fresh = store_attachment(aroma, name="c.png", content=png(), by=by_member(carla))
    open_ticket(aroma, complaint(carla, attachments=[sent.pk]), by=by_member(carla))
    with django_capture_on_commit_callbacks(execute=True):
        assert prune_unsent_attachments(aroma) == 1
    assert set(Attachment.objects.filter(merchant=aroma)) == {sent, fresh}
    assert not attachment_file(stale).exists()
    assert attachment_file(sent).exists()


def test_pictures_of_a_camera_are_not_refused_by_chance() -> None:
    """Compressed bytes look like anything; none of the signs that we refuse by is that short."""
    chance = random.Random(7)
    for _picture in range(20):
        body = bytes(chance.randrange(256) for _byte in range(50_000)).replace(b"\xff\xd9", b"\xff\xd8")
        assert examine("a.jpg", jpeg()[:40] + body + b"\xff\xd9").content_type == "image/jpeg"


def test_what_phones_write_behind_a_picture_is_no_trick() -> None:
    assert examine("a.jpg", jpeg() + b"SEFHe" + b"\x01" * 200 + b"SEFT").content_type == "image/jpeg"
    assert code_of("a.jpg", jpeg() + b"SEFHe<script>" + b"\x01" * 200 + b"SEFT") == "mixed"
