from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from merchants.tenancy import MerchantForeignKey, TenantForeignKey

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("merchants", "0001_initial"),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(db_collation="C", max_length=32, verbose_name="Member number")),
                ("name", models.CharField(blank=True, db_collation="C", max_length=120, verbose_name="Name")),
                ("name_pinyin", models.CharField(blank=True, db_collation="C", max_length=400)),
                ("name_initials", models.CharField(blank=True, db_collation="C", max_length=120)),
                ("search_text", models.TextField(blank=True)),
                ("phone", models.CharField(blank=True, db_collation="C", max_length=16, verbose_name="Phone")),
                ("email", models.EmailField(blank=True, db_collation="C", max_length=254, verbose_name="E-mail")),
                (
                    "birthday_calendar",
                    models.CharField(
                        choices=[("solar", "Solar calendar"), ("lunar", "Lunar calendar")],
                        default="solar",
                        max_length=5,
                        verbose_name="Calendar",
                    ),
                ),
                ("birthday_year", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("birthday_month", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("birthday_day", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("birthday_is_leap_month", models.BooleanField(default=False)),
                ("birthday_set_at", models.DateTimeField(blank=True, null=True)),
                (
                    "gender",
                    models.CharField(
                        choices=[("unknown", "Not stated"), ("female", "Female"), ("male", "Male"), ("other", "Other")],
                        default="unknown",
                        max_length=8,
                        verbose_name="Gender",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("zh-hans", "Simplified Chinese"), ("en", "English")],
                        max_length=10,
                        verbose_name="Language",
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=2, verbose_name="Country")),
                ("region", models.CharField(blank=True, max_length=60, verbose_name="Province or state")),
                ("city", models.CharField(blank=True, max_length=60, verbose_name="City")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="Address")),
                ("postcode", models.CharField(blank=True, max_length=16, verbose_name="Postcode")),
                ("custom", models.JSONField(blank=True, default=dict)),
                ("source", models.CharField(blank=True, max_length=40, verbose_name="Source")),
                ("joined_at", models.DateTimeField()),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("membership", "Membership"),
                            ("offers", "Offers and news"),
                            ("birthday", "Birthday greetings"),
                            ("surveys", "Surveys and reviews"),
                            ("profiling", "Personal recommendations"),
                        ],
                        max_length=16,
                        verbose_name="Purpose",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("any", "Any channel"),
                            ("email", "E-mail"),
                            ("sms", "Text message"),
                            ("wechat", "WeChat"),
                            ("phone", "Phone call"),
                        ],
                        max_length=16,
                        verbose_name="Channel",
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[("given", "Agreed"), ("withdrawn", "Withdrawn")], max_length=9, verbose_name="Decision"
                    ),
                ),
                ("text_version", models.CharField(blank=True, max_length=64, verbose_name="Version of the text")),
                ("source", models.CharField(max_length=40, verbose_name="Source")),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(blank=True, max_length=120)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        max_length=40,
                        validators=[django.core.validators.RegexValidator("^[a-z][a-z0-9_]{0,39}$")],
                        verbose_name="Key",
                    ),
                ),
                ("label", models.CharField(max_length=80, verbose_name="Label")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("number", "Number"),
                            ("date", "Date"),
                            ("boolean", "Yes or no"),
                            ("choice", "One of a list"),
                        ],
                        max_length=8,
                        verbose_name="Kind",
                    ),
                ),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), blank=True, default=list, size=None
                    ),
                ),
                ("is_required", models.BooleanField(default=False, verbose_name="Required")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExternalId",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40, verbose_name="Source")),
                ("external_id", models.CharField(max_length=128, verbose_name="Identifier there")),
                ("created_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="external_ids",
                        to="customers.customer",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=4000, verbose_name="Note")),
                ("written_by_id", models.BigIntegerField(null=True)),
                ("written_by", models.CharField(blank=True, max_length=120)),
                ("written_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="customers.customer",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OneTimeCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(choices=[("email", "E-mail"), ("sms", "Text message")], max_length=5)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("sign_in", "Sign-in"),
                            ("change_contact", "Change of contact"),
                            ("guest_help", "Help for guests"),
                        ],
                        max_length=16,
                    ),
                ),
                ("destination", models.CharField(max_length=254)),
                ("code_hash", models.CharField(max_length=64)),
                ("shown_code", models.CharField(blank=True, max_length=6)),
                ("asked_from", models.CharField(blank=True, max_length=64)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codes",
                        to="customers.customer",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="Name")),
                ("query", models.CharField(max_length=500)),
                ("saved_by", models.CharField(blank=True, max_length=120)),
                ("created_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="Name")),
                ("slug", models.CharField(max_length=40)),
                ("managed_by", models.CharField(blank=True, db_default="", max_length=60)),
                ("created_at", models.DateTimeField()),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CustomerTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tagged_at", models.DateTimeField()),
                ("tagged_by", models.CharField(blank=True, max_length=120)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tagged",
                        to="customers.customer",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tagged",
                        to="customers.tag",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Trait",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60)),
                ("value", models.JSONField()),
                ("source", models.CharField(blank=True, max_length=60)),
                ("computed_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="traits",
                        to="customers.customer",
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="merchants.merchant",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("archived_at__isnull", True)), fields=["merchant", "-id"], name="customers_live"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["merchant", "name", "id"], name="customers_by_name"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["merchant", "name_pinyin", "id"], name="customers_by_pinyin"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["merchant", "name_initials"], name="customers_by_initials"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("email", ""), _negated=True),
                fields=["merchant", "email"],
                name="customers_by_email",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.F("merchant"),
                django.db.models.functions.text.Reverse("phone"),
                condition=models.Q(("phone", ""), _negated=True),
                name="customers_by_phone_tail",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["merchant", "joined_at", "id"], name="customers_by_joined"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["merchant", "updated_at", "id"], name="customers_by_updated"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("birthday_month__isnull", False)),
                fields=["merchant", "birthday_calendar", "birthday_month", "birthday_day"],
                name="customers_by_birthday",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("search_text"), "gin_trgm_ops"),
                name="customers_search",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(fields=("merchant", "id"), name="customers_customer_same_merchant"),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(fields=("merchant", "number"), name="customers_number_once"),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True), models.Q(("phone", ""), _negated=True)),
                fields=("merchant", "phone"),
                name="customers_phone_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True), models.Q(("email", ""), _negated=True)),
                fields=("merchant", "email"),
                name="customers_email_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("number", ""), _negated=True), name="customers_number_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("gender__in", ["unknown", "female", "male", "other"])), name="customers_gender"
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("birthday_day__isnull", True),
                        ("birthday_month__isnull", True),
                        ("birthday_year__isnull", True),
                    ),
                    models.Q(("birthday_day__range", (1, 31)), ("birthday_month__range", (1, 12))),
                    _connector="OR",
                ),
                name="customers_birthday_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("birthday_calendar", "lunar"), ("birthday_day__isnull", True)),
                    models.Q(("birthday_calendar", "lunar"), ("birthday_day__lte", 30)),
                    models.Q(("birthday_calendar", "solar"), ("birthday_is_leap_month", False)),
                    _connector="OR",
                ),
                name="customers_leap_month_is_lunar",
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                fields=["merchant", "customer", "purpose", "channel", "-occurred_at", "-id"],
                name="customers_consent_newest",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["membership", "offers", "birthday", "surveys", "profiling"])),
                name="customers_consent_purpose",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["any", "email", "sms", "wechat", "phone"])),
                name="customers_consent_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["given", "withdrawn"])), name="customers_consent_decision"
            ),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.UniqueConstraint(fields=("merchant", "key"), name="customers_custom_field_once"),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["text", "number", "date", "boolean", "choice"])),
                name="customers_custom_field_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="externalid",
            constraint=models.UniqueConstraint(
                fields=("merchant", "source", "external_id"), name="customers_external_id_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="externalid",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("source", ""), _negated=True), models.Q(("external_id", ""), _negated=True)
                ),
                name="customers_external_id_given",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["merchant", "customer", "-written_at", "-id"], name="customers_notes"),
        ),
        migrations.AddIndex(
            model_name="onetimecode",
            index=models.Index(fields=["merchant", "purpose", "destination", "-id"], name="customers_code_newest"),
        ),
        migrations.AddIndex(
            model_name="onetimecode",
            index=models.Index(fields=["merchant", "asked_from", "-id"], name="customers_code_asker"),
        ),
        migrations.AddIndex(
            model_name="onetimecode",
            index=models.Index(fields=["expires_at"], name="customers_code_age"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("merchant", "name"), name="customers_saved_view_once"),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(fields=("merchant", "id"), name="customers_tag_same_merchant"),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(fields=("merchant", "slug"), name="customers_tag_once"),
        ),
        migrations.AddIndex(
            model_name="customertag",
            index=models.Index(fields=["merchant", "tag", "customer"], name="customers_by_tag"),
        ),
        migrations.AddConstraint(
            model_name="customertag",
            constraint=models.UniqueConstraint(fields=("customer", "tag"), name="customers_tagged_once"),
        ),
        migrations.AddIndex(
            model_name="trait",
            index=models.Index(fields=["merchant", "key", "value"], name="customers_by_trait"),
        ),
        migrations.AddConstraint(
            model_name="trait",
            constraint=models.UniqueConstraint(fields=("customer", "key"), name="customers_trait_once"),
        ),
        MerchantForeignKey("customer"),
        MerchantForeignKey("customfield"),
        MerchantForeignKey("tag"),
        MerchantForeignKey("onetimecode"),
        MerchantForeignKey("savedview"),
        TenantForeignKey("externalid", "customer", "customers.Customer"),
        TenantForeignKey("consent", "customer", "customers.Customer"),
        TenantForeignKey("customertag", "customer", "customers.Customer"),
        TenantForeignKey("customertag", "tag", "customers.Tag"),
        TenantForeignKey("trait", "customer", "customers.Customer"),
        TenantForeignKey("note", "customer", "customers.Customer"),
        TenantForeignKey("onetimecode", "customer", "customers.Customer"),
        migrations.RunSQL(
            (SQL / "append_only_consents.sql").read_text(),
            "DROP FUNCTION customers_refuse_change() CASCADE",
        ),
    ]
