"""The shop's own fields of its customers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from customers.actions import define_custom_field, retire_custom_field
from customers.dashboard.forms import CustomFieldForm
from customers.queries import custom_fields_of
from merchants.errors import DomainError
from merchants.frames.staff import StaffRequest, page, refuse, shop_url, staff_page
from merchants.roles import Permission


@staff_page(Permission.EDIT_SETTINGS)
def custom_fields(request: StaffRequest) -> HttpResponseBase:
    form = CustomFieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            define_custom_field(
                request.merchant,
                key=given["key"],
                label=given["label"],
                kind=given["kind"],
                choices=given["choices"].splitlines(),
                is_required=given["is_required"],
                by=request.actor,
            )
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, gettext("Field added."))
            return HttpResponseRedirect(shop_url(request, "customers:custom-fields"))
    return page(
        request,
        "customers/dashboard/custom_fields.html",
        status=422 if form.is_bound else 200,
        fields=custom_fields_of(request.merchant),
        form=form,
    )


@require_POST
@staff_page(Permission.EDIT_SETTINGS)
def retire_field(request: StaffRequest, field_id: int) -> HttpResponseBase:
    retire_custom_field(request.merchant, field_id=field_id, by=request.actor)
    messages.success(request, gettext("Field retired. What customers have in it stays."))
    return HttpResponseRedirect(shop_url(request, "customers:custom-fields"))
