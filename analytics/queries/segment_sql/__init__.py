"""A segment's tree as one SQL statement: conditions join what they measure, the tree is a plain boolean over the joins."""

from __future__ import annotations

from analytics.queries.segment_sql.statement import Explained, explain_conditions, members_statement
from analytics.queries.segment_sql.writer import Writer

__all__ = ["Explained", "Writer", "explain_conditions", "members_statement"]
