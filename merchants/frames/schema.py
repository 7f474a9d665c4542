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


class EndpointSchema(AutoSchema):
    """Adds the key, the scope, the Idempotency-Key and the shape of refusals."""

    view: Any

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{"apiKey": []}]

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if self.method == "POST":
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    str,
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
        if operation is not None:
            problem = ResolvedComponent(  # type: ignore[no-untyped-call]
                name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=_PROBLEM
            )
            self.registry.register_on_missing(problem)
            operation["responses"]["default"] = {
                "description": "Refused, or failed.",
                "content": {"application/problem+json": {"schema": problem.ref}},
            }
        return operation
