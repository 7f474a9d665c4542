"""Groups that the data itself shows: found by the worker, kept with how stable they are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from merchants.tenancy import TenantModel, same_merchant


class ClusteringState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    FOUND = "found", _("Found")
    NONE_STABLE = "none_stable", _("No stable groups")
    TOO_FEW = "too_few", _("Too few customers")
    FAILED = "failed", _("Failed")


class Clustering(TenantModel):
    """One search for groups. `candidates`: [{"k", "stability", "silhouette", "offered"}], each number of groups tried.

    `stability` is the mean adjusted Rand index between the groups of all customers and those of bootstrap samples.
    """

    state = models.CharField(max_length=12, choices=ClusteringState)
    wanted_k = models.PositiveSmallIntegerField(null=True)
    k = models.PositiveSmallIntegerField(null=True)
    customers = models.IntegerField(default=0)
    candidates = models.JSONField(default=list)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=120, blank=True)
    finished_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            same_merchant("analytics_clustering_same_merchant"),
            models.CheckConstraint(name="analytics_clustering_state", condition=Q(state__in=ClusteringState.values)),
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(state__in=["queued", "running"]), name="analytics_clustering_one_open"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-id"], name="analytics_clustering_latest")]


class ClusterGroup(TenantModel):
    """One group. `differences`: [{"feature", "direction", "value", "usual", "effect"}], strongest first."""

    clustering = models.ForeignKey(Clustering, models.CASCADE, related_name="groups", db_constraint=False)
    number = models.PositiveSmallIntegerField()  # 1 has the largest spend per customer
    customers = models.IntegerField()
    spend_minor = models.BigIntegerField()
    differences = models.JSONField()

    class Meta:
        constraints = [
            same_merchant("analytics_clustergroup_same_merchant"),
            models.UniqueConstraint(fields=["clustering", "number"], name="analytics_clustergroup_once"),
        ]


class ClusterMember(TenantModel):
    """A customer's group in the clustering that is in force: the latest that found any."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="cluster", db_constraint=False)
    group = models.ForeignKey(ClusterGroup, models.CASCADE, related_name="members", db_constraint=False, db_index=False)

    class Meta:
        indexes = [models.Index(fields=["merchant", "group", "customer"], name="analytics_member_by_group")]
