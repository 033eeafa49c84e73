"""What is masked, what is left alone, and that masking takes no longer for hostile texts."""

from __future__ import annotations

import base64
import gc
import json
import logging
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.json import NotStorable, dumps
from core.process.logging import ScrubbingFormatter
from core.text.scrubbing import Secrets, scrubbed, scrubbed_log, scrubbed_text
from core.text.sensitive import MASK, is_secret_key
from tests.thoroughness import examples

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "secret",
    [KEY, "-----BEGIN PRIVATE KEY-----\ncut off", JWT, "Bearer abcdef0123456789", "Basic YW5uOnB3MTIzNDU2", f"hdl_0123456789ab_{'x' * 32}",
     "sk-proj-abcdefghijklmnop", "xoxb-1234567890-abc", "ghp_abcdefghijklmnopqrstuvwxyz012345", "AKIAIOSFODNN7EXAMPLE",
     "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005", "ada@example.org", "+49 30 1234567", "(555) 123-4567",
     "203.0.113.7", "2001:db8::8a2e:370:7334"],
)  # fmt: skip
def test_what_looks_like_a_secret_is_masked(secret: str) -> None:
    assert secret not in scrubbed_text(f"before {secret} after")
    assert scrubbed_text(f"before {secret} after").startswith("before ")


@pytest.mark.parametrize(
    "text",
    ["password=hunter22", 'PASSWORD: "hunter22"', "api_key='hunter22'", '{"clientSecret": "hunter22"}', "?token=hunter22&x=1",
     "postgres://me:hunter22@host/x", "X-Api-Key: hunter22",
     'GET /api/credentials/oauth/callback/?code=hunter22&state=abc HTTP/1.1', "/stream/?after_sequence=1&ticket=hunter22"],
)  # fmt: skip
def test_what_is_said_to_be_secret_is_masked(text: str) -> None:
    assert "hunter22" not in scrubbed_text(text)


@pytest.mark.parametrize(
    "text",
    ["1234 5678 9012 3456", "0000000000000000", "order 20260301093000", "2026-03-01T09:30:00.250Z", "took 12.5 s, line 3",
     "01a2004e-fc92-79d2-a9ae-ca51d99a110d", "version 1.2.3", "127.0.0.1:8000", "the basic authentication failed", "09:30:00",
     "12:34:56:78", "max_tokens: 200 of 400", "ValueError: no stock (line 2)", "https://example.org/a?page=2", "price 1.234.567,89"],
)  # fmt: skip
def test_harmless_texts_stay(text: str) -> None:
    assert scrubbed_text(text) == text


@pytest.mark.parametrize(("name", "expected"), [
    ("password", True), ("userPassword", True), ("api_key", True), ("x-api-key", True), ("Authorization", True),
    ("accessToken", True), ("Set-Cookie", True), ("pin", True), ("token", True), ("max_tokens", False), ("tokens", False),
    ("tokenizer", False), ("shipping", False), ("author", False), ("secretary", False), ("keyboard", False), ("name", False),
])  # fmt: skip
def test_keys_that_hide_what_they_hold(name: str, expected: bool) -> None:
    assert is_secret_key(name) is expected


def test_nested_values_are_scrubbed_by_key_and_by_look() -> None:
    value = {
        "user": {"password": "x", "mail": "ada@example.org", "n": 3},
        "list": [{"token": ["a"]}],
        "secret": None,
        "pin": "",
    }
    assert scrubbed(value) == {
        "user": {"password": MASK, "mail": "[e-mail]", "n": 3}, "list": [{"token": MASK}], "secret": None, "pin": "",
    }  # fmt: skip
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert "…" in str(scrubbed(deep))


def test_secrets_are_known_in_the_forms_they_travel_in() -> None:
    secret = 'pä"ss w&rd/+'
    secrets = Secrets()
    secrets.add([secret, "abc"])
    forms = [secret, quote(secret, safe=""), json.dumps(secret), base64.b64encode(secret.encode()).decode()]
    masked = secrets.masked_text(" ".join(forms))
    assert not any(form.strip('"') in masked for form in forms)
    assert secrets.masked_text("abc") == "abc", "three letters are part of too many words"


def test_values_without_a_secret_are_the_very_same() -> None:
    secrets = Secrets()
    secrets.add(["canary"])
    value = {"a": [1, "x", {"b": None}], "c": "y"}
    assert secrets.masked(value) is value
    assert secrets.masked({"a": ["a canary"], "canary": 1}) == {"a": [f"a {MASK}"], MASK: 1}


def test_logs_know_the_secrets_that_are_open_and_forget_them_with_their_run() -> None:
    secrets = Secrets()
    secrets.add(["open-canary"])
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "it was %s", ("open-canary",), None)
    try:
        raise ValueError("open-canary")
    except ValueError as exc:
        record.exc_info = (type(exc), exc, exc.__traceback__)
    written = ScrubbingFormatter("%(message)s").format(record)
    assert "canary" not in written.replace('"open-canary"', ""), "the line of code itself stands in the traceback"
    del secrets
    gc.collect()
    assert scrubbed_log("open-canary") == "open-canary"


def test_all_that_writes_logs_masks() -> None:
    """The server's own loggers too."""
    names = ["", "uvicorn", "uvicorn.error", "uvicorn.access", "celery", "django", "django.request", "django.server"]
    for name in names:
        logger: logging.Logger | None = logging.getLogger(name)
        while logger is not None:
            ours = [one for one in logger.handlers if type(one) is logging.StreamHandler]
            assert all(isinstance(one.formatter, ScrubbingFormatter) for one in ours), name
            logger = logger.parent if logger.propagate else None
    assert any(type(one) is logging.StreamHandler for one in logging.getLogger().handlers)


@pytest.mark.parametrize(
    "text",
    ["a-" * 100_000, "password " * 20_000, "-----BEGIN RSA PRIVATE KEY-----" * 6_000, "1" * 200_000, "1 " * 100_000,
     "a@" * 100_000, "a" * 200_000, "eyJ" * 60_000, "Bearer " * 30_000, "+1 " * 60_000, "1:" * 100_000, "://" * 60_000,
     "password" + " " * 190_000, "a." * 100_000],
)  # fmt: skip
@pytest.mark.timeout(30)  # what is quadratic takes minutes
def test_no_text_takes_long(text: str) -> None:
    assert len(scrubbed_text(text)) <= 210_000


@given(secret=st.text(min_size=4, max_size=30), before=st.text(max_size=10))
@settings(max_examples=examples(300), deadline=None)
def test_a_secret_is_found_in_json_wherever_it_would_be_masked(secret: str, before: str) -> None:
    secrets = Secrets()
    secrets.add([secret])
    try:
        raw = dumps({"a": [before + secret]})
    except NotStorable:
        return
    assert secrets.stand_in(raw)
    assert secret not in secrets.masked({"a": [before + secret]})["a"][0].replace(MASK, "")
