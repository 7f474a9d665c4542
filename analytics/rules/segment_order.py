"""Segments that ask about segments: in which order they are brought up to date, and that none asks about itself."""

from __future__ import annotations

from collections.abc import Mapping, Set


def in_order(asks_about: Mapping[str, Set[str]]) -> list[str]:
    """Every code after those that it asks about; by name where that leaves a choice.

    Codes that are asked about and not there are left out. A ring (which actions refuse) comes last, by name.
    """
    ordered: list[str] = []
    waiting = {code: {other for other in others if other in asks_about} for code, others in asks_about.items()}
    while waiting:
        free = sorted(code for code, others in waiting.items() if others <= set(ordered)) or sorted(waiting)
        ordered += free
        for code in free:
            del waiting[code]
    return ordered


def ring_through(code: str, named: Set[str], asks_about: Mapping[str, Set[str]]) -> list[str]:
    """The way from `code`, whose tree names `named`, back to itself: [code, …, code]; empty when there is none."""
    ways = [[code, other] for other in sorted(named)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        if way[-1] == code:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, other] for other in sorted(asks_about.get(way[-1], ()))]
    return []


def asking_about(code: str, asks_about: Mapping[str, Set[str]]) -> set[str]:
    """All that ask about `code`, themselves or through others."""
    found: set[str] = set()
    fresh = {code}
    while fresh:
        fresh = {each for each, others in asks_about.items() if others & fresh} - found - {code}
        found |= fresh
    return found
