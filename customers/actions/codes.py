"""One-time codes: sent to an address, good once, counted against guessing and against flooding somebody's phone."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

from customers.actions.checking import refusal_of
from customers.actions.profiles import update_customer
from customers.errors import CodeInvalid, SmsNotConfigured, TooManyCodes
from customers.models import CodeChannel, CodePurpose, Customer, OneTimeCode
from customers.rules.codes import Allowance, wait_s
from customers.rules.faults import Fault
from customers.rules.identity import country_of_currency, looks_like_email, normal_email, normal_phone
from customers.rules.masking import mask_email, mask_phone
from merchants.clock import world_now
from merchants.errors import InvalidValues
from merchants.models import Actor, Merchant

CODE_LIFETIME = timedelta(minutes=10)
MOST_ATTEMPTS = 5
# Per destination, so that nobody's phone is flooded; per network address, so that nobody floods many.
_PER_DESTINATION = (Allowance(1, timedelta(seconds=30)), Allowance(5, timedelta(hours=1)))
_PER_ASKER = (Allowance(30, timedelta(hours=1)),)
_KEPT_FOR = timedelta(days=2)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CodeSent:
    """`shown_code` is "" unless nothing leaves this machine (the demo, a sandbox): then the outbox shows it."""

    channel: str
    destination: str
    masked: str
    shown_code: str


def destination_of(merchant: Merchant, identity: str) -> tuple[CodeChannel, str]:
    """The channel and the normal form of an e-mail address or phone number as typed; InvalidValues otherwise."""
    try:
        if looks_like_email(identity):
            return CodeChannel.EMAIL, normal_email(identity)
        phone = normal_phone(identity, country=country_of_currency(merchant.currency))
    except Fault as fault:
        raise InvalidValues([refusal_of("identity", fault)]) from None
    if not phone:
        raise InvalidValues([refusal_of("identity", Fault("required"))])
    return CodeChannel.SMS, phone


def stays_here(merchant: Merchant) -> bool:
    """Whether messages end in the in-app outbox instead of leaving the machine."""
    return bool(settings.DEMO) or merchant.is_sandbox


def send_sign_in_code(merchant: Merchant, *, identity: str, from_address: str = "") -> CodeSent:
    """Send a sign-in code to whoever it is: known or not makes no difference, so the answer gives nobody away.

    Raises InvalidValues, SmsNotConfigured, TooManyCodes.
    """
    return _send(merchant, identity, CodePurpose.SIGN_IN, None, from_address)


def send_contact_code(customer: Customer, *, identity: str, from_address: str = "") -> CodeSent:
    """Send a code to the address that a member wants to change to."""
    return _send(customer.merchant, identity, CodePurpose.CHANGE_CONTACT, customer, from_address)


def send_guest_code(merchant: Merchant, *, identity: str, from_address: str = "") -> CodeSent:
    """Send a code to somebody who wants help with an order without signing in; the answer gives nobody away either."""
    return _send(merchant, identity, CodePurpose.GUEST_HELP, None, from_address)


@transaction.atomic
def _send(
    merchant: Merchant, identity: str, purpose: CodePurpose, customer: Customer | None, from_address: str
) -> CodeSent:
    channel, destination = destination_of(merchant, identity)
    here = stays_here(merchant)
    if channel is CodeChannel.SMS and not here:
        raise SmsNotConfigured()
    asker = _keyed("asker", from_address) if from_address else ""
    _refuse_flood(merchant, destination, asker)
    code = f"{secrets.randbelow(1_000_000):06d}"
    moment = world_now()
    OneTimeCode.objects.create(
        merchant=merchant,
        channel=channel,
        purpose=purpose,
        destination=destination,
        customer=customer,
        code_hash=_code_hash(merchant, purpose, destination, code),
        shown_code=code if here else "",
        asked_from=asker,
        created_at=moment,
        expires_at=moment + CODE_LIFETIME,
    )
    if not here:
        transaction.on_commit(lambda: _mail(merchant, destination, code), robust=True)
    masked = mask_email(destination) if channel is CodeChannel.EMAIL else mask_phone(destination)
    return CodeSent(channel, destination, masked, code if here else "")


def _refuse_flood(merchant: Merchant, destination: str, asker: str) -> None:
    with connection.cursor() as cursor:
        # Two requests at once must not both see room for the last code.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"code:{merchant.pk}:{destination}"])
    moment = world_now()
    recent = OneTimeCode.objects.filter(merchant=merchant, created_at__gt=moment - timedelta(hours=1)).order_by("-id")
    asked: list[tuple[QuerySet[OneTimeCode], tuple[Allowance, ...]]] = [
        (recent.filter(destination=destination), _PER_DESTINATION)
    ]
    if asker:
        asked.append((recent.filter(asked_from=asker), _PER_ASKER))
    for rows, allowances in asked:
        sent_at = list(rows.values_list("created_at", flat=True)[:50])
        wait = max(wait_s(sent_at, allowance, moment) for allowance in allowances)
        if wait:
            raise TooManyCodes(retry_after_s=wait)


def _mail(merchant: Merchant, destination: str, code: str) -> None:
    context = {"merchant": merchant, "code": code, "minutes": CODE_LIFETIME // timedelta(minutes=1)}
    try:
        send_mail(
            subject=render_to_string("customers/email/code_subject.txt", context).strip(),
            message=render_to_string("customers/email/code.txt", context),
            from_email=None,
            recipient_list=[destination],
        )
    except OSError as failure:
        # The member asks again; the operator reads why.
        log.error("code_not_sent", merchant=merchant.slug, reason=str(failure))


def prove_destination(merchant: Merchant, *, destination: str, code: str, purpose: CodePurpose) -> None:
    """Use up the newest code sent to `destination` if `code` is it; CodeInvalid otherwise.

    Its own transaction, because a wrong guess must count even though it is refused.
    """
    with transaction.atomic(durable=True):
        right = _use(merchant, destination, code.strip(), purpose)
    if not right:
        raise CodeInvalid()


def _use(merchant: Merchant, destination: str, code: str, purpose: CodePurpose) -> bool:
    row = (
        OneTimeCode.objects.filter(merchant=merchant, purpose=purpose, destination=destination)
        .select_for_update(no_key=True)
        .order_by("-id")
        .first()
    )
    moment = world_now()
    if row is None or row.used_at is not None or row.expires_at <= moment or row.attempts >= MOST_ATTEMPTS:
        return False
    row.attempts += 1
    right = hmac.compare_digest(row.code_hash, _code_hash(merchant, purpose, destination, code))
    if right:
        row.used_at = moment
        row.shown_code = ""
    row.save(update_fields=["attempts", "used_at", "shown_code"])
    return right


def change_member_contact(customer: Customer, *, identity: str, code: str, by: Actor) -> Customer:
    """The phone or e-mail becomes the one that received `code`; CodeInvalid, PhoneTaken or EmailTaken otherwise."""
    channel, destination = destination_of(customer.merchant, identity)
    prove_destination(customer.merchant, destination=destination, code=code, purpose=CodePurpose.CHANGE_CONTACT)
    if channel is CodeChannel.EMAIL:
        return update_customer(customer, by=by, email=destination)
    return update_customer(customer, by=by, phone=destination)


def forget_old_codes() -> int:
    """Delete codes of every shop that expired two days ago and more; how many."""
    gone, _ = OneTimeCode.objects.across_merchants().filter(expires_at__lt=world_now() - _KEPT_FOR).delete()
    return gone


def _code_hash(merchant: Merchant, purpose: str, destination: str, code: str) -> str:
    return _keyed("code", f"{merchant.pk}|{purpose}|{destination}|{code}")


def _keyed(salt: str, value: str) -> str:
    return salted_hmac(f"customers.{salt}", value, algorithm="sha256").hexdigest()
