"""MCP servers over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import scopes
from core.errors import Invalid
from core.web.filters import ManyOf
from core.web.views import ActorView, Listing
from mcp_integration import asking, selectors, serializers, services
from mcp_integration.asking_all import tools_of_all
from mcp_integration.models import SCOPES, STATUSES, TRANSPORTS, McpServer

REFRESH = OpenApiParameter(
    "refresh", bool, description="Ask the server again, whatever was kept; a key needs the scope `run` for it"
)


class ServerFilters(filters.FilterSet):
    scope = ManyOf(choices=[(one, one) for one in SCOPES])
    transport = ManyOf(choices=[(one, one) for one in TRANSPORTS])
    status = ManyOf(choices=[(one, one) for one in STATUSES])
    enabled = filters.BooleanFilter()

    class Meta:
        model = McpServer
        fields = ["scope", "transport", "status", "enabled"]


class ServerObjectView(ActorView):
    """A view of one server."""

    def usable(self, server_id: UUID) -> McpServer:
        return selectors.find(user_id=self.actor.pk, server_id=server_id)

    def changeable(self, server_id: UUID) -> McpServer:
        return selectors.changeable(actor=self.actor, server_id=server_id)

    def check_may_run(self) -> None:
        """Refuse keys that may read alone: to ask a server may start a program. Raises: ScopeMissing."""
        scopes.check(self.request.auth, "run")

    def is_refresh(self) -> bool:
        given = self.request.query_params.get("refresh", "false")
        if given not in ("true", "false"):
            raise Invalid("One of: true, false.", field="refresh", reason="invalid_choice")
        return given == "true"


class ServersView(Listing, ActorView):
    model = McpServer
    serializer_class = serializers.McpServerOutput
    filterset_class = ServerFilters
    search_fields = ("name",)
    ordering_fields = {"created_at": "created_at", "name": "name", "updated_at": "updated_at"}

    def rows(self) -> Any:
        return selectors.usable_by(self.actor.pk).defer("tools")

    @extend_schema(responses=serializers.McpServerOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), serializers.McpServerOutput)

    @extend_schema(request=serializers.McpServerInput, responses={201: serializers.McpServerOutput})
    def post(self, request: Request) -> Response:
        server = services.create(actor=self.actor, **self.body(serializers.McpServerInput))
        return Response(serializers.McpServerOutput(server).data, status=status.HTTP_201_CREATED)


class ServerView(ServerObjectView):
    @extend_schema(responses=serializers.McpServerOutput)
    def get(self, request: Request, server_id: UUID) -> Response:
        return Response(serializers.McpServerOutput(self.usable(server_id)).data)

    @extend_schema(request=serializers.McpServerInput, responses=serializers.McpServerOutput)
    def put(self, request: Request, server_id: UUID) -> Response:
        return self._changed(server_id, partial=False)

    @extend_schema(request=serializers.McpServerInput, responses=serializers.McpServerOutput)
    def patch(self, request: Request, server_id: UUID) -> Response:
        return self._changed(server_id, partial=True)

    def _changed(self, server_id: UUID, *, partial: bool) -> Response:
        server = self.changeable(server_id)
        fields = self.body(serializers.McpServerInput, partial=partial)
        server = services.update(actor=self.actor, server=server, fields=fields)
        return Response(serializers.McpServerOutput(server).data)

    @extend_schema(responses={204: OpenApiResponse(description="Deleted")})
    def delete(self, request: Request, server_id: UUID) -> Response:
        services.delete(actor=self.actor, server=self.changeable(server_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ServerToolsView(ServerObjectView):
    @extend_schema(parameters=[REFRESH], responses=serializers.McpToolsOutput)
    def get(self, request: Request, server_id: UUID) -> Response:
        server = self.usable(server_id)
        told = asking.tools_of(
            server=server, user_id=self.actor.pk, refresh=self.is_refresh(), check_may_run=self.check_may_run,
            now=timezone.now(),
        )  # fmt: skip
        return Response(serializers.McpToolsOutput({"results": told.tools, "omitted": told.omitted}).data)


class AllToolsView(ServerObjectView):
    @extend_schema(operation_id="mcp_all_tools_retrieve", parameters=[REFRESH], responses=serializers.McpAllToolsOutput)
    def get(self, request: Request) -> Response:
        usable = selectors.usable_by(self.actor.pk).filter(enabled=True).order_by("name", "pk")
        told = tools_of_all(
            servers=usable.defer("tools"), user_id=self.actor.pk, refresh=self.is_refresh(),
            check_may_run=self.check_may_run, now=timezone.now(),
        )  # fmt: skip
        given = {"results": told.tools, "omitted": told.omitted, "errors": told.errors}
        return Response(serializers.McpAllToolsOutput(given).data)


class ServerTryView(ServerObjectView):
    @extend_schema(request=None, responses=serializers.McpValidOutput)
    def post(self, request: Request, server_id: UUID) -> Response:
        told = asking.ask_anew(self.changeable(server_id), self.actor.pk)
        return Response(serializers.McpValidOutput({"valid": True, "tools_count": len(told.tools)}).data)


class ToolCallView(ServerObjectView):
    key_scope = "run"

    @extend_schema(request=serializers.McpCallInput, responses=serializers.McpCallOutput)
    def post(self, request: Request, server_id: UUID, name: str) -> Response:
        server = self.usable(server_id)
        arguments = self.body(serializers.McpCallInput)["arguments"]
        services.note(self.actor, server, "call", {"tool": name[:200]})
        given = asking.call(server=server, user_id=self.actor.pk, tool=name, arguments=arguments)
        return Response(serializers.McpCallOutput(given).data)
