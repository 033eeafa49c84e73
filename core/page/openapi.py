"""How the OpenAPI document names our ways to sign in, and the shapes of JSON values.

The settings name `Answers`, so views bring this module; workers, which have none, start without what it needs.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema

from core.accounts.serializers import ProblemOutput
from core.errors import PROBLEM_MEDIA_TYPE


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the package has no types here
    target_class = "core.accounts.authentication.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the package has no types here
    target_class = "core.accounts.authentication.ApiKeyHeader"
    name = "api_key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-API-Key"}


class TicketScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the package has no types here
    target_class = "streaming.views.TicketParameter"
    name = "ticket"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "query", "name": "ticket"}


class ShapedField(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # the package has no types here
    """A shape is one component, whether it is read or sent."""

    target_class = "core.web.shapes.Shaped"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema.resolve_serializer(self.target.shape, "response").ref
        if self.target.many:
            schema = {"type": "array", "items": schema}
        for _ in range(self.target.keyed):
            schema = {"type": "object", "additionalProperties": schema}
        return schema


class Answers(AutoSchema):
    """Says of an answer that all its fields are there, but for those that are declared as optional."""

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]  # the package has no types here
        if direction == "response" and schema.get("properties"):
            declared = getattr(serializer, "_declared_fields", {})
            fields = serializer.fields
            optional = {
                name
                for name in schema["properties"]
                if not (fields[name].required or fields[name].read_only) and self._is_said(serializer, name, declared)
            }
            schema["required"] = sorted(schema["properties"].keys() - optional)
        return schema

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        """Add the problem that every call may end with."""
        problem = self.resolve_serializer(ProblemOutput, direction).ref
        refused = {"content": {PROBLEM_MEDIA_TYPE: {"schema": problem}}, "description": "A problem"}
        return {**super()._get_response_bodies(direction), "default": refused}

    @staticmethod
    def _is_said(serializer: Any, name: str, declared: Any) -> bool:
        """Tell whether somebody wrote that a field is optional, and not its model's default."""
        return name in declared or not hasattr(getattr(serializer, "Meta", None), "model")
