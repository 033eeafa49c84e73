"""The Crypto node: hashes, HMACs, signatures of nothing but text, random values."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import uuid
from typing import Any, Literal

from pydantic import Field

from core.values.compare import text_of
from core.values.paths import set_path
from nodes import costs
from nodes.base import CredentialSlot, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.items import Item

Algorithm = Literal["md5", "sha1", "sha256", "sha384", "sha512", "sha3-256", "sha3-512"]


class CryptoParams(NodeParams):
    action: Literal["hash", "hmac", "generate", "base64_encode", "base64_decode"] = Field(
        default="hash", title="Action"
    )
    type: Algorithm = Field(default="sha256", title="Algorithm")
    value: Any = Field(default="", title="Value")
    binary_property: str = Field(default="", title="File", description="Hash this file instead of the value")
    secret: str = Field(default="", title="Secret", description="Better: a credential")
    encoding: Literal["hex", "base64"] = Field(default="hex", title="Written as")
    generate: Literal["uuid", "hex", "base64", "ascii"] = Field(default="uuid", title="Random value")
    length: int = Field(default=32, ge=1, le=4096, title="Length")
    data_property_name: str = Field(default="data", min_length=1, title="Put it into")
    file_property: str = Field(
        default="", title="Decode into the file", description="Name of a file for the bytes; empty: text",
        json_schema_extra={"show_if": {"field": "action", "in": ["base64_decode"]}},
    )  # fmt: skip


class Crypto(NodeType[CryptoParams]):
    """Hash, sign or make up a value. Raises: NodeFailed "credential_missing", "invalid_input"."""

    kind = "crypto"
    Params = CryptoParams
    credentials = (CredentialSlot("secret", ("hmac",)),)
    look = Look(
        label="Crypto",
        description="Hashes, HMACs and random values.",
        category="data",
        icon="fingerprint",
        color="#d97706",
        summary="{{ action }}",
        aliases=("hash", "sign", "uuid", "random", "base64"),
        docs="MD5 and SHA-1 are there for other systems' sake; they protect nothing. What is no text is hashed as its "
        "JSON. Decoded base64 that is no text is an error, unless it goes into a file.",
    )

    async def run(self, params: CryptoParams, item: Item, ctx: NodeContext) -> NodeResult:
        value = await self._value(params, item, ctx)
        made = {key: item[key] for key in item if key != "pairedItem"}
        if isinstance(value, bytes):
            saved = await ctx.files.save(value, file_name="data.bin", mime_type="application/octet-stream")
            return NodeResult({"main": [{**made, "binary": {**item.get("binary", {}), params.file_property: saved}}]})
        return NodeResult({"main": [{**made, "json": set_path(item["json"], params.data_property_name, value)}]})

    async def _value(self, params: CryptoParams, item: Item, ctx: NodeContext) -> str | bytes:
        if params.action == "generate":
            return generated(params)
        content = await self._content(params, item, ctx)
        secret = ""
        if params.action == "hmac":
            held = await ctx.credentials.get("secret")
            secret = held[1].get("secret", "") if held else params.secret
            if not secret:
                raise NodeFailed("credential_missing", "An HMAC needs a secret")
        if params.action == "base64_decode" and params.file_property:
            return decoded(content)
        return await ctx.compute(computed, params, content, secret, cost_ms=costs.of_text(content, 7))

    async def _content(self, params: CryptoParams, item: Item, ctx: NodeContext) -> bytes:
        if not params.binary_property:
            value = "" if params.value is None else params.value
            text = value if isinstance(value, str) else await ctx.compute(text_of, value, cost_ms=costs.of_value(value))
            return text.encode()
        reference = item.get("binary", {}).get(params.binary_property)
        if reference is None:
            raise NodeFailed("file_missing", f"The item has no file {params.binary_property!r}")
        return await ctx.files.load(reference)


def computed(params: CryptoParams, content: bytes, secret: str) -> str:
    """Return what an action makes of some content. Raises: NodeFailed."""
    if params.action == "base64_encode":
        return base64.b64encode(content).decode()
    if params.action == "base64_decode":
        try:
            text = decoded(content).decode()
        except UnicodeDecodeError as exc:
            raise NodeFailed("invalid_input", "The value holds bytes that are no text: put them into a file") from exc
        if "\x00" in text:
            raise NodeFailed("invalid_input", "The value holds U+0000, which text may not: put it into a file")
        return text
    if params.action == "hash":
        return _written(hashlib.new(_name(params.type), content, usedforsecurity=False).digest(), params)
    return _written(hmac.new(secret.encode(), content, _name(params.type)).digest(), params)


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")


def decoded(content: bytes) -> bytes:
    """Return the bytes of a base64 text, of either alphabet, with or without its padding. Raises: NodeFailed."""
    plain = content.translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n\f\v").rstrip(b"=")
    try:
        if _NOT_BASE64.search(plain):
            raise ValueError
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError as exc:
        raise NodeFailed("invalid_input", "The value is not base64") from exc


def _name(algorithm: str) -> str:
    return algorithm.replace("-", "_")


def _written(digest: bytes, params: CryptoParams) -> str:
    return digest.hex() if params.encoding == "hex" else base64.b64encode(digest).decode()


def generated(params: CryptoParams) -> str:
    if params.generate == "uuid":
        return str(uuid.uuid4())
    if params.generate == "hex":
        return secrets.token_hex(params.length)[: params.length]
    if params.generate == "base64":
        return base64.b64encode(secrets.token_bytes(params.length)).decode()
    return "".join(
        secrets.choice("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") for _ in range(params.length)
    )
