"""What people see and change of their own account over HTTP."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import people, serializers, two_factor
from core.accounts.password_pace import Pace
from core.accounts.two_factor import CodeRequired
from core.errors import Invalid, NotAuthenticated
from core.models import SecondFactor
from core.web import abuse
from core.web.views import ActorView


class MeView(ActorView):
    @extend_schema(responses=serializers.UserOutput)
    def get(self, request: Request) -> Response:
        return Response(serializers.UserOutput(self.actor).data)

    @extend_schema(request=serializers.ProfileInput, responses=serializers.UserOutput)
    def patch(self, request: Request) -> Response:
        user = people.update_user(user=self.actor, **self.body(serializers.ProfileInput, partial=True))
        return Response(serializers.UserOutput(user).data)


class NotificationsView(ActorView):
    @extend_schema(responses=serializers.NotificationsOutput)
    def get(self, request: Request) -> Response:
        return Response(serializers.NotificationsOutput(people.notifications_of(self.actor)).data)

    @extend_schema(request=serializers.NotificationsOutput, responses=serializers.NotificationsOutput)
    def patch(self, request: Request) -> Response:
        given = self.body(serializers.NotificationsOutput, partial=True)
        wanted = people.set_notifications(user=self.actor, **given)
        return Response(serializers.NotificationsOutput(wanted).data)


class SecondFactorView(ActorView):
    limit_scope = "auth"
    key_scope = {"post": "session", "delete": "session"}

    @extend_schema(responses=serializers.SecondFactorOutput)
    def get(self, request: Request) -> Response:
        row = SecondFactor.objects.filter(user=self.actor, confirmed_at__isnull=False).first()
        return Response({"is_on": row is not None, "recovery_codes_left": len(row.recovery) if row else 0})

    @extend_schema(request=None, responses={201: serializers.SecondFactorBegunOutput})
    def post(self, request: Request) -> Response:
        secret, url = two_factor.begin(user=self.actor)
        return Response({"secret": secret, "otpauth_url": url}, status=status.HTTP_201_CREATED)

    @extend_schema(request=serializers.SecondFactorInput, responses={204: serializers.NO_CONTENT})
    def delete(self, request: Request) -> Response:
        given = self.body(serializers.SecondFactorInput)
        pace = Pace(self.actor.email, abuse.client_ip(request))
        pace.check()
        try:
            two_factor.turn_off(user=self.actor, password=given["password"], code=given["code"], now=timezone.now())
        except CodeRequired:
            raise
        except (Invalid, NotAuthenticated):
            pace.was_wrong()
            raise
        return Response(status=status.HTTP_204_NO_CONTENT)


class SecondFactorConfirmView(ActorView):
    limit_scope = "auth"
    key_scope = {"post": "session"}

    @extend_schema(request=serializers.SecondFactorInput, responses=serializers.RecoveryCodesOutput)
    def post(self, request: Request) -> Response:
        """Turn it on, with its first code and the password."""
        given = self.body(serializers.SecondFactorInput)
        pace = Pace(self.actor.email, abuse.client_ip(request))
        pace.check()
        try:
            two_factor.check_password(user=self.actor, password=given["password"])
        except Invalid:
            pace.was_wrong()
            raise
        codes = two_factor.confirm(user=self.actor, code=given["code"], now=timezone.now())
        return Response({"recovery_codes": codes})


class PasswordView(ActorView):
    limit_scope = "auth"
    key_scope = {"post": "session"}

    @extend_schema(request=serializers.PasswordInput, responses={204: serializers.NO_CONTENT})
    def post(self, request: Request) -> Response:
        given = self.body(serializers.PasswordInput)
        people.change_password(
            actor=self.actor, current=given["current_password"], new=given["new_password"],
            revoke_keys=given["revoke_keys"], ip=abuse.client_ip(request),
        )  # fmt: skip
        return Response(status=status.HTTP_204_NO_CONTENT)
