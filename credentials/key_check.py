"""Do the keys of this installation open what is stored? Asked as a process starts, by a few rows of each table."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from psycopg_pool import PoolTimeout

from core.accounts import two_factor
from core.models import SecondFactor
from core.secrets.sealing import CannotUnseal, key_ring
from credentials import kept, variables
from credentials.models import Credential, KeptSecret, Variable
from credentials.vault import place_of

REMEDY = "Add the key that sealed them, or name its id in HEDDLE_LOST_KEYS to go on without what it sealed"


class KeysDoNotFit(RuntimeError):
    """What is stored was sealed by a key that is not here; the message names its id."""


def check_keys() -> None:
    """Try the oldest and the newest sealed value of each kind; a database that does not answer is not waited for.

    Raises: KeysDoNotFit.
    """
    lost = set(settings.LOST_KEYS)
    try:
        found = list(_samples())
    except (DatabaseError, PoolTimeout, OSError):
        return  # health tells of it, and of tables that are not there yet
    for what, blob, place in found:
        _check(what, blob, place, lost)


def _samples() -> Iterator[tuple[str, Any, str]]:
    for order in ("pk", "-pk"):
        for credential in Credential.objects.exclude(sealed={}).order_by(order)[:1]:
            for field, blob in credential.sealed.items():
                yield "credentials", blob, place_of(credential.owner_id, credential.pk, field)
        for factor in SecondFactor.objects.select_related("user").order_by(order)[:1]:
            yield "second factors", factor.sealed, two_factor.place_of(factor.user)
        for secret in KeptSecret.objects.order_by(order)[:1]:
            yield "secrets of triggers", secret.sealed, kept.place_of(secret)
        for variable in Variable.objects.filter(sealed__isnull=False).order_by(order)[:1]:
            yield "secret variables", variable.sealed, variables.place_of(variable)


def _check(what: str, blob: Any, place: str, lost: Collection[str]) -> None:
    key = str(blob.get("key")) if isinstance(blob, dict) else ""
    if not key or key in lost:
        return
    if key not in key_ring().ids:
        raise KeysDoNotFit(f"HEDDLE_CREDENTIAL_KEYS lacks the key {key!r}, which sealed {what}. {REMEDY}")
    try:
        key_ring().open(blob, place)
    except CannotUnseal:
        raise KeysDoNotFit(
            f"the key {key!r} of HEDDLE_CREDENTIAL_KEYS is not the one of this id that sealed {what}. {REMEDY}"
        ) from None
