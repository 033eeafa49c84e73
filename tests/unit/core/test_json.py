"""The encoder and the decoder: what they take, what they refuse and where, what they make of the rest."""

from __future__ import annotations

import ast
import json
import math
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.json import (
    MAX_DEPTH,
    ORJSON_DEPTH,
    WHOLE_DEPTH,
    NotStorable,
    TooDeep,
    TooHeavy,
    check,
    dumps,
    dumps_lossy,
    loads,
    loads_own,
    storable,
    written,
)
from core.json.faults import refusal
from core.json.weight import MOST
from executor.node.outputs import encode
from nodes.base import NodeFailed

ROOT = Path(__file__).parents[3]
ODD_TEXT = st.text(st.characters(codec=None) | st.sampled_from("\x00\ud800\udfff\ufffd\u2028"), max_size=6)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(2**70), 2**70) | st.floats() | ODD_TEXT
    | st.sampled_from([10**400, -(10**400), 2**64 - 1, 2**64, -(2**63) - 1]) | st.builds(object) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ODD_TEXT | st.integers() | st.none(), inner, max_size=4)
    | st.tuples(inner),
    max_leaves=20,
)  # fmt: skip


def nested(depth: int, *, by: str = "list", inmost: Any = 1) -> Any:
    value = inmost
    for _ in range(depth):
        value = [value] if by == "list" else {"a": value}
    return value


def outputs_of(value: Any) -> dict[str, Any]:
    return {"main": [{"json": {"v": value}, "pairedItem": {"item": 0}}]}


@pytest.mark.parametrize("by", ["list", "dict"])
@pytest.mark.parametrize("depth", [*range(90, 260), 300, 1000, 1100, 5000])
def test_a_value_is_refused_from_the_level_behind_the_last_allowed_one(depth: int, by: str) -> None:
    value = nested(depth, by=by)
    raw = b"[" * depth + b"1" + b"]" * depth
    if depth <= MAX_DEPTH:
        assert check(value) is value
        assert loads(raw, depth=MAX_DEPTH) == loads_own(raw)
        assert loads_own(encode(outputs_of(value)).raw)["main"][0]["json"]["v"] == value
        return
    for attempt in (
        lambda: check(value),
        lambda: loads(raw, depth=MAX_DEPTH),
        lambda: loads(raw.decode(), depth=MAX_DEPTH),
    ):
        with pytest.raises(TooDeep):
            attempt()
    with pytest.raises(NodeFailed) as refused:
        encode(outputs_of(value))
    assert refused.value.node_code == "invalid_output"


def test_a_refusal_names_the_place() -> None:
    value = {"orders": [{"id": 1}, {"lines": nested(MAX_DEPTH)}]}

    with pytest.raises(TooDeep, match=r"more than 100 levels deep, at \$\.orders\[1\]\.lines\[0\]\[0\]"):
        check(value)
    for wrong, place in (({"a": ["\x00"]}, r"\$\.a\[0\]"), ({"b c": "\ud800"}, r"\$\['b c'\]"), ([{1: 2}], r"\$\[0\]")):
        with pytest.raises(NotStorable, match=f"at {place}$"):
            dumps(wrong)


def test_what_is_shared_is_looked_at_once() -> None:
    """Without that, a value of 120 levels that holds each level twice would be searched for ever."""
    value: Any = 1
    for _ in range(MAX_DEPTH + 20):
        value = [value, value]

    assert isinstance(refusal([value] * 3, WHOLE_DEPTH), TooDeep)


def test_a_value_in_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)

    with pytest.raises(NotStorable):
        dumps(value)
    assert loads_own(dumps_lossy(value)) == nested(WHOLE_DEPTH, inmost="…")


@pytest.mark.parametrize("count", [1, 30, 3000])
@pytest.mark.parametrize("deep", [False, True])
def test_depth_is_found_in_small_and_in_large_outputs(count: int, deep: bool) -> None:
    outputs = {
        "main": [{"json": {"id": at, "brackets": "[[[[{{{{" * 40}, "pairedItem": {"item": at}} for at in range(count)]
    }
    if deep:
        outputs["main"][-1]["binary"] = {"f": nested(MAX_DEPTH + 1)}  # of an item any part counts
        with pytest.raises(NodeFailed):
            encode(outputs)
    else:
        assert loads_own(encode(outputs).raw) == outputs


def test_a_whole_number_too_long_reads_the_same_in_memory_and_when_stored() -> None:
    value, raw = storable({"x": [10**30, 2**64 - 1, -(2**63)], "y": 10**400})

    assert value == loads_own(raw) == {"x": [1e30, 2**64 - 1, -(2**63)], "y": None}
    assert [type(one) for one in value["x"]] == [float, int, int]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("at", ["field", "list", "deep"])
def test_no_number_becomes_null_and_is_told_of(number: float, at: str) -> None:
    value = {"field": number, "list": [1, None, number], "deep": {"a": [{"b": number}]}}[at]
    encoded = encode(outputs_of(value))

    assert encoded.has_not_a_number
    assert encoded.outputs == loads_own(encoded.raw)
    assert not encode(outputs_of([None, 1.5, {"a": None}])).has_not_a_number


@given(value=ODD)
def test_any_value_is_stored_as_it_reads_or_refused(value: Any) -> None:
    try:
        kept, raw = storable(value)
    except NotStorable:
        pass
    else:
        assert b"\\u0000" not in raw.replace(b"\\\\", b"")
        assert orjson.dumps(kept) == raw == dumps(loads(raw))


@given(value=ODD, depth=st.integers(0, 400))
def test_what_has_to_be_written_is_written_and_can_be_stored(value: Any, depth: int) -> None:
    whole = nested(depth, inmost=[value, datetime.now(UTC), {"name": value}])

    loads(dumps_lossy(whole), depth=ORJSON_DEPTH)
    json.loads(written(whole, default=str))


def test_texts_that_cannot_be_stored_keep_what_can_be() -> None:
    assert loads_own(dumps_lossy(["a\x00b", "\ud800c", "😀", "\ud83d\ude00"])) == ["a\ufffdb", "\ufffdc", "😀", "😀"]


@given(raw=st.binary(max_size=40) | st.text(max_size=40) | st.text('[]{}",:1', max_size=60))
def test_any_text_is_read_or_refused(raw: bytes | str) -> None:
    try:
        value = loads(raw)
    except NotStorable:
        return
    dumps(value)


# -- one place ---------------------------------------------------------------------------------------------------------
OWN_PROGRAMS = (
    "core/json/",  # the place itself
    "executor/isolation/guest/",  # a program without our modules
    "mcp_integration/launcher/",  # the same
    "executor/compute/zygote.py",  # a program that loads nothing of ours before it forks
    "mcp_integration/launcher/",  # a program that loads nothing of ours beside what starts a server
    "inference/documents/reading/",  # a program that loads nothing of ours beside the readers, and who starts it
    "workflow_backend/",  # starts and stops programs: files of its own, before anything of ours is set up
)
BARE = {("orjson", "dumps"), ("orjson", "loads"), ("json", "dumps"), ("json", "loads"), ("json", "dump"), ("json", "load"),
        ("json", "JSONEncoder"), ("json", "JSONDecoder"), ("models", "JSONField"), ("orjson", "Fragment")}  # fmt: skip


def _bare_uses(source: str) -> Iterator[tuple[int, str]]:
    for found in ast.walk(ast.parse(source)):
        if isinstance(found, ast.ImportFrom) and found.module in ("json", "orjson"):
            yield found.lineno, f"from {found.module} import …"
        if (
            isinstance(found, ast.Attribute)
            and isinstance(found.value, ast.Name)
            and (found.value.id, found.attr) in BARE
        ):
            yield found.lineno, f"{found.value.id}.{found.attr}"


ALLOWED = {
    "core/database/packing.py: models.JSONField",  # what the column of ours is made of
}


def test_nothing_reads_or_writes_json_beside_the_one_encoder() -> None:
    apps = ("core", "nodes", "credentials", "compiler", "executor", "orchestrator", "streaming", "logs", "templates",
            "inference", "mcp_integration", "workflow_backend")  # fmt: skip
    files = [path for app in apps for path in (ROOT / app).rglob("*.py") if "/migrations/" not in str(path)]
    found = {
        f"{path.relative_to(ROOT)}: {use}"
        for path in files
        if not str(path.relative_to(ROOT)).startswith(OWN_PROGRAMS)
        for _, use in _bare_uses(path.read_text())
    }
    assert len(files) > 200
    assert found - ALLOWED == set()


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"{}," * 2_000_000 + b"1]", b"[" + b"[]," * 2_000_000 + b"1]", b'[' + b'{"a":1},' * 1_500_000 + b"1]",
        b"[" + b'"",' * 5_000_000 + b"1]", b"[" + b"1," * 9_000_000 + b"1]",
    ],
    ids=["objects", "lists", "pairs", "texts", "numbers"],
)  # fmt: skip
def test_a_json_of_more_values_than_memory_is_refused_before_it_is_read(body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(TooHeavy):
            loads(body)
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [b"[" * 1_500_000 + b'\\"' * 1_000_000, b"{" * 1_600_000 + b'"' + b"\\" * 1_000_001, b'["' + b"[," * 2_000_000],
    ids=["quotes that open nothing", "a text without an end", "a text of brackets without an end"],
)
def test_what_is_no_json_is_refused_at_once(text: bytes) -> None:
    """Looking for texts in it takes one pass: with one from each quote to the end it would be hours."""
    with pytest.raises(NotStorable):
        loads(text)


def test_a_text_that_looks_like_json_of_many_values_is_a_text() -> None:
    text = "1," * 5_000_000 + "{[" * 100_000 + '\\"'
    assert loads(orjson.dumps({"csv": text, "rows": [{"a": at} for at in range(100_000)]}))["csv"] == text
