"""The ground floor's own writes. Verbs that must stand in the audit log live one floor up: docs/decisions/0001."""
