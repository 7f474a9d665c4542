"""Opening a shop and its test twin, its settings, its logo, its clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from events.actions.recording import record
from events.facts import ClockMoved, LogoChanged, SandboxOpened, SettingsChanged, ShopOpened
from merchants.actions.callers import forget_cached_callers
from merchants.clock import now, world_now
from merchants.errors import ClockMovesForwardOnly, InvalidValue, InvalidValues, NotASandbox
from merchants.models import Actor, Language, Membership, Merchant, StaffMember
from merchants.roles import Role
from merchants.rules.pictures import LARGEST_LOGO_BYTES, picture_type
from merchants.rules.shops import currencies, is_address, sandbox_address, time_zones

# What `update_settings` may change. Address and currency stay: members' links and every amount hang on them.
SETTINGS = frozenset(
    {
        "name", "timezone", "language", "brand_colour", "contact_email", "contact_phone", "promises", "privacy_text",
        "adjustment_limit_points",
    }
)  # fmt: skip
FURTHEST_JUMP = timedelta(days=3660)


@transaction.atomic
def create_merchant(
    *,
    slug: str,
    name: str,
    owner: StaffMember | None,
    by: Actor,
    timezone: str = "Asia/Shanghai",
    currency: str = "CNY",
    language: str = Language.CHINESE,
    is_sandbox: bool = False,
) -> Merchant:
    """Open a shop; `owner` becomes its first member of staff. InvalidValues names every fault."""
    merchant = Merchant(
        slug=slug, name=name.strip(), timezone=timezone, currency=currency, language=language,
        is_sandbox=is_sandbox, created_at=world_now(),
    )  # fmt: skip
    faults = _faults(merchant)
    if not is_address(slug):
        faults.append(
            InvalidValue("slug", _("Use 3 to 40 lower-case letters, digits and hyphens."), code="wrong_format")
        )
    elif Merchant.objects.filter(slug=slug).exists():
        faults.append(_taken())
    if currency not in currencies():
        faults.append(InvalidValue("currency", _("This is not an ISO 4217 currency.")))
    if faults:
        raise InvalidValues(faults)
    merchant.save(force_insert=True)
    if owner is not None:
        Membership.objects.create(merchant=merchant, staff=owner, role=Role.OWNER, joined_at=world_now())
    record(merchant, ShopOpened(name=merchant.name), about=merchant, by=by)
    return merchant


@transaction.atomic
def create_sandbox(merchant: Merchant, *, by: Actor) -> Merchant:
    """The shop's test twin: the one it has, or a new one with the same settings, nobody's data and its own clock."""
    merchant = lock_merchant(merchant)
    if merchant.is_sandbox:
        raise NotASandbox()
    twin = Merchant.objects.filter(sandbox_of=merchant).first()
    if twin is not None:
        return twin
    slug = sandbox_address(merchant.slug)
    if Merchant.objects.filter(slug=slug).exists():
        slug = sandbox_address(f"{merchant.slug[:28]}-{merchant.pk}")
    twin = Merchant.objects.create(
        slug=slug, name=merchant.name, timezone=merchant.timezone, currency=merchant.currency,
        language=merchant.language, brand_colour=merchant.brand_colour, logo=merchant.logo,
        logo_type=merchant.logo_type, contact_email=merchant.contact_email, contact_phone=merchant.contact_phone,
        promises=merchant.promises, privacy_text=merchant.privacy_text,
        adjustment_limit_points=merchant.adjustment_limit_points,
        is_sandbox=True, sandbox_of=merchant, created_at=world_now(),
    )  # fmt: skip
    record(merchant, SandboxOpened(slug=twin.slug), about=merchant, by=by)
    return twin


@transaction.atomic
def update_settings(merchant: Merchant, *, by: Actor, **changes: Any) -> Merchant:
    """Change some of SETTINGS; nothing is recorded when nothing differs. InvalidValues names every fault."""
    unknown = changes.keys() - SETTINGS
    if unknown:
        raise TypeError(f"Not settings: {sorted(unknown)}")
    merchant = lock_merchant(merchant)
    changed = sorted(name for name, value in changes.items() if getattr(merchant, name) != value)
    if not changed:
        return merchant
    before = {name: getattr(merchant, name) for name in changed}
    for name in changed:
        setattr(merchant, name, changes[name])
    faults = _faults(merchant)
    if faults:
        raise InvalidValues(faults)
    merchant.save(update_fields=changed)
    record(merchant, SettingsChanged(before, {name: changes[name] for name in changed}), about=merchant, by=by)
    forget_cached_callers()
    return merchant


@transaction.atomic
def set_logo(merchant: Merchant, *, picture: bytes | None, by: Actor) -> Merchant:
    """Take `picture` (PNG, JPEG or WebP, at most 200 kB) as the shop's logo, or none."""
    merchant = lock_merchant(merchant)
    kind = ""
    if picture is not None:
        kind = picture_type(picture) or ""
        if not kind:
            raise InvalidValue("logo", _("A logo is a PNG, JPEG or WebP picture."), code="wrong_format")
        if len(picture) > LARGEST_LOGO_BYTES:
            raise InvalidValue("logo", _("A logo has at most 200 kB."), code="too_large")
    merchant.logo, merchant.logo_type = picture, kind
    merchant.save(update_fields=["logo", "logo_type"])
    record(merchant, LogoChanged(bytes=len(picture or b"")), about=merchant, by=by)
    return merchant


@transaction.atomic
def move_clock(merchant: Merchant, *, forward: timedelta, by: Actor) -> Merchant:
    """Move a sandbox's clock on by `forward`. The days in between are closed by whoever closes days, not here."""
    merchant = lock_merchant(merchant)
    if not merchant.is_sandbox:
        raise NotASandbox()
    if forward <= timedelta(0):
        raise ClockMovesForwardOnly()
    if forward > FURTHEST_JUMP:
        raise InvalidValue("forward", _("At most ten years at once."), code="too_large")
    before = now(merchant)
    merchant.clock_offset += forward
    merchant.save(update_fields=["clock_offset"])
    after = before + forward
    record(
        merchant,
        ClockMoved(before=before.isoformat(timespec="seconds"), after=after.isoformat(timespec="seconds")),
        about=merchant,
        by=by,
    )
    forget_cached_callers()
    return merchant


def lock_merchant(merchant: Merchant) -> Merchant:
    """The shop's row as it is now, held against other settings changes, never against the shop's business."""
    return Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)


def _taken() -> InvalidValue:
    return InvalidValue("slug", _("This address is taken."), code="taken")


def _faults(merchant: Merchant) -> list[InvalidValue]:
    """What a settings form could get wrong, by field."""
    faults: list[InvalidValue] = []
    if not merchant.name:
        faults.append(InvalidValue("name", _("A shop needs a name."), code="required"))
    if merchant.timezone not in time_zones():
        faults.append(InvalidValue("timezone", _("This time zone is not known.")))
    if merchant.language not in Language.values:
        faults.append(InvalidValue("language", _("This language is not offered.")))
    if merchant.contact_email and not _is_email(merchant.contact_email):
        faults.append(InvalidValue("contact_email", _("This is not an e-mail address."), code="wrong_format"))
    try:
        merchant.clean_fields(
            exclude=["timezone", "language", "contact_email", "name", "slug", "currency", "sandbox_of"]
        )
    except ValidationError as failure:
        for field, errors in failure.error_dict.items():
            faults.extend(InvalidValue(field, str(message)) for error in errors for message in error.messages)
    return faults


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
