"""A running node's `NodeContext`: HTTP, credentials, files and computing, bound to one run and one owner."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from core.errors import TooLarge
from core.http.client import GuardedClient, Request, ResponseTooLarge, TooManyRedirects, Unreachable
from core.http.resolve import BlockedAddress
from core.json import loads_own
from core.json.weight import is_too_heavy
from core.storage import blobs
from core.text.scrubbing import Secrets
from credentials import pacing
from credentials.access import Visitor
from executor.compute.pool import Compute
from executor.compute.pool import Turn as ComputeTurn
from executor.compute.stored import reply_of
from executor.domain.step_names import IN_STEP
from executor.node.credentials import InDatabase, NodeCredentials
from executor.node.engine_work import ours
from executor.node.keeping import Keeping, NodeState, NodeTables
from executor.sandbox.outcome import order_of
from executor.sandbox.pool import Pool, SandboxUnavailable
from nodes.abilities import (
    CodeOutcome,
    CodeRequest,
    Credentials,
    Files,
    HttpClient,
    HttpReply,
    HttpRequestData,
    State,
    Tables,
)
from nodes.base import Answer, ChildResult, Effect, NodeFailed, WaitFor
from nodes.budget import arriving, check_size
from nodes.items import Items

R = TypeVar("R")


@dataclass(slots=True)
class Services:
    """What a process shares among its runs."""

    http: GuardedClient
    in_database: InDatabase
    sandbox: Pool
    computing: Compute

    def pace(self, owner_id: UUID, slots: Mapping[str, str]) -> Callable[[], Awaitable[None]] | None:
        """Return what waits for the rate limits of some credentials, one use each time; None without credentials."""
        if not slots:
            return None

        async def admitted() -> None:
            wait_s = await self.in_database(pacing.reserve, owner_id=owner_id, credential_ids=list(slots.values()))
            if wait_s > 0:
                await asyncio.sleep(wait_s)

        return admitted


@dataclass(slots=True)
class NodeHttp:
    client: GuardedClient
    before_effect: Callable[[], None]
    owner_id: UUID

    async def send(self, request: HttpRequestData) -> HttpReply:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            self.before_effect()
        try:
            with arriving() as told:
                reply = await self.client.send(
                    Request(
                        request.method, request.url, tuple(request.headers), request.body, request.timeout_s,
                        request.max_redirects if request.follow_redirects else 0, request.max_bytes,
                        request.private_headers, self.owner_id, told,
                    )
                )  # fmt: skip
        except BlockedAddress as exc:
            raise NodeFailed("ssrf_blocked", str(exc)) from exc
        except ResponseTooLarge as exc:
            raise NodeFailed("http_too_large", str(exc)) from exc
        except Unreachable as exc:
            retryable = not isinstance(exc, TooManyRedirects)
            raise NodeFailed("http_unreachable", str(exc), retryable=retryable) from exc
        return HttpReply(reply.status, reply.reason, reply.headers, reply.body, reply.url)


@dataclass(slots=True)
class NodeFiles:
    owner_id: UUID
    execution_id: str | None
    in_database: InDatabase

    async def save(self, content: bytes, *, file_name: str, mime_type: str) -> dict[str, Any]:
        (reference,) = await self.save_all([blobs.NewFile.named(content, file_name, mime_type)])
        return reference

    async def save_all(self, files: Sequence[blobs.NewFile]) -> list[dict[str, Any]]:
        """Store files, all of them or none. Raises: NodeFailed."""
        try:
            await self.in_database(
                blobs.save_all, owner_id=self.owner_id, files=files,
                execution_id=UUID(self.execution_id) if self.execution_id else None,
            )  # fmt: skip
        except TooLarge as exc:
            raise NodeFailed("file_too_large" if exc.code == TooLarge.code else exc.code, exc.message) from exc
        return [file.reference() for file in files]

    async def load(self, reference: Mapping[str, Any]) -> bytes:
        try:
            return bytes(
                await self.in_database(blobs.load, owner_id=self.owner_id, blob_id=str(reference.get("id", "")))
            )
        except blobs.BlobMissing as exc:
            raise NodeFailed("file_missing", str(exc)) from exc


class StepsOfNode(Protocol):
    """The steps of one attempt of a node."""

    async def step(
        self, name: str, work: Callable[[str], Awaitable[Any]], *, kind: str, effect: Effect, given: Any = None
    ) -> Any: ...

    async def ask(self, name: str, request: WaitFor) -> Answer: ...

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]: ...

    def emit(self, text: str, *, channel: str, step: str | None) -> None: ...


def _not_in_a_step() -> None:
    """Refuse what is found again by its place in the node: the steps before it may not be made again."""
    if IN_STEP.get():
        raise NodeFailed("node_failed", "The work of a step neither waits nor calls workflows")


@dataclass(slots=True)
class Context:
    """One attempt's context."""

    services: Services
    owner_id: UUID
    execution_id: str
    slots: Mapping[str, str]
    now: datetime
    timezone: str
    idempotency_key: str
    trigger_input: Any
    before_effect: Callable[[], None]
    answer: Callable[[dict[str, Any]], Awaitable[None]]
    waiting: Callable[[WaitFor], Awaitable[Answer]]
    connected: frozenset[str]
    calling: Callable[..., Awaitable[list[ChildResult]]]
    evaluating: Callable[..., Callable[[int], Awaitable[dict[str, Any]]]]
    variables: Mapping[str, Any]
    secrets: Secrets
    computing: ComputeTurn
    workflow_id: UUID | None = None
    steps: StepsOfNode | None = None  # None: where steps cannot be taken
    node_id: str = ""
    keeps_state: bool = False  # what the node writes into its state is for other runs too

    @property
    def http(self) -> HttpClient:
        return NodeHttp(self.services.http, self.before_effect, self.owner_id)

    @property
    def credentials(self) -> Credentials:
        visitor = Visitor(self.owner_id, None, self.workflow_id, UUID(self.execution_id))
        return NodeCredentials(visitor, self.slots, self.services.in_database, self.services.http, self.secrets)

    @property
    def files(self) -> Files:
        return NodeFiles(self.owner_id, self.execution_id, self.services.in_database)

    @property
    def state(self) -> State:
        return NodeState(self._keeping())

    @property
    def tables(self) -> Tables:
        return NodeTables(self._keeping())

    def _keeping(self) -> Keeping:
        return Keeping(
            self.owner_id, self.workflow_id, UUID(self.execution_id), self.node_id, self.idempotency_key,
            self.keeps_state, self.services.in_database, self.before_effect,
        )  # fmt: skip

    async def compute(self, work: Callable[..., R], *arguments: Any, cost_ms: float) -> R:
        return await self.computing.call(work, arguments, cost_ms)

    async def run_code(self, request: CodeRequest) -> CodeOutcome:
        check_size(dict(request.params), "params")
        try:
            return await self.services.sandbox.run(*order_of(request), self.owner_id, self._read)
        except SandboxUnavailable as exc:
            raise NodeFailed("code_sandbox_unavailable", f"User code does not run here: {exc}") from exc

    async def _read(self, raw: bytes) -> Any:
        """Read a large reply of user code in a child, from which it comes in pieces. Raises: ValueError."""
        try:
            return await self.computing.call(reply_of, (raw,), len(raw))
        except NodeFailed as exc:
            if exc.node_code != "compute_unavailable" or is_too_heavy(raw):
                raise
            return await asyncio.to_thread(loads_own, raw)

    async def wait(self, request: WaitFor) -> Answer:
        _not_in_a_step()
        return await ours(self.waiting(request))

    async def call(
        self, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None = None, waits: bool = True
    ) -> list[ChildResult]:
        _not_in_a_step()
        return await ours(self.calling(workflow_id, inputs, at_once=at_once, waits=waits))

    def evaluated(self, template: Mapping[str, Any], *lists: Items) -> Callable[[int], Awaitable[dict[str, Any]]]:
        return self.evaluating(template, *lists)

    async def step(
        self, name: str, work: Callable[[str], Awaitable[R]], *, kind: str = "custom", effect: Effect = "write",
        given: Any = None,
    ) -> R:  # fmt: skip
        made: R = await self._steps().step(name, work, kind=kind, effect=effect, given=given)
        return made

    async def ask(self, name: str, request: WaitFor) -> Answer:
        return await self._steps().ask(name, request)

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]:
        return await self._steps().side_by_side(works)

    def emit(self, text: str, *, channel: str = "text", step: str | None = None) -> None:
        if self.steps is not None:
            self.steps.emit(text, channel=channel, step=step)

    def _steps(self) -> StepsOfNode:
        if self.steps is None:
            raise NodeFailed("node_failed", "A node that takes steps runs where its run does")
        return self.steps

    async def respond(self, response: Mapping[str, Any]) -> None:
        await ours(self.answer(dict(response)))
