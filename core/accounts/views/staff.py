"""What staff see and do over HTTP: accounts, blocked addresses, rules for prompts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import password_reset, people, serializers
from core.accounts.permissions import IsStaff
from core.errors import Forbidden, Missing
from core.models import AuditEntry, BlockedIp, User
from core.text import prompt_rules
from core.text.for_models import PromptPattern
from core.web import abuse
from core.web.views import ActorView, base_url


class UsersView(ActorView):
    permission_classes = [IsStaff]
    queryset = User.objects.all()
    serializer_class = serializers.UserOutput
    search_fields = ("email", "name")
    ordering_fields = {"created_at": "created_at", "email": "email"}

    @extend_schema(responses=serializers.UserOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), serializers.UserOutput)

    @extend_schema(request=serializers.UserCreateInput, responses={201: serializers.UserCreatedOutput})
    def post(self, request: Request) -> Response:
        given = self.body(serializers.UserCreateInput)
        with_key = given.pop("with_api_key")
        user = people.register(**given, email_verified_at=timezone.now())  # staff vouch for it
        body = dict(serializers.UserOutput(user).data)
        body["api_key"] = people.create_key(user=user, name="first key")[1] if with_key else None
        return Response(body, status=status.HTTP_201_CREATED)


class OfUser(ActorView):
    """What staff do with one account."""

    permission_classes = [IsStaff]

    def find(self, user_id: Any) -> User:
        user = User.objects.filter(pk=user_id).first()
        if user is None:
            raise Missing("There is no such user")
        return user

    def changeable(self, user_id: Any) -> User:
        """Return a user that the actor may change. Raises: Missing, Forbidden."""
        user = self.find(user_id)
        if user.is_superuser and not self.actor.is_superuser:
            raise Forbidden("Only a superuser changes another")
        return user


class UserView(OfUser):
    @extend_schema(responses=serializers.UserOutput)
    def get(self, request: Request, user_id: Any) -> Response:
        return Response(serializers.UserOutput(self.find(user_id)).data)

    @extend_schema(request=serializers.UserAdminInput, responses=serializers.UserOutput)
    def patch(self, request: Request, user_id: Any) -> Response:
        user = self.changeable(user_id)
        user = people.update_user(user=user, **self.body(serializers.UserAdminInput, partial=True))
        return Response(serializers.UserOutput(user).data)

    @extend_schema(
        parameters=[serializers.UserDeleteQuery], responses={204: serializers.NO_CONTENT},
    )  # fmt: skip
    def delete(self, request: Request, user_id: Any) -> Response:
        """Delete an account with all it has; its workflows go, too, or over to somebody."""
        user = self.changeable(user_id)
        if user == self.actor:
            raise Forbidden("You cannot delete yourself")
        reader = serializers.UserDeleteQuery(data=request.query_params)
        reader.is_valid(raise_exception=True)
        given = reader.validated_data
        import_string(settings.ACCOUNT_LEAVES)(
            actor=self.actor, user=user, workflows=given["workflows"], heir_id=given.get("to"), now=timezone.now()
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class UserPasswordLinkView(OfUser):
    @extend_schema(request=None, responses={201: serializers.PasswordLinkOutput})
    def post(self, request: Request, user_id: Any) -> Response:
        """Make a link by which somebody sets a new password, once; it is shown this once, and no mail is sent."""
        user = self.changeable(user_id)
        link = password_reset.link_for(user, page_url=f"{base_url(request)}/app/reset")
        now = timezone.now()
        AuditEntry.objects.create(
            at=now, user_id=self.actor.pk, owner_id=user.pk, action="user.password_link", object_type="user",
            object_id=str(user.pk),
        )  # fmt: skip
        expires_at = now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        shown = serializers.PasswordLinkOutput({"link": link, "expires_at": expires_at}).data
        return Response(shown, status=status.HTTP_201_CREATED)


class BlockedIpsView(ActorView):
    permission_classes = [IsStaff]
    queryset = BlockedIp.objects.all()
    serializer_class = serializers.BlockedIpOutput
    filter_backends = []

    @extend_schema(responses=serializers.BlockedIpOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(BlockedIp.objects.filter(until__gt=timezone.now()).order_by("-until"), self.serializer_class)


class BlockedIpView(ActorView):
    permission_classes = [IsStaff]

    @extend_schema(responses={204: serializers.NO_CONTENT})
    def delete(self, request: Request, ip: str) -> Response:
        abuse.unblock(ip)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PromptPatternsView(ActorView):
    permission_classes = [IsStaff]

    @extend_schema(responses=serializers.PromptRulesForm)
    def get(self, request: Request) -> Response:
        return Response(serializers.PromptRulesForm(prompt_rules.policy()).data)

    @extend_schema(request=serializers.PromptRulesForm, responses=serializers.PromptRulesForm)
    def put(self, request: Request) -> Response:
        given = self.body(serializers.PromptRulesForm)
        patterns = [PromptPattern(**entry) for entry in given["patterns"]]
        made = prompt_rules.replace(patterns=patterns, max_input_chars=given["max_input_chars"])
        return Response(serializers.PromptRulesForm(made).data)
