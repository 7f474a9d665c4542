"""Measurements, run as programs: importing the package readies Django for them.

`make bench`, or `python -m tests.benchmarks --only http,load,nightly,search`. DEMO and not DEBUG: with that Django keeps every
statement.
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_platform.settings")
os.environ.setdefault("DEMO", "1")
os.environ.setdefault("LOG_LEVEL", "WARNING")
django.setup()
