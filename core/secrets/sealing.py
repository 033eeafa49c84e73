"""Sealing: AES-256-GCM with a key id in each blob, bound to where the value belongs.

blob = {"v": 1, "key": key id, "dek": data key sealed by the key ring, "data": value sealed by the data key}. Both parts
are base64 with their 12-byte nonce in front. The place (owner, row, field) is associated data of both.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
KEY_BYTES = 32


class CannotUnseal(ValueError):
    """A blob that was not sealed by these keys for this place."""


class KeyRing:
    """Keys by id; the first one seals, all of them open."""

    def __init__(self, text: str) -> None:
        """Read `id:base64,id:base64`. Raises: ValueError, which names the entry and nothing of its key."""
        self._keys: dict[str, bytes] = {}
        for number, entry in enumerate(text.split(","), 1):
            name, colon, encoded = entry.strip().partition(":")
            if not name or not colon:
                raise ValueError(f"entry {number} is not `id:base64`")
            if name in self._keys:
                raise ValueError(f"entry {number} has the id of an earlier one")
            self._keys[name] = _key(encoded, number)
        self.current = next(iter(self._keys))

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all keys."""
        return frozenset(self._keys)

    def seal(self, clear: str, place: str) -> dict[str, Any]:
        """Seal a text for a place."""
        data_key = AESGCM.generate_key(256)
        bound = place.encode()
        return {
            "v": 1,
            "key": self.current,
            "dek": _sealed(self._keys[self.current], data_key, bound),
            "data": _sealed(data_key, clear.encode(), bound),
        }

    def rewrapped(self, blob: Mapping[str, Any], place: str) -> dict[str, Any]:
        """Return a blob whose data key the current key seals; the value stays sealed. Raises: CannotUnseal."""
        data_key = self._data_key(blob, place)
        return {**blob, "key": self.current, "dek": _sealed(self._keys[self.current], data_key, place.encode())}

    def open(self, blob: Mapping[str, Any], place: str) -> str:
        """Return the clear text. Raises: CannotUnseal."""
        data_key = self._data_key(blob, place)
        try:
            return _opened(data_key, str(blob["data"]), place.encode()).decode()
        except (InvalidTag, KeyError, ValueError) as exc:
            raise CannotUnseal("the sealed value does not belong here") from exc

    def _data_key(self, blob: Mapping[str, Any], place: str) -> bytes:
        key = self._keys.get(str(blob.get("key")))
        if key is None:
            raise CannotUnseal(f"the key {blob.get('key')!r} is not in the key ring")
        try:
            return _opened(key, str(blob["dek"]), place.encode())
        except (InvalidTag, KeyError, ValueError) as exc:
            raise CannotUnseal("the sealed value does not belong here") from exc


@lru_cache(maxsize=1)
def key_ring() -> KeyRing:
    """Return the keys of this installation."""
    return KeyRing(settings.CREDENTIAL_KEYS)


def _key(encoded: str, number: int) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"the key of entry {number} is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"the key of entry {number} has {len(key)} bytes, not {KEY_BYTES}")
    return key


def _sealed(key: bytes, clear: bytes, bound: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, clear, bound)).decode()


def _opened(key: bytes, text: str, bound: bytes) -> bytes:
    raw = base64.b64decode(text)
    return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound)
