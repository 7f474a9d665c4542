"""Template tags: figures in the page's language, addresses that keep the present view, fields tied to their errors."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation


def render(source: str, language: str = "en", **values: object) -> str:
    with translation.override(language):
        return Template("{% load ui components %}" + source).render(Context(values)).strip()


def test_money_and_points_follow_the_language() -> None:
    assert render("{% money 12800 'CNY' %}", "zh-hans") == '<span class="money">¥128.00</span>'
    assert render("{{ n|points:'signed' }}", n=-64) == "\u221264"
    assert render("{{ n|points }}", n=None) == "–"


def test_a_source_we_know_has_a_name_and_any_other_stays_as_given() -> None:
    assert render("{{ s|source_label }}", s="mini_program") == "Mini program"
    assert render("{{ s|source_label }}", s="complete-journey") == "complete-journey"
    assert render("{{ s|source_label }}", s=None) == ""


def test_a_compact_number_gives_the_exact_one_on_demand() -> None:
    drawn = render("{% compact 124312 %}", "zh-hans")

    assert 'title="124,312"' in drawn
    assert '<span aria-hidden="true">12.4万</span>' in drawn


def test_a_moment_is_shown_on_the_shops_clock_and_marked_up_in_utc() -> None:
    moment = datetime(2026, 11, 22, 1, 5, tzinfo=UTC)

    drawn = render("{{ m|local_datetime:'Asia/Shanghai' }}", m=moment)

    assert drawn == '<time datetime="2026-11-22T01:05:00+00:00">2026-11-22 09:05</time>'


def test_a_feed_counts_from_the_merchants_clock() -> None:
    moment, later = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 12, 22, tzinfo=UTC)

    assert ">1个月前</time>" in render("{{ m|ago:now }}", "zh-hans", m=moment, now=later)
    assert ">just now</time>" in render("{{ m|ago:now }}", m=moment, now=moment)


@pytest.mark.parametrize(("name", "shown"), [("张晓敏", "张"), ("Carla Rossi", "CR"), ("cher", "C"), ("", "?")])
def test_an_avatar_shows_initials(name: str, shown: str) -> None:
    assert render("{{ name|initials }}", name=name) == shown


def test_a_changed_filter_keeps_the_search_and_forgets_the_cursor() -> None:
    request = RequestFactory().get("/?q=zhang&tier=gold&tier=silver&after=abc")

    assert (
        render("{% query sort='-spend' %}", request=request) == "?q=zhang&amp;tier=gold&amp;tier=silver&amp;sort=-spend"
    )
    assert render("{% query_without 'tier' 'gold' %}", request=request) == "?q=zhang&amp;tier=silver"
    assert render("{% query after='def' %}", request=request).endswith("after=def")


def test_a_header_sorts_up_then_down_and_says_so() -> None:
    request = RequestFactory().get("/?sort=name")

    drawn = render("{% sort_header 'Name' 'name' %}", request=request)

    assert 'aria-sort="ascending"' in drawn
    assert 'href="?sort=-name"' in drawn


def test_a_number_column_may_begin_with_the_largest() -> None:
    drawn = render("{% sort_header 'Spend' 'spend' numeric=True first='desc' %}", request=RequestFactory().get("/"))

    assert 'aria-sort="none"' in drawn
    assert 'href="?sort=-spend"' in drawn


class Contact(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="We send the code there.")
    channel = forms.ChoiceField(choices=[("sms", "SMS"), ("email", "E-mail")], widget=forms.RadioSelect)


def test_a_refused_field_ties_its_error_and_help_to_the_control() -> None:
    form = Contact({"email": "nobody@"})

    drawn = render("{% include 'components/field.html' with field=form.email only %}", form=form)

    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_email_helptext id_email_error"' in drawn
    assert 'id="id_email_error"' in drawn
    assert 'id="id_email_helptext"' in drawn


def test_radios_stand_in_a_fieldset_under_their_legend() -> None:
    drawn = render("{% include 'components/field.html' with field=form.channel only %}", form=Contact())

    assert "<legend" in drawn
    assert drawn.count('class="radio"') == 2


def test_the_error_summary_links_to_each_field() -> None:
    drawn = render("{% include 'components/error_summary.html' with form=form only %}", form=Contact({}))

    assert 'role="alert"' in drawn
    assert 'href="#id_email"' in drawn


@pytest.mark.parametrize("code", [400, 403, 404, 409, 429, 500, 503])
def test_error_pages_stand_without_a_request(code: int) -> None:
    drawn = render(f"{{% include 'errors/{code}.html' %}}", request_id="req-12345678")

    assert str(code) in drawn
    assert "req-12345678" in drawn
