"""Are the secrets of an installation fit for use? Asked before anything starts; no answer shows any of one."""

from __future__ import annotations

from core.secrets.sealing import KeyRing

SHORTEST = 32  # characters; tokens are signed with HMAC-SHA-256
FEWEST_DIFFERENT = 8
PLACEHOLDERS = (
    "changeme", "change-me", "change_me", "change me", "replace", "placeholder", "insecure", "example", "your-secret",
    "your_secret", "secretkey", "secret-key", "secret_key", "password", "notasecret", "12345678", "xxxxxxxx",
)  # fmt: skip


def fault_of_secret_key(key: str) -> str | None:
    """Return why a key is not fit to sign tokens with."""
    if len(key) < SHORTEST:
        return f"SECRET_KEY has {len(key)} characters; at least {SHORTEST} are needed"
    if len(set(key)) < FEWEST_DIFFERENT:
        return f"SECRET_KEY has {len(set(key))} different characters; use a random one"
    if any(text in key.lower() for text in PLACEHOLDERS):
        return "SECRET_KEY is a placeholder; use a random one"
    return None


def fault_of_credential_keys(text: str) -> str | None:
    """Return why a text is no ring of credential keys."""
    try:
        KeyRing(text)
    except ValueError as exc:
        return f"HEDDLE_CREDENTIAL_KEYS cannot be used: {exc}"
    return None
