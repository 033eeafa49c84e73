"""What changes people and their keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken, Token, UntypedToken

from core.access import reach
from core.accounts import password_reset, two_factor
from core.accounts.authentication import TokenInvalid, hash_secret
from core.accounts.credits import MONTHLY
from core.accounts.password_pace import Pace
from core.accounts.scopes import SCOPES, written
from core.accounts.two_factor import CodeRequired
from core.clock import database_now
from core.errors import Conflict, Invalid, Missing, NotAuthenticated
from core.models import ApiKey, Notifications, User
from core.outbox import queue

SWITCHED = "account_switched"  # a row of the outbox: an account was switched off, or on again


class EmailTaken(Conflict):
    code = "email_taken"


class LastStaff(Conflict):
    """Somebody has to look after the installation."""

    code = "last_staff"


class LoginFailed(NotAuthenticated):
    code = "login_failed"


def register(*, email: str, password: str, name: str = "", **fields: Any) -> User:
    """Make a user, with the credits of the tier unless told otherwise. Raises: EmailTaken, Invalid."""
    check_address(email)
    fields.setdefault("credits", MONTHLY[fields.get("tier", User.Tier.FREE)])
    check_password_strength(password, User(email=email, name=name), field="password")
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name, **fields)
    except IntegrityError as exc:
        raise EmailTaken("There is an account with this e-mail address already") from exc


def check_address(email: str) -> None:
    """Refuse letters beyond ASCII before the @: some of them read as ASCII ones once their case is ignored.

    Raises: Invalid.
    """
    if not email.rpartition("@")[0].isascii():
        raise Invalid("Only ASCII characters may stand before the @.", field="email", reason="not_ascii")


def check_password_strength(password: str, user: User, *, field: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as exc:
        errors = [
            {"field": field, "code": error.code or "invalid", "message": " ".join(error.messages)}
            for error in exc.error_list
        ]
        raise Invalid("The password is too weak", errors=errors) from exc


def log_in(*, email: str, password: str, otp: str = "", ip: str = "", now: datetime) -> User:
    """Return the user of this address and password, and of the code where he has a second factor.

    Raises: LoginFailed, the same for unknown and wrong; CodeRequired, CodeWrong, RateLimited.
    """
    pace = Pace(email, ip)
    pace.check()
    try:
        user = _logged_in(email, password, otp, now)
    except CodeRequired:
        raise
    except NotAuthenticated:
        pace.was_wrong()
        raise
    pace.was_right()
    return user


def _logged_in(email: str, password: str, otp: str, now: datetime) -> User:
    user = User.objects.of_address(email).filter(is_active=True).first()
    if user is None:
        User().set_password(password)  # takes as long as a check, so that time tells nothing
        raise LoginFailed("E-mail address or password is wrong")
    if not user.check_password(password):
        raise LoginFailed("E-mail address or password is wrong")
    two_factor.check(user=user, code=otp, now=now)
    User.objects.filter(pk=user.pk).update(last_login=now)
    user.last_login = now
    return user


def tokens_for(user: User, *, family: str = "") -> tuple[str, str]:
    """Return (access, refresh); `family`: the log-in that they go on with."""
    refresh = RefreshToken.for_user(user)
    refresh["version"] = user.token_version
    refresh["family"] = family or str(refresh["jti"])
    # The copy that the package keeps is what a reused token finds its descendants by.
    OutstandingToken.objects.filter(jti=refresh["jti"]).update(token=str(refresh))
    return str(refresh.access_token), str(refresh)


def refresh_tokens(*, refresh: str) -> tuple[User, str, str]:
    """Trade a refresh token for new ones; it is dead from then on. Raises: TokenInvalid.

    One that was traded before is somebody's copy: all that came of the same log-in ends with it.
    """
    user, token = _refresh_of(refresh)
    try:
        with transaction.atomic():
            OutstandingToken.objects.select_for_update().filter(jti=token["jti"]).first()
            token.check_blacklist()
            token.blacklist()
            access, renewed = tokens_for(user, family=_family_of(token))
    except TokenError as exc:
        _end_family_of(refresh)
        raise TokenInvalid("The refresh token is not valid, or not any more") from exc
    return user, access, renewed


def _family_of(token: Token) -> str:
    return str(token.get("family") or token["jti"])


def _end_family_of(text: str) -> None:
    """Kill what still lives of the log-in that a token is of, where that was traded or signed out before."""
    try:
        token = UntypedToken(text)  # type: ignore[arg-type]  # a text, as below; its signature is looked at
    except TokenError:
        return
    used = BlacklistedToken.objects.filter(token__jti=token.get("jti"))
    if token.get("token_type") != "refresh" or not used.exists():
        return
    living = OutstandingToken.objects.filter(user_id=token["user_id"], blacklistedtoken=None)
    for row in living.filter(expires_at__gt=database_now()):
        with suppress(TokenError):
            if _family_of(UntypedToken(row.token)) == _family_of(token):  # type: ignore[arg-type]  # a text
                BlacklistedToken.objects.get_or_create(token=row)


def user_of_refresh(refresh: str) -> UUID:
    """Return whose refresh token this is. Raises: TokenInvalid."""
    return _refresh_of(refresh)[0].pk


def log_out(*, refresh: str, actor: User) -> None:
    """Kill a refresh token of this user; one that is dead already stays dead."""
    try:
        user, token = _refresh_of(refresh)
    except TokenInvalid:
        return
    if user == actor:
        token.blacklist()


def _refresh_of(text: str) -> tuple[User, RefreshToken]:
    try:
        token = RefreshToken(text)  # type: ignore[arg-type]  # a text; the package's types say Token
        user = User.objects.get(pk=token["user_id"], is_active=True)
    except TokenError as exc:
        _end_family_of(text)
        raise TokenInvalid("The refresh token is not valid, or not any more") from exc
    except (User.DoesNotExist, KeyError, ValueError) as exc:
        raise TokenInvalid("The refresh token is not valid, or not any more") from exc
    if token.get("version") != user.token_version:
        raise TokenInvalid("The refresh token is not valid, or not any more")
    return user, token


def change_password(*, actor: User, current: str, new: str, revoke_keys: bool = False, ip: str = "") -> None:
    """Set a new password; all tokens of the user die, and his keys where he says so. Raises: Invalid, RateLimited."""
    pace = Pace(actor.email, ip)
    pace.check()
    if not actor.check_password(current):
        pace.was_wrong()
        raise Invalid("This is not your current password.", field="current_password", reason="wrong_password")
    check_password_strength(new, actor, field="new_password")
    _set_password(actor, new, revoke_keys=revoke_keys)


@transaction.atomic
def _set_password(user: User, password: str, *, revoke_keys: bool) -> None:
    user.set_password(password)
    User.objects.filter(pk=user.pk).update(password=user.password, token_version=F("token_version") + 1)
    if revoke_keys:
        user.api_keys.update(is_active=False)


def reset_password(*, token: str, password: str, revoke_keys: bool = False) -> None:
    """Set a password by a mailed token. Raises: Invalid."""
    user = password_reset.user_of(token)
    check_password_strength(password, user, field="password")
    _set_password(user, password, revoke_keys=revoke_keys)
    User.objects.filter(pk=user.pk, email_verified_at=None).update(email_verified_at=database_now())


def create_key(
    *, user: User, name: str, expires_at: datetime | None = None, scopes: Iterable[str] = SCOPES
) -> tuple[ApiKey, str]:
    """Make a key; its clear text is returned this once."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32).replace("_", "-")
    key = ApiKey.objects.create(
        user=user, name=name, prefix=prefix, secret_hash=hash_secret(secret), expires_at=expires_at,
        scopes=written(scopes),
    )  # fmt: skip
    return key, f"hdl_{prefix}_{secret}"


def rotate_key(*, key: ApiKey) -> tuple[ApiKey, str]:
    """Give a key a new secret; the old one is refused from then on."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32).replace("_", "-")
    key.prefix, key.secret_hash = prefix, hash_secret(secret)
    key.save(update_fields=["prefix", "secret_hash"])
    return key, f"hdl_{prefix}_{secret}"


def update_key(*, key: ApiKey, **changes: Any) -> ApiKey:
    if "scopes" in changes:
        changes["scopes"] = written(changes["scopes"])
    for name, value in changes.items():
        setattr(key, name, value)
    key.save(update_fields=list(changes))
    return key


def check_no_more_scopes(key: ApiKey, wanted: Iterable[str]) -> None:
    """A key that is out there does not come to more: for that a new one is made. Raises: Invalid."""
    more = set(wanted) - set(key.scopes.split())
    if more:
        raise Invalid(
            f"The key never had {', '.join(sorted(more))}; make a new one.", field="scopes", reason="more_scopes"
        )


def key_of(*, actor: User, key_id: Any) -> ApiKey:
    """Return a key of this user. Raises: Missing."""
    key = reach.owned(ApiKey.objects.filter(pk=key_id), actor, column="user").first()
    if key is None:
        raise Missing("There is no such key")
    return key


@transaction.atomic
def update_user(*, user: User, **changes: Any) -> User:
    """Change what may be changed; who is switched off loses all tokens, and what he runs stands still.

    Raises: LastStaff where nobody who may look after the installation would be left.
    """
    check_staff_is_left(user, changes)
    for name, value in changes.items():
        setattr(user, name, value)
    user.save(update_fields=list(changes) or None)
    if changes.get("is_active") is False:
        User.objects.filter(pk=user.pk).update(token_version=F("token_version") + 1)
    if "is_active" in changes:
        queue.add(SWITCHED, owner_id=user.pk, payload={"user_id": str(user.pk)}, key=f"{SWITCHED}:{user.pk}")
    return user


def check_staff_is_left(user: User, changes: Mapping[str, Any]) -> None:
    """Keep somebody who looks after the installation: two who give it up at once take turns. Raises: LastStaff."""
    if changes.get("is_staff") is not False and changes.get("is_active") is not False:
        return
    staff = User.objects.select_for_update().filter(is_staff=True, is_active=True).order_by("pk")
    if [one.pk for one in staff] == [user.pk]:
        raise LastStaff("This is the last account that looks after the installation; name another one first")


def notifications_of(user: User) -> Notifications:
    """Return what a user wants to be told of; what was never said is as by default."""
    return Notifications.objects.filter(user=user).first() or Notifications(user=user)


def set_notifications(*, user: User, **fields: Any) -> Notifications:
    wanted, _ = Notifications.objects.update_or_create(user=user, defaults=fields)
    return wanted
