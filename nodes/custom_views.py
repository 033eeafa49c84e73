"""Custom nodes over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid
from core.filters import ManyOf
from core.permissions import IsStaff
from core.views_base import ActorView
from nodes import services
from nodes.catalogues import type_of
from nodes.models import CustomNode, CustomNodeVersion
from nodes.presentation import fields_of


class CustomNodeInput(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=200_000, trim_whitespace=False)
    is_public = serializers.BooleanField(default=False)
    description = serializers.CharField(max_length=2000, allow_blank=True, default="")

    def validate_code(self, value: str) -> str:
        if "\x00" in value:
            raise serializers.ValidationError("Null characters are not allowed.")
        return value


class ReviewInput(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=["approve", "reject"])
    reason = serializers.CharField(max_length=1000, allow_blank=True, required=False)


class TestLine(serializers.Serializer[Any]):
    name = serializers.CharField()
    passed = serializers.BooleanField()
    message = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)


class CustomNodeOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    node_type = serializers.CharField()
    category = serializers.CharField()
    description = serializers.CharField()
    code = serializers.CharField()
    input_schema = serializers.DictField()
    output_schema = serializers.DictField()
    status = serializers.ChoiceField(choices=CustomNode.Status.choices)
    is_validated = serializers.BooleanField()
    is_public = serializers.BooleanField()
    version = serializers.IntegerField()
    reject_reason = serializers.CharField(allow_null=True)
    test_report = TestLine(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        """Add the name that a serializer keeps for itself."""
        return {**super().get_fields(), "fields": serializers.ListField(child=serializers.DictField())}


def shown(node: CustomNode, version: CustomNodeVersion | None = None) -> dict[str, Any]:
    """Return the wire form of a custom node, in its newest version."""
    version = version or services.newest(node)
    said = version.declaration
    schema = type_of(version).Params.model_json_schema()
    schema.setdefault("properties", {})
    plain = {
        "id": node.pk, "name": version.name, "node_type": node.node_type, "category": version.category,
        "description": node.description or said["description"], "code": version.code, "fields": fields_of(schema),
        "input_schema": said["input_schema"] or schema, "output_schema": said["output_schema"], "status": node.status,
        "is_validated": version.is_validated, "is_public": node.is_public, "version": node.version,
        "reject_reason": node.reject_reason, "test_report": version.test_report, "created_at": node.created_at,
        "updated_at": node.updated_at,
    }  # fmt: skip
    return dict(CustomNodeOutput(plain).data)


class CustomNodeFilters(filters.FilterSet):
    status = ManyOf(choices=CustomNode.Status.choices)

    class Meta:
        model = CustomNode
        fields = ["status", "is_public"]


class CustomNodesView(ActorView):
    limit_scope = "workflows"
    limits_reads = False
    serializer_class = CustomNodeOutput
    filterset_class = CustomNodeFilters
    search_fields = ("node_type", "description")
    ordering_fields = {"created_at": "created_at", "updated_at": "updated_at", "node_type": "node_type"}

    def get_queryset(self) -> Any:
        rows = CustomNode.objects.filter(is_deleted=False)
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        sees_all = self.actor.is_staff and self.request.query_params.get("all") == "true"
        return rows if sees_all else rows.filter(owner_id=self.actor.pk)

    @extend_schema(
        parameters=[OpenApiParameter("all", bool, description="For staff: those of all users")],
        responses=CustomNodeOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        versions = CustomNodeVersion.objects.filter(node__in=page)
        by_number = {(row.node_id, row.number): row for row in versions}
        return self.get_paginated_response([shown(node, by_number[node.pk, node.version]) for node in page])

    @extend_schema(request=CustomNodeInput, responses={201: CustomNodeOutput})
    def post(self, request: Request) -> Response:
        node = services.create(owner_id=self.actor.pk, **self.body(CustomNodeInput))
        return Response(shown(node), status=status.HTTP_201_CREATED)


class CustomNodeView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    def find(self, custom_node_id: UUID, *, for_staff: bool = False) -> CustomNode:
        sees_all = for_staff and self.actor.is_staff
        return services.find(node_id=custom_node_id, owner_id=None if sees_all else self.actor.pk)

    @extend_schema(responses=CustomNodeOutput)
    def get(self, request: Request, custom_node_id: UUID) -> Response:
        return Response(shown(self.find(custom_node_id, for_staff=True)))

    @extend_schema(request=CustomNodeInput, responses=CustomNodeOutput)
    def patch(self, request: Request, custom_node_id: UUID) -> Response:
        given = self.body(CustomNodeInput, partial=True)
        return Response(shown(services.update(node=self.find(custom_node_id), **given)))

    @extend_schema(responses={204: OpenApiResponse(description="Deleted; what runs with it ends as it began")})
    def delete(self, request: Request, custom_node_id: UUID) -> Response:
        services.delete(node=self.find(custom_node_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CustomNodeSubmitView(ActorView):
    @extend_schema(request=None, responses=CustomNodeOutput)
    def post(self, request: Request, custom_node_id: UUID) -> Response:
        return Response(shown(services.submit(node=services.find(node_id=custom_node_id, owner_id=self.actor.pk))))


class CustomNodeReviewView(ActorView):
    permission_classes = [IsStaff]

    @extend_schema(request=ReviewInput, responses=CustomNodeOutput)
    def post(self, request: Request, custom_node_id: UUID) -> Response:
        node = services.find(node_id=custom_node_id, owner_id=None)
        given = self.body(ReviewInput)
        if given["decision"] == "reject" and not given.get("reason"):
            raise Invalid("Say why.", field="reason", reason="required")
        return Response(shown(services.review(node=node, decision=given["decision"], reason=given.get("reason"))))
