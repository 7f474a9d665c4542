"""What tests of the desk's pages say often."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client
from django.urls import reverse

from aftersales.models import Ticket
from customers.models import Customer
from merchants.frames.public_ids import public_id
from merchants.models import StaffMember

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""One pixel."""


def at_work(staff: StaffMember) -> Client:
    """A browser in which `staff` is signed in, in English."""
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    browser.cookies["language"] = "en"
    return browser


def signed_in(member: Customer) -> Client:
    """A phone in which `member` is signed in, in English."""
    phone = Client(headers={"accept-language": "en"})
    phone.cookies["language"] = "en"
    session = phone.session
    session[f"member:{member.merchant_id}"] = member.pk
    session.save()
    return phone


def stranger() -> Client:
    phone = Client(headers={"accept-language": "en"})
    phone.cookies["language"] = "en"
    return phone


def desk_url(name: str, *args: Any, shop: str = "aroma") -> str:
    return reverse(f"aftersales:{name}", args=[shop, *args])


def help_url(name: str, *args: Any, shop: str = "aroma") -> str:
    return reverse(f"aftersales-portal:{name}", args=[shop, *args])


def ticket_id(ticket: Ticket) -> str:
    return public_id("tkt", ticket.pk)


def text_of(response: Any) -> str:
    """What a person reads: no tags, single spaces."""
    body = re.sub(r"(?s)<script.*?</script>|<!--.*?-->", " ", response.content.decode())
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
