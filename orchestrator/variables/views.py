"""Variables over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import reach
from core.access.roles import Role
from core.models import AuditEntry, User
from core.web.filters import IdFilter
from core.web.views import ActorView
from credentials import variables
from credentials.models import Variable
from orchestrator import selectors
from orchestrator.variables import serializers


class VariableFilters(filters.FilterSet):
    workflow_id = IdFilter(help_text="A workflow's own variables")
    shared = filters.BooleanFilter("workflow_id", "isnull", help_text="Those that belong to no workflow")

    class Meta:
        model = Variable
        fields = ["workflow_id"]


class VariablesView(ActorView):
    """Variables that expressions read as `$vars`: one's own, and those of workflows one has a role on."""

    serializer_class = serializers.VariableOutput
    filterset_class = VariableFilters
    queryset = Variable.objects.none()
    search_fields = ("name",)
    ordering_fields = {"name": "name", "created_at": "created_at", "updated_at": "updated_at"}

    @extend_schema(responses=serializers.VariableOutput(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(variables.visible_to(self.actor)))
        context = {"roles": reach.roles_of(self.actor)}
        return self.get_paginated_response(serializers.VariableOutput(page, many=True, context=context).data)

    @extend_schema(request=serializers.VariableInput, responses={201: serializers.VariableOutput})
    def post(self, request: Request) -> Response:
        """Keep a variable: of one workflow, in its account, or for all of yours."""
        body = self.body(serializers.VariableInput)
        workflow_id, owner_id = body.get("workflow_id"), self.actor.pk
        if workflow_id is not None:
            owner_id = selectors.workflow_for(self.actor, workflow_id, needs=Role.EDITOR).owner_id
        made = variables.create(
            owner_id=owner_id, workflow_id=workflow_id, name=body["name"], value=body["value"],
            is_secret=body["is_secret"],
        )  # fmt: skip
        variable = variables.find(self.actor, made.pk, needs=Role.EDITOR)
        _note(self.actor, variable, "create")
        return Response(serializers.VariableOutput(variable).data, status=status.HTTP_201_CREATED)


class VariableView(ActorView):
    @extend_schema(responses=serializers.VariableOutput)
    def get(self, request: Request, variable_id: UUID) -> Response:
        return Response(serializers.VariableOutput(variables.find(self.actor, variable_id, needs=Role.VIEWER)).data)

    @extend_schema(request=serializers.VariableUpdate, responses=serializers.VariableOutput)
    def patch(self, request: Request, variable_id: UUID) -> Response:
        """Give a variable another value or name."""
        changes: dict[str, Any] = self.body(serializers.VariableUpdate, partial=True)
        variable = variables.change(actor=self.actor, variable_id=variable_id, changes=changes)
        _note(self.actor, variable, "update")
        return Response(serializers.VariableOutput(variable).data)

    @extend_schema(responses={204: OpenApiResponse(description="Deleted")})
    def delete(self, request: Request, variable_id: UUID) -> Response:
        _note(self.actor, variables.remove(actor=self.actor, variable_id=variable_id), "delete")
        return Response(status=status.HTTP_204_NO_CONTENT)


def _note(actor: User, variable: Variable, action: str) -> None:
    """Write into the audit log what somebody did to a variable, and nothing of its value."""
    AuditEntry.objects.create(
        at=timezone.now(), user_id=actor.pk, owner_id=variable.owner_id, action=f"variable.{action}",
        object_type="variable", object_id=str(variable.pk), changes={"name": [None, variable.name]},
    )  # fmt: skip
