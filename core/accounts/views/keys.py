"""API keys over HTTP."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import people, scopes, serializers, two_factor
from core.accounts.scopes import SCOPES
from core.models import ApiKey
from core.web.views import ActorView, Listing


class KeysView(Listing, ActorView):
    model = ApiKey
    key_scope = {"post": "session"}
    serializer_class = serializers.ApiKeyOutput
    ordering_fields = {"created_at": "created_at", "name": "name"}

    def rows(self) -> Any:
        return self.actor.api_keys.all()

    @extend_schema(responses=serializers.ApiKeyOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), serializers.ApiKeyOutput)

    @extend_schema(request=serializers.ApiKeyInput, responses={201: serializers.ApiKeyCreatedOutput})
    def post(self, request: Request) -> Response:
        given = self.body(serializers.ApiKeyInput)
        otp = given.pop("otp")
        if "admin" in given.get("scopes", SCOPES):
            two_factor.check_for_admin_key(user=self.actor, code=otp, now=timezone.now())
        key, clear = people.create_key(user=self.actor, **given)
        return Response({**serializers.ApiKeyOutput(key).data, "key": clear}, status=status.HTTP_201_CREATED)


def _key_to_change(view: ActorView, key_id: Any) -> ApiKey:
    """Return a key that its user may change; keys change none. Raises: Missing, SessionNeeded."""
    key = people.key_of(actor=view.actor, key_id=key_id)
    scopes.check(view.request.auth, "session")
    return key


class KeyView(ActorView):
    @extend_schema(responses=serializers.ApiKeyOutput)
    def get(self, request: Request, key_id: Any) -> Response:
        return Response(serializers.ApiKeyOutput(people.key_of(actor=self.actor, key_id=key_id)).data)

    @extend_schema(request=serializers.ApiKeyUpdate, responses=serializers.ApiKeyOutput)
    def patch(self, request: Request, key_id: Any) -> Response:
        key = _key_to_change(self, key_id)
        given = self.body(serializers.ApiKeyUpdate, partial=True)
        people.check_no_more_scopes(key, given.get("scopes", ()))
        changed = people.update_key(key=key, **given)
        return Response(serializers.ApiKeyOutput(changed).data)

    @extend_schema(responses={204: serializers.NO_CONTENT})
    def delete(self, request: Request, key_id: Any) -> Response:
        _key_to_change(self, key_id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class KeyRotateView(ActorView):
    @extend_schema(request=None, responses=serializers.ApiKeyCreatedOutput)
    def post(self, request: Request, key_id: Any) -> Response:
        key, clear = people.rotate_key(key=_key_to_change(self, key_id))
        return Response({**serializers.ApiKeyOutput(key).data, "key": clear})
