"""Credentials over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Missing
from core.pagination import WholeCatalogue
from core.views_base import ActorView
from credentials import serializers, services
from credentials.models import Credential
from credentials.types import TYPES


class CredentialFilters(filters.FilterSet):
    type = filters.CharFilter()

    class Meta:
        model = Credential
        fields = ["type"]


class CredentialTypesView(ActorView):
    pagination_class = WholeCatalogue
    serializer_class = serializers.CredentialTypeOutput
    filter_backends = []

    @extend_schema(responses=serializers.CredentialTypeOutput(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset([kind.as_dict() for kind in TYPES.values()])
        return self.get_paginated_response(page)


class CredentialTypeView(ActorView):
    @extend_schema(responses=serializers.CredentialTypeOutput)
    def get(self, request: Request, slug: str) -> Response:
        if slug not in TYPES:
            raise Missing("There is no such credential type")
        return Response(TYPES[slug].as_dict())


class CredentialsView(ActorView):
    serializer_class = serializers.CredentialOutput
    filterset_class = CredentialFilters
    search_fields = ("name",)
    ordering_fields = {
        "created_at": "created_at",
        "name": "name",
        "updated_at": "updated_at",
        "last_used_at": "last_used_at",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Credential.objects.none()
        return Credential.objects.filter(owner_id=self.actor.pk)

    @extend_schema(responses=serializers.CredentialOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), serializers.CredentialOutput)

    @extend_schema(request=serializers.CredentialInput, responses={201: serializers.CredentialOutput})
    def post(self, request: Request) -> Response:
        credential = services.create(owner_id=self.actor.pk, **self.body(serializers.CredentialInput))
        return Response(serializers.CredentialOutput(credential).data, status=status.HTTP_201_CREATED)


class CredentialView(ActorView):
    def find(self, credential_id: UUID) -> Credential:
        return services.find(owner_id=self.actor.pk, credential_id=credential_id)

    @extend_schema(responses=serializers.CredentialOutput)
    def get(self, request: Request, credential_id: UUID) -> Response:
        return Response(serializers.CredentialOutput(self.find(credential_id)).data)

    @extend_schema(request=serializers.CredentialUpdate, responses=serializers.CredentialOutput)
    def patch(self, request: Request, credential_id: UUID) -> Response:
        credential = services.update(
            credential=self.find(credential_id), **self.body(serializers.CredentialUpdate, partial=True)
        )
        return Response(serializers.CredentialOutput(credential).data)

    @extend_schema(
        parameters=[OpenApiParameter("force", bool, description="Delete it although active workflows use it")],
        responses={204: OpenApiResponse(description="Deleted")},
    )
    def delete(self, request: Request, credential_id: UUID) -> Response:
        services.delete(credential=self.find(credential_id), force=request.query_params.get("force") == "true")
        return Response(status=status.HTTP_204_NO_CONTENT)


class CredentialUsageView(ActorView):
    serializer_class = serializers.UsageOutput
    filter_backends = []

    @extend_schema(responses=serializers.UsageOutput(many=True))
    def get(self, request: Request, credential_id: UUID) -> Response:
        credential = services.find(owner_id=self.actor.pk, credential_id=credential_id)
        return self.listed(credential.uses.order_by("workflow_id", "node_id", "pk"), serializers.UsageOutput)
