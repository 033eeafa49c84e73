"""Signing in to the administration site: by the rules of the API's log-in, and for staff alone."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from core.accounts import people, two_factor
from core.accounts.password_pace import Pace
from core.accounts.people import LoginFailed
from core.accounts.two_factor import CodeRequired, SecondFactorNeeded
from core.asgi.callers import network_of
from core.errors import NotAuthenticated, RateLimited, WorkflowError
from core.models import SecondFactor, User
from core.web import abuse, rate_limits

SESSION_MARK = "second_factor"
LONGEST_PASSWORD = 200


def passed_second_factor(request: HttpRequest) -> bool:
    """Tell whether a session was begun with the second factor that its user has now, or needs none."""
    user = request.user
    if not isinstance(user, User):
        return False
    mark = mark_of(user)
    if not mark:
        return not settings.STAFF_NEEDS_TWO_FACTOR
    return bool(request.session.get(SESSION_MARK) == mark)


def mark_of(user: User) -> str:
    """Return what a session remembers of the second factor it was begun with: "" where the user has none."""
    row = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).only("confirmed_at").first()
    return row.confirmed_at.isoformat() if row is not None and row.confirmed_at is not None else ""


def _admit(ip: str) -> None:
    """Count a try at the door that the API's log-in has. Raises: IpBlocked, RateLimited."""
    now = timezone.now()
    abuse.check(ip, now)
    standing = rate_limits.count_open("auth", network_of(ip))
    if standing is not None and standing.is_over:
        abuse.note(ip, "rate_limited", now)
        refusal = RateLimited(f"At most {standing.limit} such calls are allowed at a time", scope="auth")
        refusal.retry_in_s = max(standing.reset_at - int(time.time()), 1)
        raise refusal


def staff_by_password(*, email: str, password: str, otp: str, ip: str) -> User:
    """Return the member of staff of this address, password and code.

    Raises: LoginFailed, CodeRequired, CodeWrong, SecondFactorNeeded, RateLimited, IpBlocked.
    """
    _admit(ip)
    try:
        user = people.log_in(email=email, password=password, otp=otp, ip=ip, now=timezone.now())
        if not user.is_staff:
            raise LoginFailed("E-mail address or password is wrong")
    except CodeRequired:
        raise
    except NotAuthenticated:
        abuse.note(ip, "login_failed", timezone.now())
        raise
    if settings.STAFF_NEEDS_TWO_FACTOR and not two_factor.is_on(user):
        raise SecondFactorNeeded("Staff need a second factor here; turn it on for your account")
    return user


class LoginForm(AuthenticationForm):
    """E-mail address, password, and the code of a second factor."""

    otp = forms.CharField(
        label="Code of your second factor, where you have one", required=False, max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )  # fmt: skip
    problem: WorkflowError | None = None

    def __init__(self, request: Any = None, *arguments: Any, **keywords: Any) -> None:
        super().__init__(request, *arguments, **keywords)
        self._ip = abuse.client_ip(request) if request is not None else ""
        self.fields["username"].label = "E-mail address"
        self.fields["password"] = forms.CharField(
            label="Password", strip=False, max_length=LONGEST_PASSWORD,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "username" in given and "password" in given and "otp" in given:
            try:
                self.user_cache = staff_by_password(
                    email=given["username"], password=given["password"], otp=given["otp"],
                    ip=self._ip,
                )  # fmt: skip
            except WorkflowError as exc:
                self.problem = exc
                raise ValidationError(exc.message, code=exc.code) from exc
        return given


class PasswordForm(PasswordChangeForm):
    """The current password is asked for at the API's pace."""

    def __init__(self, *arguments: Any, ip: str, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._ip = ip

    def clean_old_password(self) -> str:
        pace = Pace(self.user.email, self._ip)
        try:
            pace.check()
        except RateLimited as exc:
            raise ValidationError(exc.message, code=exc.code) from exc
        try:
            return super().clean_old_password()
        except ValidationError:
            pace.was_wrong()
            raise
