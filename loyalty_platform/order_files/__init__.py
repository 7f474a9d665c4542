"""A merchant's own file of orders: read, checked row by row, recorded by the path that every order takes."""

from __future__ import annotations
