"""Files: asked in a request, written by the worker, fetched only by whoever may."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from python_calamine import CalamineWorkbook

from analytics.actions.exports import MOST_WAITING, ask_export, download_export, remove_export, write_export
from analytics.actions.membership import fill_segment
from analytics.actions.segments import create_segment
from analytics.errors import ExportNotReady, TooManyExports
from analytics.models import Export, ExportFormat
from analytics.rules.cells import guarded_cell
from analytics.rules.segment_tree import of_json
from analytics.tasks import sweep_exports
from customers.models import Customer
from events.models import Event
from merchants.clock import now, today, world_now
from merchants.errors import NotFound
from merchants.frames.public_ids import public_id
from merchants.models import Actor, Merchant, StaffMember
from tests.analytics.doors import bought, browser_of
from tests.cast import make_customer

pytestmark = pytest.mark.django_db
EVERYBODY = of_json({"kind": "orders", "measure": "count", "at_least": 1})


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    with translation.override("en"):
        yield


def options(shop: Merchant) -> dict[str, str]:
    day = today(shop)
    return {"first": (day - timedelta(days=29)).isoformat(), "last": day.isoformat(), "preset": "30d"}


def ask(shop: Merchant, by: Actor, subject: str = "report:active", **more: Any) -> Export:
    known: dict[str, Any] = {"options": options(shop), "format": ExportFormat.CSV, "in_clear": False, "by": by} | more
    return ask_export(shop, subject=subject, **known)


def written(shop: Merchant, export: Export) -> Export:
    assert write_export(shop, export_id=export.pk)
    export.refresh_from_db()
    return export


def lines_of(export: Export) -> list[list[str]]:
    with default_storage.open(export.path) as file:
        return list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))


def a_segment(shop: Merchant, by: Actor) -> str:
    segment = create_segment(shop, name="Buyers", tree=EVERYBODY, by=by)
    fill_segment(segment)
    return f"segment:{segment.pk}"


def test_a_report_becomes_a_file_once(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    bought(aroma, carla, "A-1", 128, days_ago=2)
    export = ask(aroma, by_ana, "report:average_order")
    assert export.state == "waiting"

    done = written(aroma, export)

    assert (done.state, done.rows) == ("ready", 31)
    assert lines_of(done)[0] == [
        "From",
        "Orders",
        "Revenue (CNY)",
        "Average order (CNY)",
        "Average, period before (CNY)",
    ]
    assert lines_of(done)[-1] == ["Whole period", "1", "128.00", "128.00", ""]
    assert not write_export(aroma, export_id=export.pk)
    assert Event.objects.filter(merchant=aroma, type="analytics.export_asked").count() == 1


def test_a_spreadsheet_holds_numbers_and_its_explanations(
    aroma: Merchant, carla: Customer, by_ana: Actor, tmp_path: Path
) -> None:
    bought(aroma, carla, "A-1", 128, days_ago=2)
    done = written(aroma, ask(aroma, by_ana, "report:average_order", format=ExportFormat.XLSX))

    book = CalamineWorkbook.from_path(str(tmp_path / done.path))
    table, notes = (book.get_sheet_by_index(n).to_python() for n in (0, 1))

    assert table[-1] == ["Whole period", 1.0, 128.0, 128.0] or table[-1][:4] == ["Whole period", 1.0, 128.0, 128.0]
    assert ["Report", "Average order"] in notes


def test_people_stand_masked_unless_the_asker_may_see_them(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    bought(aroma, carla, "A-1", days_ago=2)
    subject = a_segment(aroma, by_ana)

    masked = written(aroma, ask(aroma, by_ana, subject, options={}))
    clear = written(aroma, ask(aroma, by_ana, subject, options={}, in_clear=True))

    assert lines_of(masked)[1][:4] == ["M000001", "张三丰", "138****8000", "c***@example.com"]
    assert "carla@example.com" in lines_of(clear)[1]
    assert masked.in_clear is False


def test_a_name_that_looks_like_a_formula_stays_text(aroma: Merchant, by_ana: Actor, tmp_path: Path) -> None:
    evil = make_customer(aroma, number="M000066", name='=HYPERLINK("http://x","y")')
    bought(aroma, evil, "A-1", days_ago=2)
    subject = a_segment(aroma, by_ana)

    as_csv = written(aroma, ask(aroma, by_ana, subject, options={}))
    as_xlsx = written(aroma, ask(aroma, by_ana, subject, options={}, format=ExportFormat.XLSX))

    assert lines_of(as_csv)[1][1] == '\'=HYPERLINK("http://x","y")'
    sheet = CalamineWorkbook.from_path(str(tmp_path / as_xlsx.path)).get_sheet_by_index(0).to_python()
    assert sheet[1][1] == '=HYPERLINK("http://x","y")'
    assert b"<f>" not in (tmp_path / as_xlsx.path).read_bytes()


@given(st.text(max_size=20))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert guarded_cell(text)[:1] not in set("=+-@\t\r\n") - {""}
    assert guarded_cell(text).removeprefix("'") == text.removeprefix("'") or guarded_cell(text)[1:] == text


def test_a_file_that_cannot_be_written_says_so_and_others_go_on(
    aroma: Merchant, carla: Customer, by_ana: Actor
) -> None:
    bought(aroma, carla, "A-1", days_ago=2)
    broken = ask(aroma, by_ana)
    Export.objects.filter(merchant=aroma, pk=broken.pk).update(options={})
    good = ask(aroma, by_ana)

    assert sweep_exports() == 2

    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.state, good.state) == ("failed", "ready")
    assert "KeyError" in broken.failure
    assert sweep_exports() == 0


def test_a_worker_that_died_leaves_its_file_to_the_next(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    export = ask(aroma, by_ana)
    Export.objects.filter(merchant=aroma, pk=export.pk).update(state="running", claimed_at=world_now())
    assert sweep_exports() == 0
    Export.objects.filter(merchant=aroma, pk=export.pk).update(claimed_at=world_now() - timedelta(minutes=16))

    assert sweep_exports() == 1


def test_files_go_after_a_week(aroma: Merchant, carla: Customer, by_ana: Actor) -> None:
    done = written(aroma, ask(aroma, by_ana))
    Export.objects.filter(merchant=aroma, pk=done.pk).update(expires_at=now(aroma) - timedelta(seconds=1))

    sweep_exports()

    assert not default_storage.exists(done.path)
    done.refresh_from_db()
    assert (done.state, done.path) == ("expired", "")
    with pytest.raises(ExportNotReady):
        download_export(done, by=by_ana)


def test_not_everything_can_be_asked_at_once_nor_of_the_rival(
    aroma: Merchant, borough: Merchant, by_ana: Actor
) -> None:
    subject = a_segment(borough, by_ana)
    with pytest.raises(NotFound):
        ask(aroma, by_ana, subject)
    for _n in range(MOST_WAITING):
        ask(aroma, by_ana)
    with pytest.raises(TooManyExports):
        ask(aroma, by_ana)
    assert Export.objects.filter(merchant=aroma).count() == MOST_WAITING


def test_the_file_is_served_to_those_who_may_export_in_this_shop(
    aroma: Merchant, carla: Customer, ana: StaffMember, mia: StaffMember, ben: StaffMember, by_ana: Actor
) -> None:
    bought(aroma, carla, "A-1", days_ago=2)
    plain = written(aroma, ask(aroma, by_ana))
    clear = written(aroma, ask(aroma, by_ana, a_segment(aroma, by_ana), options={}, in_clear=True))

    def status(staff: StaffMember, export: Export, shop: str = "aroma") -> int:
        address = f"/dashboard/{shop}/insight/files/{public_id('exp', export.pk)}/download"
        return browser_of(staff).get(address).status_code

    rhea = StaffMember.objects.get(email="rhea@borough.example")
    assert (status(ana, plain), status(ana, clear)) == (200, 200)
    assert (status(mia, plain), status(mia, clear)) == (200, 403)  # a marketer sees nobody's phone
    assert status(ben, plain) == 403
    assert (status(rhea, plain), status(rhea, plain, "borough")) == (404, 404)
    assert Client().get(f"/media/{plain.path}").status_code == 404
    assert Event.objects.filter(merchant=aroma, type="analytics.export_downloaded").count() == 3


def test_asking_on_a_page_leads_to_the_list(aroma: Merchant, carla: Customer, mia: StaffMember) -> None:
    browser = browser_of(mia)
    answer = browser.post(
        "/dashboard/aroma/insight/figures/cohorts/export?period=90d&measure=revenue", {"format": "xlsx"}
    )

    assert answer.headers["Location"] == "/dashboard/aroma/insight/files/"
    export = Export.objects.get(merchant=aroma)
    assert (export.subject, export.format, export.options["measure"]) == ("report:cohorts", "xlsx", "revenue")
    page = browser.get("/dashboard/aroma/insight/files/").content.decode()
    assert "Retention cohorts" in page
    assert "every 3s" in page
    remove_export(export)
    assert "every 3s" not in browser.get("/dashboard/aroma/insight/files/").content.decode()
