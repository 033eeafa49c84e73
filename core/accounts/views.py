"""People, keys and log-in over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import (
    google,
    password_reset,
    people,
    registration,
    scopes,
    serializers,
    sign_in_links,
    two_factor,
)
from core.accounts.authentication import TokenInvalid
from core.accounts.password_pace import Pace
from core.accounts.permissions import IsStaff
from core.accounts.scopes import SCOPES
from core.accounts.two_factor import CodeRequired
from core.errors import Forbidden, Invalid, MalformedJson, Missing, NotAuthenticated, WorkflowError
from core.models import ApiKey, AuditEntry, BlockedIp, SecondFactor, User
from core.text import prompt_rules
from core.text.for_models import PromptPattern
from core.values.hosts import readable_parts
from core.web import abuse, rate_limits
from core.web.rate_limits import Standing
from core.web.tiers import Scope
from core.web.views import ActorView, LimitedView, Listing, OpenView, base_url, read_body

COOKIE = "heddle_refresh"
COOKIE_PATH = "/api/auth/"
EXPIRES_S = int(settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"].total_seconds())  # type: ignore[attr-defined]  # a value of mixed types in a mapping
NO_CONTENT = OpenApiResponse(description="Done")


def _tokens(user: User, status_code: int, *, cookie: bool) -> Response:
    access, refresh = people.tokens_for(user)
    body = {
        "access": access,
        "refresh": None if cookie else refresh,
        "expires_in": EXPIRES_S,
        "user": serializers.UserOutput(user).data,
    }
    response = Response(body, status=status_code)
    if cookie:
        _set_cookie(response, refresh)
    return response


def _set_cookie(response: Response, refresh: str) -> None:
    lifetime: Any = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    response.set_cookie(
        COOKIE, refresh, max_age=int(lifetime.total_seconds()), httponly=True, secure=settings.PRODUCTION,
        samesite="Strict", path=COOKIE_PATH,
    )  # fmt: skip


def _refresh_given(request: Request) -> tuple[str, bool]:
    """Return (refresh token, whether it came as a cookie). A cookie counts only from our own origin."""
    given = str(read_body(request, serializers.RefreshInput)["refresh"])
    if given:
        return given, False
    cookie = request.COOKIES.get(COOKIE, "")
    if not cookie:
        raise TokenInvalid("No refresh token was sent")
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin and readable_parts(origin).netloc != request.get_host() and origin not in settings.CORS_ALLOWED_ORIGINS:
        raise Forbidden("This origin may not use the cookie")
    return cookie, True


class RegisterView(OpenView):
    limit_scope = "auth"

    @extend_schema(request=serializers.RegisterInput, responses={201: serializers.TokensOutput})
    def post(self, request: Request) -> Response:
        user = registration.open_account(**read_body(request, serializers.RegisterInput), now=timezone.now())
        return _tokens(user, status.HTTP_201_CREATED, cookie=False)


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
        return _tokens(user, status.HTTP_200_OK, cookie=given["cookie"])


class SignInLinkView(OpenView):
    """Sign in by the one-time link of the terminal that started the server; on that machine alone."""

    limit_scope = "auth"

    @extend_schema(request=serializers.SignInLinkInput, responses=serializers.TokensOutput)
    def post(self, request: Request) -> Response:
        # With a proxy in front, everybody might seem to come from this machine.
        address = abuse.client_ip(request) if settings.DEMO and not settings.TRUSTED_PROXIES else ""
        given = read_body(request, serializers.SignInLinkInput)
        user = sign_in_links.take(token=given["token"], address=address, now=timezone.now())
        return _tokens(user, status.HTTP_200_OK, cookie=True)


class RefreshView(OpenView):
    limit_scope = "auth"

    def counted(self, request: Request, scope: Scope) -> Standing | None:
        try:
            given, _ = _refresh_given(request)
            user_id = people.user_of_refresh(given)
        except MalformedJson:
            raise
        except WorkflowError:  # whoever it is, it is no user of ours
            return super().counted(request, scope)
        return rate_limits.count_refresh(user_id)

    @extend_schema(request=serializers.RefreshInput, responses=serializers.RefreshedOutput)
    def post(self, request: Request) -> Response:
        given, from_cookie = _refresh_given(request)
        _, access, refresh = people.refresh_tokens(refresh=given)
        response = Response({"access": access, "refresh": None if from_cookie else refresh, "expires_in": EXPIRES_S})
        if from_cookie:
            _set_cookie(response, refresh)
        return response


class LogoutView(ActorView):
    limit_scope = "auth"

    @extend_schema(request=serializers.RefreshInput, responses={204: NO_CONTENT})
    def post(self, request: Request) -> Response:
        given, from_cookie = _refresh_given(request)
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


def _signed_in(request: Request) -> User | None:
    """Return who signed in himself: a key joins no accounts."""
    return request.user if isinstance(request.user, User) and not isinstance(request.auth, ApiKey) else None


class GoogleInitView(LimitedView):
    """For anybody; who is signed in can join his account with a Google account."""

    limit_scope = "auth"
    permission_classes = [AllowAny]

    @extend_schema(request=serializers.GoogleInitInput, responses=serializers.GoogleInitOutput)
    def post(self, request: Request) -> Response:
        given = read_body(request, serializers.GoogleInitInput)
        url, state = google.begin_login(
            redirect_uri=given["redirect_uri"],
            base_url=base_url(request),
            actor=_signed_in(request),
            now=timezone.now(),
        )
        return Response({"authorization_url": url, "state": state})


class GoogleCallbackView(LimitedView):
    """For anybody; who is signed in joins his account with the Google account."""

    limit_scope = "auth"
    permission_classes = [AllowAny]

    @extend_schema(request=serializers.GoogleCallbackInput, responses=serializers.TokensOutput)
    def post(self, request: Request) -> Response:
        given = read_body(request, serializers.GoogleCallbackInput)
        actor = _signed_in(request)
        user, _ = google.finish_login(
            code=given["code"], state=given["state"], actor=actor, otp=given["otp"], now=timezone.now()
        )
        return _tokens(user, status.HTTP_200_OK, cookie=given["cookie"])


class PasswordForgotView(OpenView):
    limit_scope = "auth"

    @extend_schema(request=serializers.ForgotInput, responses={202: serializers.EmptyOutput})
    def post(self, request: Request) -> Response:
        given = read_body(request, serializers.ForgotInput)
        password_reset.ask(email=given["email"], page_url=f"{base_url(request)}/app/reset")
        return Response({}, status=status.HTTP_202_ACCEPTED)


class PasswordResetView(OpenView):
    limit_scope = "auth"

    @extend_schema(request=serializers.ResetInput, responses={204: NO_CONTENT})
    def post(self, request: Request) -> Response:
        people.reset_password(**read_body(request, serializers.ResetInput))
        return Response(status=status.HTTP_204_NO_CONTENT)


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

    @extend_schema(request=serializers.SecondFactorOffInput, responses={204: NO_CONTENT})
    def delete(self, request: Request) -> Response:
        given = self.body(serializers.SecondFactorOffInput)
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

    @extend_schema(request=serializers.CodeInput, responses=serializers.RecoveryCodesOutput)
    def post(self, request: Request) -> Response:
        code = self.body(serializers.CodeInput)["code"]
        return Response({"recovery_codes": two_factor.confirm(user=self.actor, code=code, now=timezone.now())})


class PasswordView(ActorView):
    limit_scope = "auth"
    key_scope = {"post": "session"}

    @extend_schema(request=serializers.PasswordInput, responses={204: NO_CONTENT})
    def post(self, request: Request) -> Response:
        given = self.body(serializers.PasswordInput)
        people.change_password(
            actor=self.actor, current=given["current_password"], new=given["new_password"],
            revoke_keys=given["revoke_keys"], ip=abuse.client_ip(request),
        )  # fmt: skip
        return Response(status=status.HTTP_204_NO_CONTENT)


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
        parameters=[serializers.UserDeleteQuery], responses={204: NO_CONTENT},
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

    @extend_schema(responses={204: NO_CONTENT})
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

    @extend_schema(responses={204: NO_CONTENT})
    def delete(self, request: Request, key_id: Any) -> Response:
        _key_to_change(self, key_id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class KeyRotateView(ActorView):
    @extend_schema(request=None, responses=serializers.ApiKeyCreatedOutput)
    def post(self, request: Request, key_id: Any) -> Response:
        key, clear = people.rotate_key(key=_key_to_change(self, key_id))
        return Response({**serializers.ApiKeyOutput(key).data, "key": clear})
