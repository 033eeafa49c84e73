"""Conversations over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.datastore import conversations
from core.datastore.models import Conversation
from core.web.filters import IdFilter
from core.web.views import ActorView, Listing
from orchestrator.conversations.serializers import ConversationOutput, ConversationWithMessages


class ConversationFilters(filters.FilterSet):
    workflow_id = IdFilter()
    key = filters.CharFilter()

    class Meta:
        model = Conversation
        fields = ["workflow_id", "key"]


class ConversationsView(Listing, ActorView):
    """What agents remember of conversations, by workflow and key."""

    model = Conversation
    serializer_class = ConversationOutput
    filterset_class = ConversationFilters
    search_fields = ("key",)
    ordering_fields = {"updated_at": "updated_at", "created_at": "created_at", "message_count": "message_count"}

    def rows(self) -> Any:
        return conversations.visible_to(self.actor).order_by("-updated_at", "-pk")

    @extend_schema(responses=ConversationOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), ConversationOutput)


class ConversationView(ActorView):
    @extend_schema(responses=ConversationWithMessages)
    def get(self, request: Request, conversation_id: UUID) -> Response:
        return Response(ConversationWithMessages(conversations.find(self.actor, conversation_id)).data)

    @extend_schema(responses={204: OpenApiResponse(description="Forgotten, with all its messages")})
    def delete(self, request: Request, conversation_id: UUID) -> Response:
        conversations.delete(conversations.find(self.actor, conversation_id, needs=Role.EDITOR))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConversationExportView(ActorView):
    """A conversation as a file."""

    @extend_schema(responses=ConversationWithMessages)
    def get(self, request: Request, conversation_id: UUID) -> Response:
        found = conversations.find(self.actor, conversation_id)
        response = Response(ConversationWithMessages(found).data)
        response["Content-Disposition"] = f'attachment; filename="conversation-{found.pk}.json"'
        return response
