"""The complaint desk of the demo's shops: weeks of tickets, told through the same actions as everybody's, the same each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import pgettext

from aftersales.actions.deadlines import ring_deadlines
from aftersales.actions.desk import add_macro, open_desk, publish_document, set_advisor, set_agent, set_presence
from aftersales.actions.gathering import link_tickets, merge_tickets
from aftersales.actions.goodwill import approve_grant, decline_grant, grant_goodwill
from aftersales.actions.post_mortems import (
    Learnt,
    finish_preventive_action,
    ring_effect_checks,
    write_post_mortem,
)
from aftersales.actions.satisfaction import ask_satisfaction, give_satisfaction
from aftersales.actions.tickets import (
    NewTicket,
    add_ticket_note,
    close_ticket,
    open_ticket,
    reopen_ticket,
    reply_to_ticket,
    resolve_ticket,
    set_ticket_status,
    snooze_ticket,
)
from aftersales.models import Grant, GrantState, RootCause, Ticket, TicketLink
from aftersales.queries.desk import default_status
from aftersales.queries.people import workers_of
from aftersales.queries.satisfaction import care_of
from commerce.models import Order
from customers.actions import member_actor
from customers.models import Customer
from customers.queries import live_customers
from loyalty_platform.demo_data.desk_story import Lesson, Script, Step, Story
from merchants.clock import now, today
from merchants.models import SYSTEM, Actor, Membership, Merchant
from merchants.roles import Role

_NOTHING_LEAVES = True  # history is told quietly: nobody is asked about last month by mail


def make_desk(merchant: Merchant, script: Script) -> None:
    """Set the desk up and tell its stories, oldest first."""
    desk = _Desk.of(merchant)
    open_desk(merchant, by=desk.owner)
    for kind, document in script.documents.items():
        publish_document(merchant, kind, document, by=desk.owner)
    set_agent(merchant, desk.people["owner"], skills=[], cover=desk.people["support"], most_open=3, by=desk.owner)
    for one, other, skills in (("support", "second", script.skills), ("second", "support", script.skills[:1])):
        set_agent(
            merchant, desk.people[one], skills=list(skills), cover=desk.people[other], most_open=30, by=desk.owner
        )
    for name, steps in script.macros:
        add_macro(merchant, name=name, steps=steps, by=desk.owner)
    people = _Askers(merchant)
    for customer in people.best[: script.advised]:
        set_advisor(customer, desk.people["support"], by=desk.owner)
    told: dict[str, Ticket] = {}
    for story in sorted(script.stories, key=lambda each: _begins(merchant, each)):
        told[story.key] = _tell(desk, people, story, told)
    for lesson in script.lessons:
        _learn(desk, told[lesson.ticket], lesson)
    ring_effect_checks(merchant)
    tomorrow = datetime.combine(today(merchant) + timedelta(days=1), time(9), merchant.zone)
    set_presence(merchant, desk.people["second"], is_present=False, until=tomorrow, by=desk.owner)
    ring_deadlines(now(merchant))


@dataclass(frozen=True, slots=True)
class _Desk:
    """The shop with its people: "owner", "support" and a "second" agent."""

    merchant: Merchant
    people: dict[str, Membership]

    @classmethod
    def of(cls, merchant: Merchant) -> _Desk:
        team = list(workers_of(merchant).order_by("pk"))
        agents = [each for each in team if each.role == Role.SUPPORT]
        owner = next(each for each in team if each.role == Role.OWNER)
        return cls(merchant, {"owner": owner, "support": agents[0], "second": agents[-1]})

    @property
    def owner(self) -> Actor:
        return self.actor(self.people["owner"])

    def actor(self, membership: Membership) -> Actor:
        return Actor("staff", membership.staff_id, str(membership.staff))

    def agent_on(self, ticket: Ticket) -> Actor:
        """Whoever has the ticket; the first agent where nobody or the owner does."""
        holder = next((each for each in self.people.values() if each.pk == ticket.assignee_id), None)
        if holder is None or holder.role == Role.OWNER:
            holder = self.people["support"]
        return self.actor(holder)


class _Askers:
    """Who asks: members with an order shortly before, each once until all had their turn."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        self._members = list(live_customers(merchant).order_by("-purchase_summary__orders", "pk")[:200])
        self.best = self._members[:12]
        self._had: set[int] = set()
        self._again = 0

    def whoever_bought(self, story: Story, before: datetime) -> tuple[Customer, Order | None]:
        """A member with one of their orders, of the category that the story is about when somebody bought there."""
        if not story.about:
            return self._next(), None
        recent = Order.objects.filter(
            merchant=self.merchant, customer__archived_at__isnull=True, placed_at__lt=before - timedelta(hours=3),
            placed_at__gte=before - timedelta(days=9), cancelled_at__isnull=True,
        ).select_related("customer")  # fmt: skip
        fitting = recent.filter(lines__category_path__startswith=story.about).distinct()
        for orders in (fitting, recent):
            for order in orders.order_by("-placed_at", "pk")[:60]:
                if order.customer is not None and order.customer.pk not in self._had:
                    self._had.add(order.customer.pk)
                    return order.customer, order
        customer = self._next()
        return customer, recent.filter(customer=customer).order_by("-placed_at", "pk").first()

    def _next(self) -> Customer:
        """The next member who did not ask yet; in a shop of few, they ask again."""
        fresh = next((each for each in self._members if each.pk not in self._had), None)
        customer = fresh or self._members[self._again % len(self._members)]
        self._again += fresh is None
        self._had.add(customer.pk)
        return customer


def _begins(merchant: Merchant, story: Story) -> datetime:
    present = now(merchant)
    if story.at is None:
        return present - timedelta(minutes=story.minutes_ago)
    day = present.astimezone(merchant.zone).date() - timedelta(days=story.days)
    return datetime.combine(day, story.at, merchant.zone)


def _tell(desk: _Desk, people: _Askers, story: Story, told: dict[str, Ticket]) -> Ticket:
    merchant, begins = desk.merchant, _begins(desk.merchant, story)
    if story.guest:
        new = NewTicket(
            subject=story.subject, body=story.body, channel="guest", category_code=story.category,
            guest_name=story.guest[0], guest_contact=story.guest[1], reference=f"demo:{story.key}", occurred_at=begins,
        )  # fmt: skip
        asker = Actor("member", None, story.guest[0])
    else:
        customer, order = _asker(people, story, told, begins)
        customer.merchant = merchant
        new = NewTicket(
            subject=story.subject, body=story.body, channel=story.channel, category_code=story.category,
            customer=customer, order=order, lines=_lines(order, story), priority=story.priority,
            reference=f"demo:{story.key}", occurred_at=begins,
        )  # fmt: skip
        asker = member_actor(customer)
    ticket = open_ticket(merchant, new, by=asker if story.channel != "phone" else desk.actor(desk.people["support"]))
    for n, step in enumerate(story.steps):
        ticket = _play(desk, ticket, step, asker, at=_moment(ticket, begins, step), reference=f"demo:{n}", told=told)
    _put_away(ticket)
    case = _fresh(Ticket.objects.filter(merchant=merchant, recovers=ticket)) if story.recovery else None
    if case is not None:
        for n, step in enumerate(story.recovery):
            case = _play(desk, case, step, asker, at=_moment(case, begins, step), reference=f"demo:{n}", told=told)
        _put_away(case)
    return ticket


def _moment(ticket: Ticket, begins: datetime, step: Step) -> datetime:
    """As the story says, in the order of time and never in the future."""
    return min(max(ticket.updated_at, begins + timedelta(minutes=step.after)), now(ticket.merchant))


def _fresh(rows: QuerySet[Ticket]) -> Ticket | None:
    return rows.select_related("merchant", "customer", "category", "order").first()


def _asker(people: _Askers, story: Story, told: dict[str, Ticket], begins: datetime) -> tuple[Customer, Order | None]:
    before = told.get(story.same_as)
    if before is not None and before.customer is not None:
        return before.customer, before.order
    return people.whoever_bought(story, begins)


def _lines(order: Order | None, story: Story) -> list[tuple[int, int]]:
    if order is None or not story.about:
        return []
    lines = order.lines.filter(merchant=order.merchant_id, category_path__startswith=story.about).order_by("position")
    return [(line.pk, 1) for line in lines[:1]]


def _play(
    desk: _Desk, ticket: Ticket, step: Step, asker: Actor, *, at: datetime, reference: str, told: dict[str, Ticket]
) -> Ticket:
    merchant = desk.merchant
    by = desk.owner if step.by == "owner" else desk.agent_on(ticket)
    match step.do:
        case "reply":
            reply_to_ticket(ticket, body=step.text, by=by, reference=reference, occurred_at=at)
        case "says":
            reply_to_ticket(ticket, body=step.text, by=asker, reference=reference, occurred_at=at)
        case "note":
            add_ticket_note(ticket, body=step.text, by=by, reference=reference, occurred_at=at)
        case "pause":
            set_ticket_status(ticket, default_status(merchant, "paused"), by=by, occurred_at=at)
        case "resolve":
            resolve_ticket(ticket, by=by, occurred_at=at)
        case "reopen":
            reopen_ticket(ticket, by=asker, body=step.text, reference=reference, occurred_at=at)
        case "snooze":
            snooze_ticket(ticket, now(merchant) + timedelta(hours=step.number), by=by)
        case "goodwill":
            _give(ticket, step, by=by, at=at, reference=reference, decider=desk.owner)
        case "score":
            _rate(ticket, step, at=at)
        case "merge":
            merge_tickets(told[step.text], [ticket], by=by, occurred_at=at)
        case "link":
            link_tickets(ticket, told[step.text], kind=TicketLink.Kind.RELATED, by=by, occurred_at=at)
    return Ticket.objects.select_related("merchant", "customer", "category", "order").get(
        merchant=merchant, pk=ticket.pk
    )


def _give(ticket: Ticket, step: Step, *, by: Actor, at: datetime, reference: str, decider: Actor) -> None:
    grant = grant_goodwill(
        ticket, points=step.number, reason=step.reason, note=step.text, by=by, reference=reference, occurred_at=at
    )
    if grant.state == GrantState.WAITING and step.then:
        _decide(grant, step, by=decider, at=min(at + timedelta(minutes=45), now(ticket.merchant)))


def _decide(grant: Grant, step: Step, *, by: Actor, at: datetime) -> None:
    if step.then == "declined":
        decline_grant(grant, by=by, note=step.note, occurred_at=at)
    else:
        approve_grant(grant, by=by, note=step.note, occurred_at=at)


def _rate(ticket: Ticket, step: Step, *, at: datetime) -> None:
    ask_satisfaction(ticket, at=at - timedelta(minutes=20), quiet=_NOTHING_LEAVES)
    if step.number:
        give_satisfaction(ticket, score=step.number, comment=step.text, via=step.reason or "link", occurred_at=at)


def _put_away(ticket: Ticket) -> None:
    """Whoever was not asked how it was is asked, quietly; what was resolved long enough ago is closed by now."""
    if ticket.status_category != "resolved" or ticket.resolved_at is None:
        return
    if not ticket.is_recovery:
        asked_at = min(ticket.resolved_at + timedelta(minutes=30), now(ticket.merchant))
        ask_satisfaction(ticket, at=asked_at, quiet=_NOTHING_LEAVES)
    closes = ticket.resolved_at + timedelta(days=care_of(ticket.merchant).close_after_days)
    if closes <= now(ticket.merchant):
        close_ticket(ticket, by=SYSTEM, why="time", occurred_at=closes)


def _learn(desk: _Desk, ticket: Ticket, lesson: Lesson) -> None:
    merchant, day = desk.merchant, today(desk.merchant)
    with translation.override(merchant.language):
        cause = pgettext("root cause", lesson.cause)  # as open_desk named it
    learnt = Learnt(
        cause=RootCause.objects.filter(merchant=merchant, name=cause).order_by("pk")[0],
        summary=lesson.summary, action=lesson.action, owner=desk.people[lesson.owner],
        due_on=day - timedelta(days=lesson.due_days_ago), check_on=day - timedelta(days=lesson.check_days_ago),
        cost_points=lesson.points, cost_minor=lesson.cost_minor, minutes=lesson.minutes,
    )  # fmt: skip
    written = write_post_mortem(
        ticket, learnt, by=desk.owner, occurred_at=now(merchant) - timedelta(days=lesson.written_days_ago)
    )
    if lesson.done_days_ago:
        done_at = datetime.combine(day - timedelta(days=lesson.done_days_ago), time(11, 30), merchant.zone)
        finish_preventive_action(written, occurred_at=done_at)
