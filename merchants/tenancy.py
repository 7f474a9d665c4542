"""The tenancy guard: no query of a merchant's rows runs unless it names the merchant.

    Reward.objects.filter(merchant=merchant, is_listed=True)     # runs
    customer.orders.all()                                        # runs: it comes from a row in hand
    Reward.objects.all()                                         # raises UnscopedQuery when evaluated

`Model.objects.across_merchants()` is the one way round; tests/architecture lists the files that may say it. The guard
checks that a merchant is named, not that it is the right one: that is what the composite foreign keys and the rival
merchant in every test are for. Raw SQL and `Exists` subqueries are not seen by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, Self, TypeVar

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

M = TypeVar("M", bound=models.Model)


class UnscopedQuery(RuntimeError):
    """A query of merchants' rows that names no merchant. A programming error, never shown to a person."""


class TenantQuerySet(models.QuerySet[M], Generic[M]):
    """A QuerySet that runs only when `filter` or `get` named `merchant`, or when it hangs on a row in hand."""

    _names_merchant: bool = False

    def across_merchants(self) -> Self:
        """Lift the guard: for sweeps and fan-outs that serve every merchant."""
        clone = self._chain()  # type: ignore[attr-defined]
        clone._names_merchant = True
        return clone  # type: ignore[no-any-return]

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._names_merchant = self._names_merchant
        return clone

    def _filter_or_exclude(self, negate: bool, args: Any, kwargs: Any) -> Self:
        clone: Self = super()._filter_or_exclude(negate, args, kwargs)  # type: ignore[misc]
        if not negate and ("merchant" in kwargs or "merchant_id" in kwargs):
            clone._names_merchant = True
        return clone

    def _guard(self) -> None:
        if self._names_merchant or self.query.is_empty() or "instance" in self._hints:  # type: ignore[attr-defined]
            return
        raise UnscopedQuery(f"{self.model.__name__}: name the merchant, e.g. filter(merchant=merchant).")

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._guard()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Iterator[M]:
        self._guard()
        return super().iterator(*args, **kwargs)

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._guard()
        return super().aggregate(*args, **kwargs)

    def count(self) -> int:
        self._guard()
        return super().count()

    def exists(self) -> bool:
        self._guard()
        return super().exists()

    def contains(self, obj: models.Model) -> bool:
        self._guard()
        return super().contains(obj)

    def update(self, **kwargs: Any) -> int:
        self._guard()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._guard()
        return super().delete()

    def _raw_delete(self, using: str | None) -> int:
        self._guard()
        return super()._raw_delete(using)

    def explain(self, *, format: str | None = None, **options: Any) -> str:
        self._guard()
        return super().explain(format=format, **options)

    def _combinator_query(self, combinator: str, *others: Any, all: bool = False) -> Self:
        clone: Self = super()._combinator_query(combinator, *others, all=all)  # type: ignore[misc]
        clone._names_merchant = all_named(self, *others)
        return clone

    def __or__(self, other: Any) -> Self:
        combined: Self = super().__or__(other)
        combined._names_merchant = all_named(self, other)
        return combined

    def __and__(self, other: Any) -> Self:
        return super().__and__(other)


def all_named(*querysets: Any) -> bool:
    return all(getattr(queryset, "_names_merchant", False) or queryset.query.is_empty() for queryset in querysets)


TenantManager = models.Manager.from_queryset(TenantQuerySet)
"""`objects` of every TenantModel."""


class TenantModel(models.Model):
    """A row that belongs to one merchant."""

    # No plain constraint towards the merchant: a key-share lock on its one row in every transaction would make it the
    # hottest row of all. Rows reach it through their composite keys; tables at the root say MerchantForeignKey.
    merchant = models.ForeignKey(
        "merchants.Merchant", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    objects = TenantManager()

    class Meta:
        abstract = True


class TenantForeignKey(Operation):
    """A migration operation: `(merchant_id, <field>_id)` must be a `(merchant_id, id)` of the target table.

    PostgreSQL then refuses a cross-tenant row even when every Python layer agreed to write it. The target needs a
    unique constraint on (merchant, id); the model's own ForeignKey says `db_constraint=False`, so that each row is
    checked once.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, field: str, to: str) -> None:
        self.model, self.field, self.to = model, field, to

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model, self.field, self.to], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The constraint lives in the database alone."""

    def _names(self, app_label: str, state: ProjectState) -> tuple[str, str, str, str]:
        model = state.apps.get_model(app_label, self.model)
        target = state.apps.get_model(self.to)
        table = model._meta.db_table
        column = model._meta.get_field(self.field).column
        return table, column, target._meta.db_table, f"{table}_{self.field}_same_merchant"[:63]

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table, column, target, name = self._names(app_label, to_state)
        quote = schema_editor.quote_name
        schema_editor.execute(
            f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)} "
            f"FOREIGN KEY (merchant_id, {quote(column)}) REFERENCES {quote(target)} (merchant_id, id)"
        )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table, _, _, name = self._names(app_label, from_state)
        quote = schema_editor.quote_name
        schema_editor.execute(f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(name)}")

    def describe(self) -> str:
        return f"{self.model}.{self.field} stays within its merchant"


class MerchantForeignKey(TenantForeignKey):
    """A migration operation for tables at the root of a tenant: `merchant_id` is a merchant's id."""

    def __init__(self, model: str) -> None:
        super().__init__(model, "merchant", "merchants.Merchant")

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model], {}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table, _, target, name = self._names(app_label, to_state)
        quote = schema_editor.quote_name
        schema_editor.execute(
            f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)} "
            f"FOREIGN KEY (merchant_id) REFERENCES {quote(target)} (id)"
        )


def same_merchant(name: str) -> models.UniqueConstraint:
    """The unique (merchant, id) that composite foreign keys point at; `name` is the constraint's."""
    return models.UniqueConstraint(fields=["merchant", "id"], name=name)
