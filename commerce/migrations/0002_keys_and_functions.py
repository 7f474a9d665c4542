"""Composite foreign keys, and the statement that records a batch of orders."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

from merchants.tenancy import MerchantForeignKey, TenantForeignKey

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("commerce", "0001_initial")]

    operations = [
        MerchantForeignKey("product"),
        TenantForeignKey("order", "customer", "customers.Customer"),
        TenantForeignKey("orderline", "order", "commerce.Order"),
        TenantForeignKey("orderline", "product", "commerce.Product"),
        TenantForeignKey("refund", "order", "commerce.Order"),
        TenantForeignKey("refundline", "refund", "commerce.Refund"),
        TenantForeignKey("purchasesummary", "customer", "customers.Customer"),
        migrations.RunSQL(
            (SQL / "record_orders.sql").read_text(),
            "DROP FUNCTION commerce_record_orders(bigint, timestamptz, jsonb, text[]);"
            "DROP FUNCTION commerce_finish_orders(bigint, bigint[], jsonb);"
            "DROP FUNCTION commerce_add_products(bigint, timestamptz, jsonb)",
        ),
        migrations.RunSQL(
            (SQL / "rebuild_summaries.sql").read_text(), "DROP FUNCTION commerce_true_summaries(bigint, bigint[])"
        ),
    ]
