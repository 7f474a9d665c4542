"""The page behind the rating link: no sign-in, good once. Opening it changes nothing, as mail programs open links too."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from aftersales.actions.satisfaction import give_satisfaction
from aftersales.queries.satisfaction import get_by_token
from customers.frames.member import ShopRequest, open_page, portal_page, portal_url
from merchants.clock import now
from merchants.errors import DomainError
from merchants.frames.staff import refuse

SCORES = [
    ("5", gettext_lazy("5 – very good")),
    ("4", gettext_lazy("4 – good")),
    ("3", gettext_lazy("3 – so-so")),
    ("2", gettext_lazy("2 – bad")),
    ("1", gettext_lazy("1 – very bad")),
]


class RatingForm(forms.Form):
    """A score, and words if somebody has any."""

    score = forms.TypedChoiceField(
        label=gettext_lazy("How did we do?"), choices=SCORES, coerce=int, widget=forms.RadioSelect
    )
    comment = forms.CharField(
        label=gettext_lazy("Anything you want to tell us"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_http_methods(["GET", "POST"])
@open_page
def rate(request: ShopRequest, token: str) -> HttpResponseBase:
    """The question; afterwards, thanks."""
    asked = get_by_token(request.merchant, token)
    late = asked.answered_at is None and asked.expires_at <= now(request.merchant)
    form = RatingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            give_satisfaction(asked, score=form.cleaned_data["score"], comment=form.cleaned_data["comment"], via="link")
        except DomainError as refusal:
            refuse(form, refusal)
        else:
            return HttpResponseRedirect(portal_url(request, "aftersales-portal:rate", token))
    return _shown(request, form, asked=asked, late=late)


def _shown(request: ShopRequest, form: RatingForm, **context: object) -> HttpResponse:
    status = 422 if form.errors else 200
    response = portal_page(request, "aftersales/portal/rating.html", status=status, form=form, **context)
    response["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


rating_patterns: list[URLPattern | URLResolver] = [path("help/rate/<str:token>", rate, name="rate")]
