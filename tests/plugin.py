"""Loaded by pytest before Django's settings are read: sees that PostgreSQL and Valkey are there."""

from __future__ import annotations

from tests.services import ensure_services

ensure_services()
