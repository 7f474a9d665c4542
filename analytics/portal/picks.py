"""For you: what a member may want next, on the first page of the portal."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from analytics.queries.recommendations import because_in_words, recommendations_for
from customers.frames.member import MemberRequest, member_page, portal_page
from customers.queries import standing_consents

_SHOWN = 4


@require_GET
@member_page
def for_you(request: MemberRequest) -> HttpResponseBase:
    """A fragment; nothing at all where there is nothing to suggest, or the member said no to personal recommendations."""
    member = request.member
    # Asked by nobody, they are shown, as in any shop; a "no" in the preferences holds at once.
    if standing_consents(member).get(("profiling", "any"), True) is False:
        return HttpResponse("")
    items = [
        {"product": each.product, "because": because_in_words(each)}
        for each in recommendations_for(member, limit=_SHOWN)
    ]
    if not items:
        return HttpResponse("")
    return portal_page(request, "analytics/portal/for_you.html", items=items)
