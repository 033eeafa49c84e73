"""Custom nodes over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.permissions import IsStaff
from core.errors import Invalid
from core.web.filters import ManyOf
from core.web.views import ActorView, Listing
from nodes import serializers, services
from nodes.models import CustomNode, CustomNodeVersion


class CustomNodeFilters(filters.FilterSet):
    status = ManyOf(choices=CustomNode.Status.choices)

    class Meta:
        model = CustomNode
        fields = ["status", "is_public"]


class CustomNodesView(Listing, ActorView):
    model = CustomNode
    limit_scope = "workflows"
    limits_reads = False
    serializer_class = serializers.CustomNodeOutput
    filterset_class = CustomNodeFilters
    other_parameters = ("all",)
    search_fields = ("node_type", "description")
    ordering_fields = {"created_at": "created_at", "updated_at": "updated_at", "node_type": "node_type"}

    def rows(self) -> Any:
        return services.nodes_of(self.actor, staff_sees_all=self.request.query_params.get("all") == "true")

    @extend_schema(
        parameters=[OpenApiParameter("all", bool, description="For staff: those of all users")],
        responses=serializers.CustomNodeOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        versions = CustomNodeVersion.objects.filter(node__in=page)
        by_number = {(row.node_id, row.number): row for row in versions}
        return self.get_paginated_response(
            [serializers.custom_node_shown(node, by_number[node.pk, node.version]) for node in page]
        )

    @extend_schema(request=serializers.CustomNodeInput, responses={201: serializers.CustomNodeOutput})
    def post(self, request: Request) -> Response:
        node = services.create(owner_id=self.actor.pk, **self.body(serializers.CustomNodeInput))
        return Response(serializers.custom_node_shown(node), status=status.HTTP_201_CREATED)


class CustomNodeView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    def find(self, custom_node_id: UUID, *, for_staff: bool = False) -> CustomNode:
        return services.find(self.actor, custom_node_id, staff_sees_all=for_staff)

    @extend_schema(responses=serializers.CustomNodeOutput)
    def get(self, request: Request, custom_node_id: UUID) -> Response:
        return Response(serializers.custom_node_shown(self.find(custom_node_id, for_staff=True)))

    @extend_schema(request=serializers.CustomNodeInput, responses=serializers.CustomNodeOutput)
    def patch(self, request: Request, custom_node_id: UUID) -> Response:
        given = self.body(serializers.CustomNodeInput, partial=True)
        return Response(serializers.custom_node_shown(services.update(node=self.find(custom_node_id), **given)))

    @extend_schema(responses={204: OpenApiResponse(description="Deleted; what runs with it ends as it began")})
    def delete(self, request: Request, custom_node_id: UUID) -> Response:
        services.delete(node=self.find(custom_node_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CustomNodeSubmitView(ActorView):
    @extend_schema(request=None, responses=serializers.CustomNodeOutput)
    def post(self, request: Request, custom_node_id: UUID) -> Response:
        return Response(serializers.custom_node_shown(services.submit(node=services.find(self.actor, custom_node_id))))


class CustomNodeReviewView(ActorView):
    permission_classes = [IsStaff]

    @extend_schema(request=serializers.ReviewInput, responses=serializers.CustomNodeOutput)
    def post(self, request: Request, custom_node_id: UUID) -> Response:
        node = services.find(self.actor, custom_node_id, staff_sees_all=True)
        given = self.body(serializers.ReviewInput)
        if given["decision"] == "reject" and not given.get("reason"):
            raise Invalid("Say why.", field="reason", reason="required")
        return Response(
            serializers.custom_node_shown(
                services.review(node=node, decision=given["decision"], reason=given.get("reason"))
            )
        )
