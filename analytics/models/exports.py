"""Files that staff asked for and a worker writes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from merchants.tenancy import TenantModel


class ExportFormat(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel"


class ExportState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("export", "Waiting")
    RUNNING = "running", pgettext_lazy("export", "Being written")
    READY = "ready", pgettext_lazy("export", "Ready")
    FAILED = "failed", pgettext_lazy("export", "Failed")
    EXPIRED = "expired", pgettext_lazy("export", "Removed")


class Export(TenantModel):
    """One file. `subject` says of what ("report:cohorts", "segment:12"), `options` the choices made on its page.

    `path` lies below MEDIA_ROOT, which no address serves: a view that asks for the right to export reads it. Whether
    personal data stands in it in clear was decided by the role of who asked, when they asked.
    """

    subject = models.CharField(max_length=60)
    title = models.CharField(_("Title"), max_length=200)
    options = models.JSONField(default=dict)
    format = models.CharField(max_length=4, choices=ExportFormat)
    language = models.CharField(max_length=10)
    in_clear = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=ExportState, default=ExportState.WAITING)
    failure = models.CharField(max_length=200, blank=True)
    path = models.CharField(max_length=120, blank=True)
    rows = models.IntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    asked_by_id = models.BigIntegerField(null=True)
    asked_by = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)  # by the world's clock: a worker may have died since
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="analytics_export_ready_has_file", condition=~models.Q(state="ready") | ~models.Q(path="")
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-id"], name="analytics_exports_latest")]

    def __str__(self) -> str:
        return self.title
