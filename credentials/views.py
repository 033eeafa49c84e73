"""Credentials over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import reach
from core.errors import Invalid, Missing
from core.http.client import Unreachable
from core.http.once import ConnectionFailed
from core.models import User
from core.web.abuse import client_ip
from core.web.filters import IdFilter, ManyOf, Moment
from core.web.pagination import WholeCatalogue
from core.web.views import ActorView, Listing
from credentials import access, oauth, selectors, serializers, services, sharing, vault
from credentials.access import ACTIONS, Visitor
from credentials.catalogue import TYPES
from credentials.models import Credential, CredentialAccess
from credentials.presentation import presented
from credentials.verifying import verify


class VisitorView(ActorView):
    """A view that knows who asks, for the access log."""

    @property
    def visitor(self) -> Visitor:
        return Visitor(self.actor.pk, client_ip(self.request))

    def own(self, credential_id: UUID) -> Credential:
        return selectors.find(credential_id=credential_id, visitor=self.visitor)

    def shown(self, credential: Credential) -> Any:
        return serializers.CredentialOutput(credential, context={"actor_id": self.actor.pk}).data

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "actor_id": self.actor.pk}


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
        page = self.paginate_queryset([presented(kind) for kind in TYPES.values()])
        return self.get_paginated_response(page)


class CredentialTypeView(ActorView):
    @extend_schema(responses=serializers.CredentialTypeOutput)
    def get(self, request: Request, slug: str) -> Response:
        if slug not in TYPES:
            raise Missing("There is no such credential type")
        return Response(presented(TYPES[slug]))


class CredentialsView(Listing, VisitorView):
    model = Credential
    serializer_class = serializers.CredentialOutput
    filterset_class = CredentialFilters
    search_fields = ("name",)
    ordering_fields = {
        "created_at": "created_at",
        "name": "name",
        "updated_at": "updated_at",
        "last_used_at": "last_used_at",
    }

    def rows(self) -> Any:
        return selectors.usable_by(self.actor.pk)

    @extend_schema(responses=serializers.CredentialOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), serializers.CredentialOutput)

    @extend_schema(request=serializers.CredentialInput, responses={201: serializers.CredentialOutput})
    def post(self, request: Request) -> Response:
        credential = services.create(
            owner_id=self.actor.pk, visitor=self.visitor, **self.body(serializers.CredentialInput)
        )
        return Response(self.shown(credential), status=status.HTTP_201_CREATED)


class CredentialView(VisitorView):
    @extend_schema(responses=serializers.CredentialOutput)
    def get(self, request: Request, credential_id: UUID) -> Response:
        credential = selectors.find(credential_id=credential_id, visitor=self.visitor, own=False)
        access.note("read", credential, self.visitor)
        return Response(self.shown(credential))

    @extend_schema(request=serializers.CredentialUpdate, responses=serializers.CredentialOutput)
    def patch(self, request: Request, credential_id: UUID) -> Response:
        credential = services.update(
            credential=self.own(credential_id), visitor=self.visitor,
            **self.body(serializers.CredentialUpdate, partial=True),
        )  # fmt: skip
        return Response(self.shown(credential))

    @extend_schema(
        parameters=[OpenApiParameter("force", bool, description="Delete it although active workflows use it")],
        responses={204: OpenApiResponse(description="Deleted")},
    )
    def delete(self, request: Request, credential_id: UUID) -> Response:
        force = request.query_params.get("force") == "true"
        services.delete(credential=self.own(credential_id), visitor=self.visitor, force=force)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CredentialVerifyView(VisitorView):
    @extend_schema(request=None, responses=serializers.VerifiedOutput)
    def post(self, request: Request, credential_id: UUID) -> Response:
        now = timezone.now()
        try:
            works, message = verify(credential=self.own(credential_id), visitor=self.visitor, now=now)
        except Unreachable as exc:
            raise ConnectionFailed(str(exc)) from exc
        except oauth.CredentialInvalid as exc:
            works, message = False, exc.message
        shown = serializers.VerifiedOutput({"verified": works, "message": message, "checked_at": now})
        return Response(shown.data)


class CredentialRefreshView(VisitorView):
    @extend_schema(request=None, responses=serializers.CredentialOutput)
    def post(self, request: Request, credential_id: UUID) -> Response:
        credential = self.own(credential_id)
        kind = TYPES.get(credential.type)
        if kind is None or kind.oauth is None:
            raise Invalid("Only what one logs in with has a token that can be renewed.", field="type")
        try:
            oauth.fresh(credential, vault.opened(credential), timezone.now(), even_if_valid=True)
        except Unreachable as exc:
            raise ConnectionFailed(str(exc)) from exc
        return Response(self.shown(self.own(credential_id)))


class CredentialUsageView(VisitorView):
    serializer_class = serializers.UsageOutput
    filter_backends = []

    @extend_schema(responses=serializers.UsageOutput(many=True))
    def get(self, request: Request, credential_id: UUID) -> Response:
        uses = self.own(credential_id).uses.order_by("workflow_id", "node_id", "pk")
        return self.listed(uses, serializers.UsageOutput)


class CredentialSharesView(VisitorView):
    serializer_class = serializers.ShareOutput
    filter_backends = []

    @extend_schema(responses=serializers.ShareOutput(many=True))
    def get(self, request: Request, credential_id: UUID) -> Response:
        rows = list(self.own(credential_id).shares.order_by("created_at", "pk"))
        emails = dict(User.objects.filter(pk__in=[row.user_id for row in rows]).values_list("pk", "email"))
        shown = [{"user_id": row.user_id, "email": emails.get(row.user_id, ""), "created_at": row.created_at}
                 for row in rows]  # fmt: skip
        return self.listed(shown, serializers.ShareOutput)

    @extend_schema(request=serializers.ShareInput, responses={201: serializers.ShareOutput})
    def post(self, request: Request, credential_id: UUID) -> Response:
        credential = self.own(credential_id)
        email = self.body(serializers.ShareInput)["email"]
        made = sharing.share(credential=credential, visitor=self.visitor, email=email)
        shown = serializers.ShareOutput({"user_id": made.user_id, "email": email, "created_at": made.created_at})
        return Response(shown.data, status=status.HTTP_201_CREATED)


class CredentialShareView(VisitorView):
    @extend_schema(responses={204: OpenApiResponse(description="Not shared any more")})
    def delete(self, request: Request, credential_id: UUID, user_id: UUID) -> Response:
        sharing.take_back(credential=self.own(credential_id), visitor=self.visitor, user_id=user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class AccessFilters(filters.FilterSet):
    credential_id = IdFilter()
    workflow_id = IdFilter()
    execution_id = IdFilter()
    action = ManyOf(choices=[(action, action) for action in ACTIONS])
    created_after = Moment("at", "gte")
    created_before = Moment("at", "lte")

    class Meta:
        model = CredentialAccess
        fields = ["credential_id", "workflow_id", "execution_id", "action"]


class CredentialAuditView(Listing, VisitorView):
    model = CredentialAccess
    serializer_class = serializers.AccessOutput
    filterset_class = AccessFilters
    search_fields = ("credential_name",)
    ordering_fields = {"at": "at"}
    default_ordering = "-at"

    def rows(self) -> Any:
        did = reach.of_account(self.actor.pk, "user_id") & ~Q(action="denied")
        mine = reach.of_account(self.actor.pk) | did
        return CredentialAccess.objects.filter(mine)

    @extend_schema(responses=serializers.AccessOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), serializers.AccessOutput)
