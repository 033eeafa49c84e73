"""A second factor for log-ins: codes by time from an app, and ten recovery codes that work once each.

A code works once, even within its half minute. Guesses are counted per user, after the right password only: nobody is
locked out by his name.
Source: RFC 6238 (TOTP).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from django.conf import settings
from django.db import transaction

from core.errors import Conflict, Forbidden, Invalid, NotAuthenticated
from core.models import SecondFactor, User
from core.redis.counters import COUNTERS
from core.secrets.sealing import key_ring

RECOVERY_CODES = 10
STEP_S = 30
MOST_GUESSES, GUESS_WINDOW_S = 5, 900


class CodeRequired(NotAuthenticated):
    """The password is right; a code is needed too."""

    code = "otp_required"


class CodeWrong(NotAuthenticated):
    code = "login_failed"


class SecondFactorExists(Conflict):
    code = "two_factor_on"


class SecondFactorNeeded(Forbidden):
    """This installation lets staff in with a second factor only."""

    code = "two_factor_required"


def place_of(user: User) -> str:
    return f"second_factor:{user.pk}"


def is_on(user: User) -> bool:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


def begin(*, user: User) -> tuple[str, str]:
    """Make a secret; it counts once a code of it was given. Returns (secret, otpauth URL).

    Raises: SecondFactorExists.
    """
    if is_on(user):
        raise SecondFactorExists("A second factor is on already; turn it off first")
    secret = pyotp.random_base32()
    sealed = key_ring().seal(secret, place_of(user))
    SecondFactor.objects.update_or_create(
        user=user, defaults={"sealed": sealed, "confirmed_at": None, "last_step": 0, "recovery": []}
    )
    return secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name="Heddle")


@transaction.atomic
def confirm(*, user: User, code: str, now: datetime) -> list[str]:
    """Turn the second factor on; returns the recovery codes, this once. Raises: Invalid, SecondFactorExists.

    Who asks has to have shown that he is the user (`check_password`): else whoever finds an open page shuts him out.
    """
    row = SecondFactor.objects.select_for_update().filter(user=user).first()
    if row is None:
        raise Invalid("Begin first.", field="code")
    if row.confirmed_at is not None:
        raise SecondFactorExists("A second factor is on already")
    step = _step_of(row, user, code, now)
    if step is None:
        raise Invalid("This code is not right.", field="code")
    codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]
    row.confirmed_at, row.last_step, row.recovery = now, step, [_hash(one) for one in codes]
    row.save()
    return codes


def check_password(*, user: User, password: str) -> None:
    """Check the password of somebody who has one; who signs in by another service has none. Raises: Invalid."""
    if user.has_usable_password() and not user.check_password(password):
        raise Invalid("This is not your password.", field="password", reason="wrong_password")


def turn_off(*, user: User, password: str, code: str, now: datetime) -> None:
    """Take the second factor away. Raises: Invalid, CodeRequired, CodeWrong."""
    check_password(user=user, password=password)
    check(user=user, code=code, now=now)
    SecondFactor.objects.filter(user=user).delete()


def check(*, user: User, code: str, now: datetime) -> None:
    """Check a log-in's code, where the user has a second factor. Raises: CodeRequired, CodeWrong."""
    if not is_on(user):
        return
    if not code:
        raise CodeRequired("A code of your second factor is needed")
    key = f"heddle:otp:{user.pk}"
    guesses = COUNTERS.read(key, add=1, lasts_s=GUESS_WINDOW_S)
    if guesses is not None and guesses[0] > MOST_GUESSES:
        raise CodeWrong("Too many codes were tried; try again later")
    if not _used(user, code, now):
        raise CodeWrong("The code is wrong")
    COUNTERS.forget(key)


def check_for_admin_key(*, user: User, code: str, now: datetime) -> None:
    """Ask staff with a second factor for a code before a key is made that may do what staff may.

    Raises: SecondFactorNeeded where this installation wants staff to have one, Invalid, CodeWrong.
    """
    if not user.is_staff:
        return
    if settings.STAFF_NEEDS_TWO_FACTOR and not is_on(user):
        raise SecondFactorNeeded("Staff need a second factor here; turn it on for your account")
    if is_on(user) and not code:
        raise Invalid("A code of your second factor is needed for the scope admin.", field="otp", reason="otp_required")
    try:
        check(user=user, code=code, now=now)
    except CodeWrong as exc:
        raise Invalid(exc.message, field="otp", reason="otp_wrong") from exc


@transaction.atomic
def _used(user: User, code: str, now: datetime) -> bool:
    """Use a code up; returns whether it was right."""
    row = SecondFactor.objects.select_for_update().get(user=user)
    step = _step_of(row, user, code, now)
    if step is not None:
        row.last_step = step
    elif (hashed := _hash(code.strip().lower())) in row.recovery:
        row.recovery = [one for one in row.recovery if one != hashed]
    else:
        return False
    row.save()
    return True


def _step_of(row: SecondFactor, user: User, code: str, now: datetime) -> int | None:
    """Return the half minute a code is of: this one, or one beside it, and not one that was used."""
    totp = pyotp.TOTP(key_ring().open(row.sealed, place_of(user)))
    current = int(now.timestamp()) // STEP_S
    given = code.replace(" ", "")
    for step in (current, current - 1, current + 1):
        if step > row.last_step and hmac.compare_digest(totp.at(step * STEP_S).encode(), given.encode()):
            return step
    return None


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
