"""Addresses of the demo; loyalty_platform.urls puts them before all others, and only where DEMO is on."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from loyalty_platform.demo_doors import clock, landing, live, outbox

demo_patterns: list[URLPattern | URLResolver] = [
    path("", landing.landing, name="demo"),
    path("demo/as/<slug:role>/", landing.step_in, name="demo-as"),
    path("demo/developer/", landing.developer, name="demo-developer"),
    path("demo/live/", live.live, name="demo-live"),
    path("demo/live/quote/", live.preview, name="demo-quote"),
    path("demo/live/order/", live.order, name="demo-order"),
    path("demo/live/refund/", live.refund, name="demo-refund"),
    path("demo/clock/", clock.clock, name="demo-clock"),
    path("demo/outbox/", outbox.outbox, name="demo-outbox"),
]
