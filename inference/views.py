"""The catalogue of language models over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.web.views import ActorView


class ModelOutput(serializers.Serializer[Any]):
    provider = serializers.CharField()
    model = serializers.CharField()
    capabilities = serializers.DictField(child=serializers.BooleanField())
    context_tokens = serializers.IntegerField()
    price = serializers.DictField(child=serializers.CharField(allow_null=True))


class ModelsOutput(serializers.Serializer[Any]):
    results = ModelOutput(many=True)


class ModelsView(ActorView):
    """Empty until the first model provider is there."""

    @extend_schema(responses=ModelsOutput)
    def get(self, request: Request) -> Response:
        return Response({"results": []})
