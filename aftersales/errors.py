"""Refusals of the complaint desk."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from merchants.errors import DomainError


class MoveNotAllowed(DomainError):
    """`before` and `after` are categories of statuses."""

    code = "ticket_move_not_allowed"
    message = _("This ticket cannot go from “%(before)s” to “%(after)s”.")


class ReopenTooLate(DomainError):
    code = "reopen_too_late"
    message = _("This ticket was settled more than %(days)s days ago. Please open a new one.")


class TicketNotSettled(DomainError):
    code = "ticket_not_settled"
    message = _("This ticket is still open.")


class TicketSettled(DomainError):
    code = "ticket_settled"
    message = _("This ticket is settled. Reopen it first.")


class TicketMergedAway(DomainError):
    """`number` is the ticket that it went on in."""

    code = "ticket_merged"
    message = _("This ticket was merged into #%(number)s: go on there.")


class MergeNotPossible(DomainError):
    code = "merge_not_possible"
    message = _("Only tickets of the same customer can be merged, and none into itself.")


class NotMerged(DomainError):
    code = "not_merged"
    message = _("This ticket is not merged.")


class NothingToSplit(DomainError):
    code = "nothing_to_split"
    message = _("Choose one or more messages of this ticket, but not all of them.")
    http_status = 422
    pointer = "/messages"


class AttachmentRefused(DomainError):
    """Base of what is refused about a file."""

    code = "attachment_refused"
    message = _("This file cannot be attached.")
    http_status = 422
    pointer = "/file"


class AttachmentEmpty(AttachmentRefused):
    code = "attachment_empty"
    message = _("This file is empty.")


class AttachmentTooLarge(AttachmentRefused):
    code = "attachment_too_large"
    message = _("A file may have at most %(most)s MB.")
    http_status = 413


class AttachmentTypeRefused(AttachmentRefused):
    code = "attachment_type"
    message = _("Only pictures, PDF, MP4, text, CSV, Excel and Word files can be attached.")


class AttachmentMixed(AttachmentRefused):
    """A file that is also something else, or that is not what its name says."""

    code = "attachment_mixed"
    message = _("This file is not what its name says, or hides something else.")


class AttachmentNameRefused(AttachmentRefused):
    code = "attachment_name"
    message = _("This file name cannot be used.")


class TooManyAttachments(AttachmentRefused):
    code = "too_many_attachments"
    message = _("A message may carry at most %(most)s files.")
    pointer = "/attachments"


class AttachmentUnknown(AttachmentRefused):
    """There is none, somebody else uploaded it, or it was sent before."""

    code = "attachment_unknown"
    message = _("One of these files is not there any more. Please attach it again.")
    pointer = "/attachments"


class MacroArchived(DomainError):
    code = "macro_archived"
    message = _("This macro was archived.")


class NotAnAgent(DomainError):
    """Tickets are worked by people who may."""

    code = "not_an_agent"
    message = _("This person's role does not let them work on tickets.")
    http_status = 422
    pointer = "/assignee"


class GoodwillNeedsMember(DomainError):
    code = "goodwill_needs_member"
    message = _("Points can only be given to members. This ticket was opened by a guest.")


class GoodwillNotYours(DomainError):
    code = "goodwill_not_yours"
    message = _("Your role may not give goodwill points.")
    http_status = 403


class GoodwillTooMuch(DomainError):
    code = "goodwill_too_much"
    message = _("Your role may give at most %(most)s points at once.")
    http_status = 422
    pointer = "/points"


class GoodwillBudgetSpent(DomainError):
    """Base of the budgets that a grant comes out of. `left` is what is left of it."""

    code = "goodwill_budget_spent"
    message = _("There are %(left)s points left to give.")
    pointer = "/points"


class TicketBudgetSpent(GoodwillBudgetSpent):
    code = "ticket_budget_spent"
    message = _("This ticket may have %(left)s more points.")


class CustomerBudgetSpent(GoodwillBudgetSpent):
    code = "customer_budget_spent"
    message = _("This member may have %(left)s more points this month.")


class StaffBudgetSpent(GoodwillBudgetSpent):
    code = "staff_budget_spent"
    message = _("You may give %(left)s more points this month.")


class ShopBudgetSpent(GoodwillBudgetSpent):
    code = "shop_budget_spent"
    message = _("The shop has %(left)s goodwill points left this month.")


class GoodwillDecided(DomainError):
    code = "goodwill_decided"
    message = _("This grant was decided before.")


class GoodwillSecondPerson(DomainError):
    code = "goodwill_second_person"
    message = _("Somebody else has to decide what you asked for.")
    http_status = 403


class NotYetRated(DomainError):
    """Customers are asked how it was once their ticket is resolved."""

    code = "rating_not_open"
    message = _("This ticket can be rated when it is resolved.")


class AlreadyRated(DomainError):
    code = "already_rated"
    message = _("This ticket was rated before. Thank you.")


class RatingClosed(DomainError):
    code = "rating_closed"
    message = _("It is too late to rate this ticket.")
    http_status = 410


class PostMortemExists(DomainError):
    code = "post_mortem_exists"
    message = _("This ticket already has a post-mortem.")


class PostMortemNotOpen(DomainError):
    code = "post_mortem_not_open"
    message = _("The action of this post-mortem was done before.")


class DraftOutdated(DomainError):
    code = "draft_outdated"
    message = _("Somebody published another version meanwhile. Look at it first, then change it.")


class NameTaken(DomainError):
    code = "name_taken"
    message = _("There is one of this name already.")
    pointer = "/name"


class DefaultStatusNeeded(DomainError):
    """Each meaning has exactly one status that actions and imports use."""

    code = "default_status_needed"
    message = _("This status is used by default. Make another one the default first.")


class CauseLoop(DomainError):
    code = "cause_loop"
    message = _("A cause cannot hang below itself.")
    http_status = 422
    pointer = "/parent"


class CoverLoop(DomainError):
    code = "cover_loop"
    message = _("Nobody stands in for themselves.")
    http_status = 422
    pointer = "/cover"


class MacroEmpty(DomainError):
    code = "macro_empty"
    message = _("A macro does at least one thing.")
    http_status = 422
    pointer = "/steps"
