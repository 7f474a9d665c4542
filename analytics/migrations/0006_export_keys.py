"""Composite foreign keys of exports and customer months."""

from __future__ import annotations

from django.db import migrations

from merchants.tenancy import MerchantForeignKey, TenantForeignKey


class Migration(migrations.Migration):
    dependencies = [("analytics", "0005_exports"), ("customers", "0001_initial")]

    operations = [
        MerchantForeignKey("export"),
        MerchantForeignKey("monthskept"),
        TenantForeignKey("customermonth", "customer", "customers.Customer"),
    ]
