"""The one way round the guard is a word that you can grep; these files may say it, each with its reason."""

from __future__ import annotations

from tests.architecture.source import ROOT, python_files

MAY_SAY_IT = {
    "merchants/tenancy.py": "defines it",
    "merchants/queries.py": "an API key and an invitation's token name their shop, not the other way round",
    "events/actions/team.py": "an invitation is accepted by its token",
    "customers/actions/codes.py": "old one-time codes of every shop are forgotten",
    "loyalty/queries/nights.py": "clocks serve every shop",
    "analytics/queries/exports.py": "a clock: which shops have a file to write or to delete",
    "analytics/queries/membership.py": "a clock: in which shops somebody waits to be looked at again",
    "aftersales/queries/rounds.py": "clocks serve every shop",
}
GUARD_IS_PASSED_BY = ("across_merchants(", "_names_merchant")


def test_only_the_listed_files_go_round_the_guard() -> None:
    saying = {
        str(path)
        for path in python_files()
        if path.parts[0] != "loyalty_platform"
        and any(word in (ROOT / path).read_text(encoding="utf-8") for word in GUARD_IS_PASSED_BY)
    }
    assert saying <= set(MAY_SAY_IT), saying - set(MAY_SAY_IT)
