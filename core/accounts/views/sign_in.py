"""Getting in and out over HTTP: registration, log-in, tokens, forgotten passwords."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import password_reset, people, registration, serializers, sign_in_links
from core.accounts.two_factor import CodeRequired
from core.accounts.views.tokens import COOKIE, COOKIE_PATH, EXPIRES_S, answer_with_tokens, refresh_given, set_cookie
from core.errors import MalformedJson, NotAuthenticated, WorkflowError
from core.web import abuse, rate_limits
from core.web.rate_limits import Standing
from core.web.tiers import Scope
from core.web.views import ActorView, OpenView, base_url, read_body


class RegisterView(OpenView):
    limit_scope = "auth"

    @extend_schema(request=serializers.RegisterInput, responses={201: serializers.TokensOutput})
    def post(self, request: Request) -> Response:
        user = registration.open_account(**read_body(request, serializers.RegisterInput), now=timezone.now())
        return answer_with_tokens(user, status.HTTP_201_CREATED, cookie=False)


class LoginView(OpenView):
    limit_scope = "auth"

    @extend_schema(request=serializers.LoginInput, responses=serializers.TokensOutput)
    def post(self, request: Request) -> Response:
        given = read_body(request, serializers.LoginInput)
        now = timezone.now()
        try:
            user = people.log_in(
                email=given["email"], password=given["password"], otp=given["otp"], ip=abuse.client_ip(request), now=now
            )
        except CodeRequired:
            raise
        except NotAuthenticated:
            abuse.note(abuse.client_ip(request), "login_failed", now)
            raise
        return answer_with_tokens(user, status.HTTP_200_OK, cookie=given["cookie"])


class SignInLinkView(OpenView):
    """Sign in by the one-time link of the terminal that started the server; on that machine alone."""

    limit_scope = "auth"

    @extend_schema(request=serializers.SignInLinkInput, responses=serializers.TokensOutput)
    def post(self, request: Request) -> Response:
        # With a proxy in front, everybody might seem to come from this machine.
        address = abuse.client_ip(request) if settings.DEMO and not settings.TRUSTED_PROXIES else ""
        given = read_body(request, serializers.SignInLinkInput)
        user = sign_in_links.take(token=given["token"], address=address, now=timezone.now())
        return answer_with_tokens(user, status.HTTP_200_OK, cookie=True)


class RefreshView(OpenView):
    limit_scope = "auth"

    def counted(self, request: Request, scope: Scope) -> Standing | None:
        try:
            given, _ = refresh_given(request)
            user_id = people.user_of_refresh(given)
        except MalformedJson:
            raise
        except WorkflowError:  # whoever it is, it is no user of ours
            return super().counted(request, scope)
        return rate_limits.count_refresh(user_id)

    @extend_schema(request=serializers.RefreshInput, responses=serializers.RefreshedOutput)
    def post(self, request: Request) -> Response:
        given, from_cookie = refresh_given(request)
        _, access, refresh = people.refresh_tokens(refresh=given)
        response = Response({"access": access, "refresh": None if from_cookie else refresh, "expires_in": EXPIRES_S})
        if from_cookie:
            set_cookie(response, refresh)
        return response


class LogoutView(ActorView):
    limit_scope = "auth"

    @extend_schema(request=serializers.RefreshInput, responses={204: serializers.NO_CONTENT})
    def post(self, request: Request) -> Response:
        given, from_cookie = refresh_given(request)
        people.log_out(refresh=given, actor=self.actor)
        response = Response(status=status.HTTP_204_NO_CONTENT)
        if from_cookie:
            response.delete_cookie(COOKIE, path=COOKIE_PATH)
        return response


class SignInOptionsView(OpenView):
    """What the page of signing in offers; it says nothing of anybody."""

    @extend_schema(responses=serializers.SignInOptionsOutput)
    def get(self, request: Request) -> Response:
        return Response({
            "google": all(settings.OAUTH_CLIENTS["GOOGLE"]), "registration": settings.REGISTRATION != "closed",
            "registration_mode": settings.REGISTRATION, "plans": settings.PLANS, "mail": bool(settings.EMAIL_HOST),
        })  # fmt: skip


class PasswordForgotView(OpenView):
    limit_scope = "auth"

    @extend_schema(request=serializers.ForgotInput, responses={202: serializers.EmptyOutput})
    def post(self, request: Request) -> Response:
        given = read_body(request, serializers.ForgotInput)
        password_reset.ask(email=given["email"], page_url=f"{base_url(request)}/app/reset")
        return Response({}, status=status.HTTP_202_ACCEPTED)


class PasswordResetView(OpenView):
    limit_scope = "auth"

    @extend_schema(request=serializers.ResetInput, responses={204: serializers.NO_CONTENT})
    def post(self, request: Request) -> Response:
        people.reset_password(**read_body(request, serializers.ResetInput))
        return Response(status=status.HTTP_204_NO_CONTENT)
