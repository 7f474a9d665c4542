"""Measurements, run as programs: importing the package readies Django for them."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_platform.settings")
os.environ.setdefault("DEBUG", "1")
django.setup()
