"""Composite foreign keys, and the triggers that keep what must not change."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

from merchants.tenancy import MerchantForeignKey, TenantForeignKey

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0001_initial")]

    operations = [
        MerchantForeignKey("ticketstatus"),
        MerchantForeignKey("ticketcategory"),
        TenantForeignKey("rootcause", "parent", "aftersales.RootCause"),
        MerchantForeignKey("calendarversion"),
        MerchantForeignKey("deskversion"),
        MerchantForeignKey("macro"),
        TenantForeignKey("agent", "membership", "merchants.Membership"),
        TenantForeignKey("agent", "cover", "merchants.Membership"),
        TenantForeignKey("advisor", "customer", "customers.Customer"),
        MerchantForeignKey("inboxview"),
        MerchantForeignKey("ticketcounter"),
        TenantForeignKey("ticket", "customer", "customers.Customer"),
        TenantForeignKey("ticket", "order", "commerce.Order"),
        TenantForeignKey("ticket", "recovers", "aftersales.Ticket"),
        TenantForeignKey("ticket", "category", "aftersales.TicketCategory"),
        TenantForeignKey("ticket", "status", "aftersales.TicketStatus"),
        TenantForeignKey("ticket", "merged_into", "aftersales.Ticket"),
        TenantForeignKey("ticket", "sla_version", "aftersales.DeskVersion"),
        TenantForeignKey("ticket", "calendar", "aftersales.CalendarVersion"),
        TenantForeignKey("ticketline", "ticket", "aftersales.Ticket"),
        TenantForeignKey("message", "ticket", "aftersales.Ticket"),
        TenantForeignKey("attachment", "message", "aftersales.Message"),
        TenantForeignKey("ticketlink", "ticket", "aftersales.Ticket"),
        TenantForeignKey("ticketlink", "other", "aftersales.Ticket"),
        TenantForeignKey("ticketevent", "ticket", "aftersales.Ticket"),
        TenantForeignKey("grant", "ticket", "aftersales.Ticket"),
        TenantForeignKey("grant", "entry", "loyalty.Entry"),
        MerchantForeignKey("goodwilluse"),
        TenantForeignKey("satisfaction", "ticket", "aftersales.Ticket"),
        TenantForeignKey("postmortem", "ticket", "aftersales.Ticket"),
        TenantForeignKey("postmortem", "cause", "aftersales.RootCause"),
        migrations.RunSQL((SQL / "append_only.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "grams.sql").read_text(), migrations.RunSQL.noop),
    ]
