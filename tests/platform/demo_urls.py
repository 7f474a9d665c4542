"""All addresses, with the demo's before them: as loyalty_platform.urls has them where DEMO is on."""

from __future__ import annotations

from loyalty_platform.demo_doors.routes import demo_patterns
from loyalty_platform.urls import handler400, handler403, handler404, handler500
from loyalty_platform.urls import urlpatterns as always

__all__ = ["handler400", "handler403", "handler404", "handler500"]

urlpatterns = [*demo_patterns, *always]
