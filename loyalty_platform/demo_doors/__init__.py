"""The demo's front door: step in as anybody, watch the loop live, move the clock, read what was never sent.

Mounted only where DEMO is on. These pages ask nobody who they are, so DEMO never belongs on a public address.
"""
