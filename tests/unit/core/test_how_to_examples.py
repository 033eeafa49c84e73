"""The examples of docs/how-to do what their pages say: they are read from there, and run."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from core.text.scrubbing import Secrets
from credentials import catalogue
from credentials.placing import placed
from executor.compute.pool import Compute
from executor.node.providing import Caller
from nodes.base import NodeFailed
from nodes.presentation import presented
from tests.unit.nodes.running import Ctx, Scripted
from tests.unit.nodes.test_http_request import reply

PAGES = Path(__file__).resolve().parents[3] / "docs" / "how-to"
FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def example(page: str, number: int) -> str:
    """Return the text of a page's example."""
    return str(FENCED.findall((PAGES / f"{page}.md").read_text())[number])


def module(page: str, number: int) -> SimpleNamespace:
    """Return a page's example as the module it would be."""
    names: dict[str, Any] = {"__name__": f"example_{page.replace('-', '_')}"}
    exec(compile(example(page, number), page, "exec"), names)
    for found in names.values():
        if hasattr(found, "model_rebuild") and found.__module__ == names["__name__"]:
            found.model_rebuild(_types_namespace=names)
    return SimpleNamespace(**names)


def test_the_node_type_of_the_page_cuts_a_text() -> None:
    made = module("add-a-node-type", 0)
    node_type, params = made.Shorten(), made.ShortenParams(length=3)
    item = {"json": {"text": "abcdef", "n": 1}, "binary": {}}

    assert asyncio.run(node_type.run(params, item, Ctx())).outputs == {
        "main": [{"json": {"text": "abc", "n": 1}, "binary": {}}]
    }
    with pytest.raises(NodeFailed, match="no text"):
        asyncio.run(node_type.run(params, {"json": {"text": 5}}, Ctx()))
    assert presented(node_type)["label"] == "Shorten"


def test_the_trigger_of_the_page_finds_what_changed() -> None:
    made = module("add-a-trigger", 0)
    trigger, params = made.PageTrigger(), made.PageParams(url="https://example.org/")
    ctx = Ctx(Scripted(*(reply(body=body) for body in (b"one", b"one", b"two"))))

    first = asyncio.run(trigger.poll(params, None, ctx))
    second = asyncio.run(trigger.poll(params, first.cursor, ctx))
    third = asyncio.run(trigger.poll(params, second.cursor, ctx))

    assert [len(found.items) for found in (first, second, third)] == [0, 0, 1]
    assert third.cursor != second.cursor
    assert presented(trigger)["label"] == "Page"


@pytest.mark.parametrize(
    ("number", "fields", "header", "hosts"),
    [(0, {"token": "t"}, ("PRIVATE-TOKEN", "t"), ("gitlab.com",)),
     (1, {"token": "t", "base_url": "https://git.example.org"}, ("Authorization", "token t"), ("https://git.example.org",))],
)  # fmt: skip
def test_the_credential_types_of_the_page_enter_a_request(
    number: int, fields: dict[str, str], header: tuple[str, str], hosts: tuple[str, ...]
) -> None:
    made = eval(example("add-a-credential-type", number), vars(catalogue))

    parts = placed(made, fields)
    assert (parts.headers, parts.hosts) == ((header,), hosts)
    assert made.secrets == {"token"}


def test_the_lines_that_the_page_of_waits_quotes_stand_in_the_code() -> None:
    page = (PAGES / "add-a-wait-kind.md").read_text()
    code = (PAGES.parents[1] / "executor" / "waits" / "turns.py").read_text()
    quoted = [line for block in re.findall(r"^ +```python\n(.*?)^ +```$", page, re.MULTILINE | re.DOTALL)
              for line in map(str.strip, block.splitlines()) if line]  # fmt: skip

    assert len(quoted) == 4
    assert [line for line in quoted if line not in code] == []


def test_the_ability_of_the_page_counts_for_each_owner() -> None:
    names: dict[str, Any] = {}
    for number in (0, 1):
        exec(example("add-an-ability", number), names)
    exec("async def work(ctx):\n    " + example("add-an-ability", 2) + "    return number\n", names)
    provider = names["provider"](None)

    class Asking:
        def __init__(self, owner: int) -> None:
            computing = Compute(1, 2**20).turn(UUID(int=owner))
            self.caller = Caller(owner_id=UUID(int=owner), slots={}, secrets=Secrets(), computing=computing)

        async def ability(self, which: Any) -> Any:
            assert which == names["COUNTER"]
            return provider.bound(self.caller)

    assert [asyncio.run(names["work"](Asking(owner))) for owner in (1, 1, 2)] == [1, 2, 1]
