"""Query parameters of a pydantic model, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel


def query_parameters(model: type[BaseModel]) -> list[OpenApiParameter]:
    """One parameter for each field of the model that `Endpoint.query` reads, with its type, limits and description."""
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return [_parameter(name, dict(each), name in required) for name, each in schema["properties"].items()]


def _parameter(name: str, schema: dict[str, Any], is_required: bool) -> OpenApiParameter:
    description = schema.pop("description", "")
    schema.pop("title", None)
    if schema.get("default") is None:
        schema.pop("default", None)
    # An absent parameter is how a query says null.
    choices = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
    if len(choices) == 1:
        schema |= choices[0]
    elif choices:
        schema["anyOf"] = choices
    return OpenApiParameter(
        name, schema, location=OpenApiParameter.QUERY, required=is_required, description=description
    )
