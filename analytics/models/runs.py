"""Each time a model was asked: what it saw, how good it was, what was served, and how long it took."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from merchants.tenancy import TenantModel, same_merchant


class RunKind(models.TextChoices):
    CHURN = "churn", _("Churn risk")
    LIFETIME_VALUE = "lifetime_value", _("Customer value")
    RECOMMENDATIONS = "recommendations", _("Recommendations")


class RunState(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("model run", "Waiting")
    RUNNING = "running", pgettext_lazy("model run", "Running")
    SERVED = "served", pgettext_lazy("model run", "Done")
    INSUFFICIENT = "insufficient", pgettext_lazy("model run", "Too little history")
    FAILED = "failed", pgettext_lazy("model run", "Failed")


class ModelArtefact(TenantModel):
    """A fitted model: bytes that are opened only when `signature` says that we wrote them for this shop."""

    kind = models.CharField(max_length=20, choices=RunKind)
    written_by = models.CharField(max_length=80)  # our format and the libraries' versions
    body = models.BinaryField()
    signature = models.CharField(max_length=64)
    trained_until = models.DateField()  # the shop's day up to which outcomes were known
    created_at = models.DateTimeField()

    class Meta:
        constraints = [same_merchant("analytics_artefact_same_merchant")]
        indexes = [models.Index(fields=["merchant", "kind", "-id"], name="analytics_artefact_latest")]


class ModelRun(TenantModel):
    """One run. `card` holds every figure (docs/insight-models.md); a run that is not SERVED changed no score.

    `cutoff_on`: the shop's day at whose midnight knowledge ends. `customers` were scored, of whom `changed` differ now.
    """

    kind = models.CharField(max_length=20, choices=RunKind)
    state = models.CharField(max_length=12, choices=RunState)
    served_by = models.CharField(max_length=12, blank=True)  # boosting | logistic | bgnbd | blend
    cutoff_on = models.DateField()
    horizon_days = models.IntegerField(default=0)
    customers = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    seconds = models.FloatField(default=0)
    peak_mb = models.IntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    requested_by = models.CharField(max_length=120, blank=True)
    card = models.JSONField(default=dict)
    artefact = models.ForeignKey(
        ModelArtefact, models.PROTECT, related_name="runs", null=True, db_constraint=False, db_index=False
    )
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            same_merchant("analytics_run_same_merchant"),
            models.CheckConstraint(name="analytics_run_state", condition=Q(state__in=RunState.values)),
            models.CheckConstraint(name="analytics_run_kind", condition=Q(kind__in=RunKind.values)),
            # One at a time: whoever asks while one waits or runs is given that one.
            models.UniqueConstraint(
                fields=["merchant", "kind"], condition=Q(state__in=["queued", "running"]), name="analytics_run_once"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "kind", "-id"], name="analytics_run_latest")]

    @property
    def is_over(self) -> bool:
        return self.state not in (RunState.QUEUED, RunState.RUNNING)
