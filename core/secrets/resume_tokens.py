"""Tokens by which somebody without a login resumes a run that waits for a signal."""

from __future__ import annotations

from django.core import signing

_SALT = "heddle.resume"


def resume_token(execution_id: object) -> str:
    return signing.Signer(salt=_SALT).sign(str(execution_id))


def execution_of(token: str) -> str | None:
    """Return the id of the run a token is for, or None where it is none of ours."""
    try:
        return signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
