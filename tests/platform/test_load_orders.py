"""A merchant brings its own orders along in a file."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from commerce.models import Order, OrderLine
from customers.models import Customer
from loyalty.models import Account
from loyalty_platform.order_files.reading import encoding_of
from merchants.models import Merchant

pytestmark = pytest.mark.django_db(transaction=True)

CHINESE = """订单编号,下单时间,手机号,商品编码,商品名称,类目,数量,单价,实付
T1001,2026/1/5 13:20,13800008000,LJ50,明前龙井,食品 > 茶 > 绿茶,2,¥198.00,396
T1001,2026/1/5 13:20,13800008000,GW01,手绘盖碗,茶器,1,128,118
T1002,2026年1月6日 09:05,13900009000,LJ50,明前龙井,食品 > 茶 > 绿茶,1,198,198
"""


def load(file: Path, shop: str = "aroma", **options: Any) -> str:
    out = StringIO()
    call_command("load_orders", str(file), shop=shop, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def refused(file: Path, **options: Any) -> list[dict[str, str]]:
    with pytest.raises(SystemExit):
        load(file, **options)
    with file.with_name(f"{file.name}.errors.csv").open(encoding="utf-8-sig", newline="") as listed:
        return list(csv.DictReader(listed))


def write_workbook(path: Path, *rows: list[str | float]) -> Path:
    """The least that is a workbook: one sheet, texts inline."""
    office = "http://schemas.openxmlformats.org"
    cells = "".join(
        "<row>" + "".join(
            f"<c><v>{cell}</v></c>" if isinstance(cell, int | float)
            else f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
            for cell in row
        ) + "</row>"
        for row in rows
    )  # fmt: skip
    kind = f"{office}/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{kind}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{office}/spreadsheetml/2006/main" xmlns:r="{kind}"><sheets>'
        '<sheet name="Orders" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{kind}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{office}/spreadsheetml/2006/main"><sheetData>{cells}</sheetData>'
        "</worksheet>",
    }
    with ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_export_earns_points_whatever_it_is_encoded_in(
    tmp_path: Path, aroma: Merchant, carla: Customer, dario: Customer, encoding: str
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CHINESE, encoding=encoding)
    said = load(file)
    assert "2 orders recorded" in said
    first = Order.objects.get(merchant=aroma, number="T1001")
    assert (first.customer_id, first.total_minor) == (carla.pk, 51_400)
    assert first.placed_at.isoformat() == "2026-01-05T05:20:00+00:00"
    lines = list(OrderLine.objects.filter(merchant=aroma, order=first).order_by("position"))
    assert [(line.category_path, line.net_minor, line.discount_minor) for line in lines] == [
        ("食品/茶/绿茶", 39_600, 0), ("茶器", 11_800, 1_000),
    ]  # fmt: skip
    assert Account.objects.get(merchant=aroma, customer=carla, wallet="points").balance == 514
    assert Account.objects.get(merchant=aroma, customer=dario, wallet="points").balance == 198


def test_loading_a_file_again_changes_nothing(
    tmp_path: Path, aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CHINESE)
    load(file)
    assert "0 orders recorded with 0 points, 2 known before" in load(file)
    assert Account.objects.get(merchant=aroma, customer=carla, wallet="points").balance == 514


def test_a_dry_run_tells_everything_and_keeps_nothing(
    tmp_path: Path, aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CHINESE)
    assert "2 orders would be recorded with 712 points" in load(file, dry_run=True)
    assert not Order.objects.filter(merchant=aroma).exists()
    assert not Account.objects.filter(merchant=aroma).exists()


def test_rows_that_cannot_be_orders_are_listed_and_the_others_go_in(
    tmp_path: Path, aroma: Merchant, carla: Customer
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "order number,date,phone,sku,qty,unit price\n"
        "A1,2026-02-30,13800008000,X,1,10\n"
        "A2,2026-02-03,13800008000,X,-1,10\n"
        "A3,2026-02-03,13800008000,X,1,10.005\n"
        "A4,2026-02-03,13711112222,X,1,10\n"
        "=A5,2026-02-03 10:00,13800008000,X,none,10\n"
        "A6,2026-02-03 10:00,13800008000,X,1,10\n"
    )
    faults = refused(file)
    assert [(fault["row"], fault["order"], fault["column"]) for fault in faults] == [
        ("2", "A1", "date"), ("3", "A2", "qty"), ("4", "A3", "unit price"), ("5", "A4", "phone"), ("6", "'=A5", "qty"),
    ]  # fmt: skip
    assert [order.number for order in Order.objects.filter(merchant=aroma)] == ["A6"]


def test_an_order_under_a_known_number_with_other_content_is_refused(
    tmp_path: Path, aroma: Merchant, carla: Customer, dario: Customer
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CHINESE)
    load(file)
    file.write_text(CHINESE.replace("明前龙井,食品 > 茶 > 绿茶,1,198,198", "明前龙井,食品 > 茶 > 绿茶,3,198,594"))
    assert [(fault["order"], fault["code"]) for fault in refused(file)] == [("T1002", "order_conflict")]


def test_an_order_whose_payment_cell_is_empty_waits_for_its_payment(
    tmp_path: Path, aroma: Merchant, carla: Customer
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "number,date,paid_at,phone,unit_price\n"
        "P1,2026-02-03 10:00,,13800008000,100\n"
        "P2,2026-02-03 10:00,2026-02-03 10:01,13800008000,100\n"
    )
    load(file)
    paid = {order.number: order.paid_at is not None for order in Order.objects.filter(merchant=aroma)}
    assert paid == {"P1": False, "P2": True}
    assert Account.objects.get(merchant=aroma, customer=carla, wallet="points").balance == 100


def test_strangers_are_registered_where_that_is_asked_for(tmp_path: Path, aroma: Merchant) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CHINESE)
    assert [fault["code"] for fault in refused(file)] == ["unknown_customer", "unknown_customer"]
    assert not Customer.objects.filter(merchant=aroma).exists()
    assert "2 customers registered" in load(file, register=True)
    assert Customer.objects.filter(merchant=aroma, phone="+8613800008000").exists()


def test_a_workbook_and_json_lines_say_the_same_as_a_csv(
    tmp_path: Path, aroma: Merchant, borough: Merchant, carla: Customer, dario: Customer
) -> None:
    book = write_workbook(
        tmp_path / "orders.xlsx",
        ["Order number", "Date", "Email", "SKU", "Quantity", "Unit price"],
        [70001, "2026-03-01 12:00", "carla@example.com", "B-1", 2, 12.5],
    )
    assert "1 orders recorded" in load(book)
    lines = tmp_path / "orders.ndjson"
    order = {"number": "70002", "placed_at": "2026-03-01T12:00:00+08:00", "email": "carla@example.com"}
    lines.write_text(json.dumps(order | {"lines": [{"sku": "B-1", "quantity": 2, "unit_price": "12.5"}]}) + "\n")
    assert "1 orders recorded" in load(lines)
    first, second = Order.objects.filter(merchant=aroma).order_by("number")
    assert (first.total_minor, first.placed_at) == (second.total_minor, second.placed_at)
    assert not Order.objects.filter(merchant=borough).exists()


def test_a_file_without_the_columns_that_matter_is_refused_as_a_whole(tmp_path: Path, aroma: Merchant) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("colour,size\nred,7\n")
    with pytest.raises(CommandError, match=r"number\W+placed_at"):
        load(file)


def test_a_character_cut_at_the_end_of_the_sample_does_not_make_utf8_into_gb18030() -> None:
    assert encoding_of("订单".encode()[:-1]) == "utf-8"
    assert encoding_of("订单".encode("gb18030")) == "gb18030"
