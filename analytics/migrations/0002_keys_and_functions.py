"""Composite foreign keys, and the trigger that keeps a segment's versions as they were."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

from merchants.tenancy import MerchantForeignKey, TenantForeignKey

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial"), ("customers", "0001_initial")]

    operations = [
        MerchantForeignKey("rfmrun"),
        MerchantForeignKey("lifecyclerhythm"),
        MerchantForeignKey("clustering"),
        MerchantForeignKey("segmentcheck"),
        MerchantForeignKey("insightnight"),
        TenantForeignKey("rfmscore", "customer", "customers.Customer"),
        TenantForeignKey("lifecyclestage", "customer", "customers.Customer"),
        TenantForeignKey("clustergroup", "clustering", "analytics.Clustering"),
        TenantForeignKey("clustermember", "customer", "customers.Customer"),
        TenantForeignKey("clustermember", "group", "analytics.ClusterGroup"),
        TenantForeignKey("segment", "tag", "customers.Tag"),
        TenantForeignKey("segmentversion", "segment", "analytics.Segment"),
        TenantForeignKey("segmentday", "segment", "analytics.Segment"),
        TenantForeignKey("segmentuse", "segment", "analytics.Segment"),
        TenantForeignKey("dirtycustomer", "customer", "customers.Customer"),
        migrations.RunSQL(
            (SQL / "versions_immutable.sql").read_text(),
            "DROP TRIGGER analytics_version_immutable ON analytics_segmentversion;"
            "DROP FUNCTION analytics_refuse_change()",
        ),
    ]
