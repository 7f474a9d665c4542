"""The programme, the ledger, and what happens around them."""

from __future__ import annotations

from loyalty.models.adjustment import Adjustment, AdjustmentState
from loyalty.models.ledger import (
    KIND_LABELS,
    WALLET_LABELS,
    Account,
    Allocation,
    Arrear,
    Award,
    Entry,
    Hold,
    HoldState,
    Lot,
)
from loyalty.models.programme import ProgrammeVersion, TierStanding, VersionState
from loyalty.models.reconciliation import ClosedDay, Reconciliation
from loyalty.rules.kinds import Kind  # the word that grants of apps above are called by

__all__ = [
    "KIND_LABELS",
    "WALLET_LABELS",
    "Account",
    "Adjustment",
    "AdjustmentState",
    "Allocation",
    "Arrear",
    "Award",
    "ClosedDay",
    "Entry",
    "Hold",
    "HoldState",
    "Kind",
    "Lot",
    "ProgrammeVersion",
    "Reconciliation",
    "TierStanding",
    "VersionState",
]
