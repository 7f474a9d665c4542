"""Composition: settings, URLs, Celery, health and the demo. Nobody imports this package."""

from __future__ import annotations

from loyalty_platform.celery import app as celery_app

__all__ = ["celery_app"]
