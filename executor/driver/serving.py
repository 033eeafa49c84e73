"""What a run does for a node that it drives: answers, waits, children, late expressions, steps, live texts."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from compiler.graph import Node
from core.json import WHOLE_DEPTH
from core.text.scrubbing import Secrets
from executor.domain.records import NodeRunRow
from executor.node.evaluating import LateMappings
from executor.node.outputs import fit
from executor.run.region import RegionRun
from executor.steps.steps import Steps
from executor.waits import children, turns
from nodes.base import Answer, ChildResult, Effect, WaitFor
from nodes.items import Items
from nodes.usage import Usage

R = TypeVar("R")


def without_secrets(response: dict[str, Any], secrets: Secrets) -> dict[str, Any]:
    """Return an answer to a webhook without what is secret: it is stored, and goes to whoever called."""
    if not secrets:
        return response
    masked: dict[str, Any] = secrets.masked({**response, "content": ""})
    content = b64decode(response.get("content", ""))
    if secrets.stand_in(content):
        content = secrets.masked_text(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return {**masked, "content": b64encode(content).decode()}


@dataclass(frozen=True, slots=True)
class ServingRun:
    """The run's side of one attempt of a node."""

    region: RegionRun
    node: Node
    row: NodeRunRow
    late: LateMappings
    steps: Steps

    async def answer(self, response: dict[str, Any]) -> None:
        """Hand a webhook's answer on; the first one counts. Raises: NodeFailed."""
        run = self.region.run
        response = without_secrets(fit(response, "The answer", depth=WHOLE_DEPTH), run.secrets)
        if run.responded_by is None:
            run.responded_by = self.node.id
            run.buffer.response = response
            await run.journal.flush(run)

    async def wait(self, request: WaitFor) -> Answer:
        return await turns.wait_for(self.region, self.row, request)

    async def call(
        self, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None, waits: bool
    ) -> list[ChildResult]:
        stops = self.node.type is not None and self.node.type.stops_at_failure(self.node.params)
        calling = children.Calling(at_once, waits, stops, self.node.settings.timeout_s)
        return await children.call(self.region, self.row, workflow_id, inputs, calling)

    def evaluated(self, template: Mapping[str, Any], *lists: Items) -> Callable[[int], Awaitable[dict[str, Any]]]:
        return self.late.on(template, *lists)

    async def step(
        self, name: str, work: Callable[[str], Awaitable[Any]], *, kind: str, effect: Effect, given: Any = None
    ) -> Any:
        return await self.steps.step(name, work, kind=kind, effect=effect, given=given)

    async def ask(self, name: str, request: WaitFor) -> Answer:
        return await self.steps.ask(name, request)

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]:
        return await self.steps.side_by_side(works)

    def emit(self, text: str, *, channel: str, step: str | None) -> None:
        self.steps.emit(text, channel=channel, step=step)

    def spend(self, usage: Usage) -> None:
        self.steps.spend(usage)


@dataclass(frozen=True, slots=True)
class ServingTool:
    """The run's side of a tool: it is served in the work of the step that calls it, which is what is found again."""

    step_side: ServingRun
    tool: Node
    late: LateMappings

    async def answer(self, response: dict[str, Any]) -> None:
        await self.step_side.answer(response)

    async def wait(self, request: WaitFor) -> Answer:
        region = self.step_side.region
        return await self.step_side.steps.wait_within(lambda row: turns.wait_for(region, row, request))

    async def call(
        self, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None, waits: bool
    ) -> list[ChildResult]:
        region = self.step_side.region
        mappings = {name: self.tool.params.get(name) or {} for name in children.MAPPINGS}
        calling = children.Calling(at_once, waits, False, self.tool.settings.timeout_s, mappings)
        return await self.step_side.steps.wait_within(
            lambda row: children.call(region, row, workflow_id, inputs, calling)
        )

    def evaluated(self, template: Mapping[str, Any], *lists: Items) -> Callable[[int], Awaitable[dict[str, Any]]]:
        return self.late.on(template, *lists)

    async def step(
        self, name: str, work: Callable[[str], Awaitable[Any]], *, kind: str, effect: Effect, given: Any = None
    ) -> Any:
        steps = self.step_side.steps
        return await steps.step(f"{steps.current}.{name}", work, kind=kind, effect=effect, given=given)

    async def ask(self, name: str, request: WaitFor) -> Answer:
        steps = self.step_side.steps
        return await steps.ask(f"{steps.current}.{name}", request)

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]:
        return await self.step_side.steps.side_by_side(works)

    def emit(self, text: str, *, channel: str, step: str | None) -> None:
        current = self.step_side.steps.current
        self.step_side.steps.emit(text, channel=channel, step=current if step is None else f"{current}.{step}")

    def spend(self, usage: Usage) -> None:
        self.step_side.steps.spend(usage)
