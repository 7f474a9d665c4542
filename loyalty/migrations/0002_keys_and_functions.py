"""Composite foreign keys, the triggers that hold the ledger's invariants, and the statements that open and write books."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

from merchants.tenancy import MerchantForeignKey, TenantForeignKey

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_initial")]

    operations = [
        MerchantForeignKey("programmeversion"),
        MerchantForeignKey("reconciliation"),
        MerchantForeignKey("closedday"),
        TenantForeignKey("tierstanding", "customer", "customers.Customer"),
        TenantForeignKey("account", "customer", "customers.Customer"),
        TenantForeignKey("award", "order", "commerce.Order"),
        TenantForeignKey("award", "account", "loyalty.Account"),
        TenantForeignKey("entry", "account", "loyalty.Account"),
        TenantForeignKey("entry", "reverses", "loyalty.Entry"),
        TenantForeignKey("entry", "hold", "loyalty.Hold"),
        TenantForeignKey("lot", "account", "loyalty.Account"),
        TenantForeignKey("lot", "entry", "loyalty.Entry"),
        TenantForeignKey("allocation", "entry", "loyalty.Entry"),
        TenantForeignKey("allocation", "lot", "loyalty.Lot"),
        TenantForeignKey("arrear", "account", "loyalty.Account"),
        TenantForeignKey("arrear", "entry", "loyalty.Entry"),
        TenantForeignKey("hold", "account", "loyalty.Account"),
        TenantForeignKey("adjustment", "customer", "customers.Customer"),
        TenantForeignKey("adjustment", "entry", "loyalty.Entry"),
        migrations.RunSQL((SQL / "append_only.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "open_accounts.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "write_books.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "spend.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "close_due_lots.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "audit_ledger.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "balance.sql").read_text(), migrations.RunSQL.noop),
    ]
