"""What the OpenAPI document says of every Endpoint besides its own input and output."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; further members say what is missing, such as `short_by`.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "examples": ["/developers/errors/insufficient_points"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people, in the language of Accept-Language."},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into the body or the query."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
# status → name of the component, what it means, the code of the example
_REFUSALS = {
    "400": ("Malformed", "The body is not JSON, or a header is malformed.", "malformed_json"),
    "401": ("Unauthenticated", "There is no valid API key.", "unauthenticated"),
    "403": ("NotAllowed", "The key lacks the scope.", "scope_missing"),
    "404": ("NotFound", "Nothing of that name in this shop.", "not_found"),
    "409": ("Conflict", "Understood, and refused as things stand: `code` says why.", "conflict"),
    "413": ("TooLarge", "The body is too large.", "body_too_large"),
    "415": ("UnsupportedMediaType", "The body is not `application/json`.", "unsupported_media_type"),
    "422": ("Invalid", "Values that cannot be: `errors` names each with its place.", "invalid"),
    "429": ("RateLimited", "Too many requests: wait `Retry-After` seconds.", "rate_limited"),
    "503": ("Unavailable", "Busy or restarting. Nothing was changed: try again.", "unavailable"),
}
_HEADERS = {
    "RateLimit": 'What is left now, as `"default";r=5999;t=1`.',
    "RateLimit-Policy": 'What the key may do, as `"default";q=6000;w=60`.',
    "X-Request-Id": "Names this request in our logs: quote it when you report a fault.",
}


class EndpointSchema(AutoSchema):
    """Adds the key, the scope, the Idempotency-Key, the limits and the shape of refusals."""

    view: Any

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{"apiKey": []}]

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if self.method == "POST":
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
                    OpenApiParameter.HEADER,
                    required=self.view.idempotency == "required",
                    description="Saying it twice does it once; kept for 7 days. 1 to 255 visible ASCII characters.",
                )
            )
        return parameters

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        scope = self.view.scopes.get(self.method)
        lines = [super().get_description() or "", f"Scope: `{scope.value}`." if scope else ""]
        return "\n\n".join(line for line in lines if line)

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        headers = {name: self._header(name) for name in _HEADERS}
        for answer in operation["responses"].values():
            answer["headers"] = headers
        problem = self._shared("Problem", ResolvedComponent.SCHEMA, _PROBLEM)
        for status in self._refusals(operation):
            operation["responses"].setdefault(status, self._refusal(status, problem))
        operation["responses"]["default"] = {
            "description": "Refused, or failed.",
            "content": {"application/problem+json": {"schema": problem}},
        }
        return operation

    def _refusals(self, operation: dict[str, Any]) -> list[str]:
        """The statuses that this operation may refuse with."""
        statuses = ["401", "403", "422", "429", "503"]
        if self.method == "POST" or "requestBody" in operation:
            statuses.append("400")
        if "requestBody" in operation:
            statuses += ["413", "415"]
        if "{" in self.path:
            statuses.append("404")
        if self.method != "GET":
            statuses.append("409")
        return sorted(statuses)

    def _refusal(self, status: str, problem: dict[str, Any]) -> dict[str, Any]:
        name, meaning, code = _REFUSALS[status]
        example: dict[str, Any] = {
            "type": f"/developers/errors/{code}",
            "title": meaning.split(",")[0].split(":")[0].rstrip("."),
            "status": int(status),
            "detail": meaning,
            "code": code,
            "request_id": "0f6c1d2e3b4a59687f0e1d2c3b4a5968",
        }
        if status == "422":
            fault = {"pointer": "/lines/0/unit_price_minor", "code": "too_small", "detail": "This must be at least 0."}
            example["errors"] = [fault]
        content = {"application/problem+json": {"schema": problem, "example": example}}
        return self._shared(name, ResolvedComponent.RESPONSE, {"description": meaning, "content": content})

    def _header(self, name: str) -> dict[str, Any]:
        header = {"description": _HEADERS[name], "schema": {"type": "string"}}
        return self._shared(name, ResolvedComponent.HEADER, header)

    def _shared(self, name: str, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
        """A component that stands once in the document; the reference to it."""
        component = ResolvedComponent(name=name, type=kind, object=name, schema=schema)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        reference: dict[str, Any] = component.ref
        return reference
