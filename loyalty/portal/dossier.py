"""Download my data: everything that the shop holds about the member, as one file."""

from __future__ import annotations

from django.http import HttpResponseBase, JsonResponse
from django.views.decorators.http import require_POST

from customers.actions import record_download
from customers.frames.member import MemberRequest, member_page
from customers.queries import personal_data_of
from loyalty.queries.dossier import purchases_and_points_of


@require_POST
@member_page
def download(request: MemberRequest) -> HttpResponseBase:
    """A POST, because it is written down. It lives here because orders and points belong to it."""
    member = request.member
    record_download(member)
    held = personal_data_of(member) | purchases_and_points_of(member)
    response = JsonResponse(held, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{request.merchant.slug}-{member.number}.json"'
    response["Cache-Control"] = "private, no-store"
    return response
