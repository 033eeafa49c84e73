"""Runs a node by itself: what it may reach is scripted, what it made is handed back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from core.http.requests import HttpAuth, Request
from credentials.catalogue import TYPES
from credentials.placing import placed
from nodes.abilities import Ability, CodeOutcome, CodeRequest, HttpReply, State, Tables
from nodes.base import Answer, BatchNodeType, ChildResult, Effect, NodeParams, NodeResult, Reach, WaitFor
from nodes.helpers import Helper
from nodes.items import Item
from nodes.registry import builtin_catalogue
from nodes.usage import Usage

CATALOGUE = builtin_catalogue()
A = TypeVar("A")
R = TypeVar("R")


class Shelf:
    """Files in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def save(self, content: bytes, *, file_name: str, mime_type: str) -> dict[str, Any]:
        self.kept[str(len(self.kept))] = content
        return {
            "id": str(len(self.kept) - 1),
            "file_name": file_name,
            "mime_type": mime_type,
            "size_bytes": len(content),
            "url": "",
        }

    async def load(self, reference: Mapping[str, Any]) -> bytes:
        return self.kept[reference["id"]]


class Scripted:
    """An HTTP client with answers by URL."""

    def __init__(self, *replies: HttpReply) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []

    async def send(self, request: Request) -> HttpReply:
        self.requests.append(request)
        return self.replies.pop(0)


class Slots:
    def __init__(self, secret: tuple[str, dict[str, str]] | None) -> None:
        self.secret = secret

    async def get(self, slot: str) -> tuple[str, dict[str, str]] | None:
        return self.secret

    async def for_http(self, slot: str) -> HttpAuth | None:
        if self.secret is None:
            return None
        return placed(TYPES[self.secret[0]], self.secret[1])


class Ctx:
    now = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    timezone = "UTC"
    idempotency_key = "run:node::0"
    answers_apart = False
    label = "Node"
    trigger_input: Any = None
    connected: frozenset[str] = frozenset()
    variables: ClassVar[dict[str, Any]] = {}
    written: ClassVar[dict[str, Any]] = {}

    @property
    def state(self) -> State:
        raise AssertionError("tested with an engine")

    @property
    def tables(self) -> Tables:
        raise AssertionError("tested with an engine")

    async def run_code(self, request: CodeRequest) -> CodeOutcome:
        raise AssertionError("tested in the jail")

    def __init__(self, http: Any = None, secret: tuple[str, dict[str, str]] | None = None) -> None:
        self.http = http or Scripted()
        self.credentials = Slots(secret)
        self.files = Shelf()
        self.answers: list[dict[str, Any]] = []
        self.said: list[str] = []
        self.waited: list[WaitFor] = []
        self.brought: list[Answer] = []

    async def compute(self, work: Callable[..., Any], *arguments: Any, cost_ms: float) -> Any:
        assert cost_ms >= 0
        return work(*arguments)

    async def ability(self, which: Ability[A]) -> A:
        raise AssertionError("tested with an engine")

    def spend(self, usage: Usage) -> None:
        raise AssertionError("tested with an engine")

    async def wait(self, request: WaitFor) -> Answer:
        self.waited.append(request)
        return self.brought.pop(0)

    async def call(
        self, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None = None, waits: bool = True
    ) -> list[ChildResult]:
        raise AssertionError("tested with an engine")

    def evaluated(self, template: Mapping[str, Any], *lists: list[Item]) -> Any:
        raise AssertionError("tested with an engine")

    async def step(
        self, name: str, work: Callable[[str], Awaitable[R]], *, kind: str = "custom", effect: Effect = "write",
        given: Any = None,
    ) -> R:  # fmt: skip
        return await work(f"{self.idempotency_key}:{name}")

    async def ask(self, name: str, request: WaitFor) -> Answer:
        return await self.wait(request)

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]:
        return [await work() for work in works]

    def emit(self, text: str, *, channel: str = "text", step: str | None = None) -> None:
        self.said.append(text)

    def helpers(self, slot: str) -> Sequence[Helper]:
        return ()

    async def tools(self, slot: str, item: Item) -> Sequence[Helper]:
        return ()

    async def helper_params(self, helper: Helper, item: Item, ai: Mapping[str, Any] | None = None) -> NodeParams:
        raise AssertionError("nothing stands beside it")

    def helper_reach(self, helper: Helper) -> Reach:
        raise AssertionError("nothing stands beside it")

    async def call_helper(self, helper: Helper, item: Item, ai: Mapping[str, Any]) -> NodeResult:
        raise AssertionError("nothing stands beside it")

    async def respond(self, response: Mapping[str, Any]) -> None:
        self.answers.append(dict(response))


def run(
    kind: str, params: dict[str, Any], *items: dict[str, Any], ctx: Ctx | None = None, **inputs: list[Item]
) -> dict[str, list[Any]]:
    """Run a node and return the json of its items by handle."""
    node_type = CATALOGUE.newest(kind)
    assert node_type is not None
    checked = node_type.Params.model_validate(params)
    wrapped = [item if "json" in item and "binary" in item else {"json": item} for item in items]

    async def go() -> list[NodeResult]:
        if isinstance(node_type, BatchNodeType):
            return [await node_type.run_all(checked, inputs or {"main": wrapped}, ctx or Ctx())]
        return [await node_type.run(checked, item, ctx or Ctx()) for item in wrapped]

    made: dict[str, list[Any]] = {}
    for result in asyncio.run(go()):
        for handle, out in result.outputs.items():
            made.setdefault(handle, []).extend(item["json"] for item in out)
    return made


def items(*values: dict[str, Any]) -> list[Item]:
    return [{"json": value} for value in values]
