"""The catalogue of language models over HTTP, and what staff say of their prices."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.permissions import IsStaff
from core.errors import Invalid
from core.web.views import ActorView
from inference import live_list
from inference.catalogue import catalogue, replace_staff_table, staff_table
from inference.models.prices import ModelEntry, Price

REFRESH = OpenApiParameter("refresh", str, description="A credential of a provider, which is asked for its own list.")
TABLE = {
    "type": "object",
    "description": "Prices in US dollars for a million tokens, by provider and model.",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {
                **{name: {"type": "string"} for name in ("input", "output", "cached", "written", "can")},
                "context": {"type": "integer"},
            },
        },
    },
}


class CapabilitiesOutput(serializers.Serializer[Any]):
    chat = serializers.BooleanField()
    vision = serializers.BooleanField()
    tools = serializers.BooleanField()
    json = serializers.BooleanField()
    embedding = serializers.BooleanField()
    streaming = serializers.BooleanField()


class PriceOutput(serializers.Serializer[Any]):
    input_per_mtok = serializers.CharField(allow_null=True)
    output_per_mtok = serializers.CharField(allow_null=True)
    cached_per_mtok = serializers.CharField(allow_null=True)


class ModelOutput(serializers.Serializer[Any]):
    provider = serializers.CharField()
    model = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field called so
    capabilities = CapabilitiesOutput()
    context_tokens = serializers.IntegerField(allow_null=True)
    price = PriceOutput()


class ModelsOutput(serializers.Serializer[Any]):
    results = ModelOutput(many=True)


class ModelsView(ActorView):
    @extend_schema(parameters=[REFRESH], responses=ModelsOutput)
    def get(self, request: Request) -> Response:
        known, credential_id = catalogue(), request.query_params.get("refresh", "")
        if not credential_id:
            return Response({"results": [_shown(entry) for entry in known]})
        provider, names = live_list.listed(actor_id=self.actor.pk, credential_id=credential_id)
        return Response({"results": [_shown(known.find(provider, name)) for name in names]})


class ModelPricesView(ActorView):
    permission_classes = [IsStaff]

    @extend_schema(responses={(200, "application/json"): TABLE})
    def get(self, request: Request) -> Response:
        return Response(staff_table())

    @extend_schema(request={"application/json": TABLE}, responses={(200, "application/json"): TABLE})
    def put(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise Invalid("An object of providers.", field="", reason="invalid")
        return Response(replace_staff_table(dict(request.data)))


def _shown(entry: ModelEntry) -> dict[str, Any]:
    can = {name: name in entry.can for name in ("vision", "tools", "json")}
    return {
        "provider": entry.provider, "model": entry.model, "label": entry.model,
        "capabilities": {"chat": True, **can, "embedding": False, "streaming": True},
        "context_tokens": entry.context_tokens, "price": _price(entry.price),
    }  # fmt: skip


def _price(price: Price | None) -> dict[str, str | None]:
    if price is None:
        return dict.fromkeys(("input_per_mtok", "output_per_mtok", "cached_per_mtok"))
    cached = price.input if price.cached is None else price.cached
    return {
        "input_per_mtok": str(price.input), "output_per_mtok": str(price.output), "cached_per_mtok": str(cached),
    }  # fmt: skip
