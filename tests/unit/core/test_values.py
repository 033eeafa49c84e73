"""Paths, comparison, times, sealing: the small rules that everything uses."""

from __future__ import annotations

import base64
import re
import time
import unicodedata
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.asgi.middleware import canonical_path
from core.errors import Invalid
from core.json import NotStorable, TooDeep, canonical, dumps, loads
from core.secrets.sealing import CannotUnseal, KeyRing
from core.values.characters import SHORT, Form, in_order, normalized
from core.values.compare import equals, order
from core.values.hosts import url_parts
from core.values.paths import get_path, remove_path, set_path
from core.values.times import parse_time, wire_time, zone
from core.web.numbers import whole_number
from nodes.handlers.trigger.schedule_trigger import ScheduleParams

KEYS = KeyRing(f"new:{base64.b64encode(b'n' * 32).decode()},old:{base64.b64encode(b'o' * 32).decode()}")


def test_a_path_reads_writes_and_removes_without_touching_the_original() -> None:
    value = {"a": {"b": [{"c": 1}]}, "x.y": 2}

    assert get_path(value, "a.b[0].c") == 1
    assert get_path(value, "x.y") == 2
    assert get_path(value, "a.nope.c", "d") == "d"
    assert set_path(value, "a.b[1]", 3) == {"a": {"b": [{"c": 1}, 3]}, "x.y": 2}
    assert remove_path(value, "a.b[0].c") == {"a": {"b": [{}]}, "x.y": 2}
    assert value == {"a": {"b": [{"c": 1}]}, "x.y": 2}


@given(st.text(max_size=20), st.integers())
def test_what_is_set_at_a_path_is_read_there(path: str, value: int) -> None:
    made = set_path({}, path, value)

    assert made == {} or get_path(made, path) == value


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [(1, "1", True), (1, 1.0, True), ("1", "1.0", False), (True, 1, False), (None, 0, False), ("a", "A", False),
     ("2026-03-05", "2026-03-05T00:00:00Z", True), ([1], [1], True), ("", None, False)],
)  # fmt: skip
def test_values_compare_by_type(left: Any, right: Any, same: bool) -> None:
    assert equals(left, right) is same
    assert (order(left, right) == 0) is (same or (left, right) == ("1", "1.0")), "both read as one number"


def test_times_are_read_in_the_forms_people_write() -> None:
    assert wire_time(parse_time("2026-03-01T09:30:00.25+02:00")) == "2026-03-01T07:30:00.250Z"  # type: ignore[arg-type]
    assert parse_time("20260301") is not None
    assert parse_time("2026-13-01") is None
    assert parse_time("tomorrow") is None


@pytest.mark.parametrize(("text", "shown"), [("9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59.999Z"), ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000Z"),
                                              ("9999-12-31T23:59:59+14:00", "9999-12-31T09:59:59.000Z")])  # fmt: skip
def test_times_outside_of_those_that_can_be_written_are_the_nearest_that_can(text: str, shown: str) -> None:
    moment = parse_time(text)

    assert moment is not None
    assert wire_time(moment) == shown


@pytest.mark.parametrize(
    "name", ["localtime", "Factory", "posixrules", "posix/Europe/Berlin", "right/UTC", "europe/berlin", "", ".", "../UTC",
             "/etc/localtime", "Etc", "zone.tab", "x" * 5000, "UTC\x00"],
)  # fmt: skip
def test_a_zone_that_depends_on_the_machine_or_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        zone(name)
    with pytest.raises(ValidationError):
        ScheduleParams(interval_s=60, timezone=name)
    assert zone("Europe/Berlin").key == "Europe/Berlin"
    assert zone("UTC") is not None


def test_json_that_cannot_be_stored_is_refused() -> None:
    for raw in (b'"a\\u0000b"', b"{", b"NaN", b'"\\ud800"'):
        with pytest.raises(NotStorable):
            loads(raw)
    for value in ("a\x00b", "\ud800", object(), {1: 2}):
        with pytest.raises(NotStorable):
            dumps({"x": value})
    assert dumps({"x": float("nan")}) == b'{"x":null}'
    assert dumps({"x": "\\u0000"}) == b'{"x":"\\\\u0000"}'


def test_a_sealed_value_opens_in_its_own_place_only() -> None:
    blob = KEYS.seal("secret", "credential:owner:1:token")

    assert KEYS.open(blob, "credential:owner:1:token") == "secret"
    assert "secret" not in str(blob)
    for place in ("credential:owner:2:token", "credential:other:1:token", "credential:owner:1:password"):
        with pytest.raises(CannotUnseal):
            KEYS.open(blob, place)


def test_older_keys_still_open_and_unknown_ones_do_not() -> None:
    older = KeyRing(f"old:{base64.b64encode(b'o' * 32).decode()}")

    assert KEYS.open(older.seal("x", "p"), "p") == "x"
    with pytest.raises(CannotUnseal):
        older.open(KEYS.seal("x", "p"), "p")


@pytest.mark.parametrize(
    ("given_path", "routed"),
    [("/api/users/me/", "/api/users/me"), ("/api/users", "/api/users/"), ("/api/orchestrator/workflows", "/api/orchestrator/workflows/"),
     ("/api/webhooks/u/a/b/", "/api/webhooks/u/a/b"), ("/static/x.js", "/static/x.js")],
)  # fmt: skip
def test_both_forms_of_a_trailing_slash_lead_to_one_route(given_path: str, routed: str) -> None:
    assert canonical_path(given_path) == routed


@pytest.mark.parametrize(("value", "text"), [(10**20, b"1e+20"), ({"a": [-(10**30)]}, b'{"a":[-1e+30]}'), (10**400, b"null"),
                                             (2**63 - 1, b"9223372036854775807")])  # fmt: skip
def test_whole_numbers_too_long_for_others_are_written_as_javascript_has_them(value: object, text: bytes) -> None:
    assert dumps(value) == canonical(value) == text


@given(text=st.text(max_size=30) | st.integers().map(str))
def test_a_whole_number_is_one_or_refused(text: str) -> None:
    """Cursors and pages: no length, sign or script makes another error."""
    try:
        found = whole_number(text, "page", least=1)
    except Invalid as exc:
        assert exc.details["errors"]
    else:
        assert 1 <= found <= 10**9
        assert str(found) == text.lstrip("0")


def test_a_path_deeper_than_any_value_finds_nothing_and_is_not_made() -> None:
    for path in ("a." * 2_000_000, "[0]" * 5000, "a[" + "9" * 5000 + "]", ".".join("9" * 5000 for _ in range(3))):
        assert get_path({"a": [1]}, path) is None
        assert remove_path({"a": [1]}, path) == {"a": [1]}
    with pytest.raises(TooDeep):
        set_path({}, "a." * 2_000_000, 1)
    assert get_path(set_path({}, ".".join("a" * 99), 1), ".".join("a" * 99)) == 1


FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
# All that holds a combining mark in any form, whatever it is called itself.
HOLDS_MARKS = "".join(
    char
    for char in map(chr, (*range(0xA0, 0xD800), *range(0xE000, 0x30000)))
    if any(unicodedata.combining(part) for part in unicodedata.normalize("NFKD", char))
)
MIXED = "ab\u0300\u0316\u0344\u0f73\u0f71\u0f72\u0345\u0334é\u1100\u1161\uff9e\uff9f\uac00\ufdfa"


@given(
    st.text(st.sampled_from(MIXED) | st.sampled_from(HOLDS_MARKS), min_size=70, max_size=300),
    st.text(st.sampled_from(MIXED) | st.sampled_from(HOLDS_MARKS), min_size=1, max_size=3),
)
def test_a_text_of_many_marks_is_normalized_as_unicode_says(text: str, more: str) -> None:
    for form in FORMS:
        assert normalized(form, f"{text}{more * 70}") == unicodedata.normalize(form, f"{text}{more * 70}")


@pytest.mark.parametrize("form", FORMS)
def test_whatever_holds_a_mark_is_left_to_the_library_in_order(form: Form) -> None:
    """The library moves each mark past all that it finds out of order before it: there are few such places."""
    parts_form: Form = "NFD" if form in ("NFC", "NFD") else "NFKD"
    parts = {char: unicodedata.normalize(parts_form, char) for char in (*HOLDS_MARKS, "a", "\u0316", "\u0334")}
    for char in HOLDS_MARKS:
        left = in_order(form, "a" + f"{char}\u0316\u0334" * SHORT)
        runs = re.split("\x00+", "".join(chr(unicodedata.combining(part)) for one in left for part in parts[one]))
        falls = [sum(before > after for before, after in pairwise(run)) for run in runs]
        assert max(falls, default=0) <= 2, hex(ord(char))


@pytest.mark.parametrize("form", FORMS)
def test_marks_that_are_letters_are_normalized_in_linear_time(form: Form) -> None:
    began = time.thread_time()
    assert len(normalized(form, "a" + "\u0316\uff9e\uff9f" * 40_000)) >= 120_000
    assert time.thread_time() - began < 2, "14 s, where each is sorted past the others"


def test_a_host_of_any_length_is_read_at_once_or_refused() -> None:
    began = time.thread_time()
    for before in ("http://", "//", "\x01 ht\ntp:/\t/"):
        for behind in ("", "/path", "?q", "#f"):
            with pytest.raises(ValueError, match="too long"):
                url_parts(f"{before}a{chr(0x316)}{chr(0x300)}" + "\u0316\u0300" * 40_000 + behind)
    assert time.thread_time() - began < 5, "25 s each, where the host is normalized"
    assert url_parts("http://ö.example/" + "é" * 5000).hostname == "ö.example"
    assert url_parts("é" * 5000).path == "é" * 5000
