"""Composite foreign keys of runs, scores and recommendations."""

from __future__ import annotations

from django.db import migrations

from merchants.tenancy import MerchantForeignKey, TenantForeignKey


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0003_predictions"),
        ("commerce", "0002_keys_and_functions"),
        ("customers", "0001_initial"),
    ]

    operations = [
        MerchantForeignKey("modelartefact"),
        MerchantForeignKey("modelrun"),
        MerchantForeignKey("recommendationpolicy"),
        TenantForeignKey("modelrun", "artefact", "analytics.ModelArtefact"),
        TenantForeignKey("churnscore", "customer", "customers.Customer"),
        TenantForeignKey("churnscore", "run", "analytics.ModelRun"),
        TenantForeignKey("valueforecast", "customer", "customers.Customer"),
        TenantForeignKey("valueforecast", "run", "analytics.ModelRun"),
        TenantForeignKey("personalpicks", "customer", "customers.Customer"),
        TenantForeignKey("personalpicks", "run", "analytics.ModelRun"),
        TenantForeignKey("affinitypair", "product", "commerce.Product"),
        TenantForeignKey("affinitypair", "other", "commerce.Product"),
        TenantForeignKey("affinitypair", "run", "analytics.ModelRun"),
    ]
