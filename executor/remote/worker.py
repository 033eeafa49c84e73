"""The other side of `remote_turns`: a worker that serves queues claims nodes, runs them, hands results back."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from compiler.definition import NodeSettings
from compiler.graph import Node
from compiler.params import compile_params
from core.clock import utc_now
from core.database.compression import unpacked_size
from core.database.errors import sentence_of
from core.json import NotStorable
from core.text.scrubbing import Secrets, scrubbed_text
from credentials.variables import values_for
from executor.compute import pieces
from executor.database.orm import OWNER
from executor.database.statements import Control
from executor.domain.claimed import ClaimedTurn
from executor.domain.run_error import NodeError
from executor.domain.signals import EngineSignal
from executor.node import kept_results
from executor.node.cleaning import clean, cleaned_error
from executor.node.context import Contexts, TurnFacts
from executor.node.outputs import encode_on_loop
from executor.node.params import validated
from executor.node.providing import Caller, Services
from executor.node.runner import Turn, attempt_entry, error_of, failed_turn, run_turn
from executor.remote.elsewhere import Elsewhere
from executor.remote.held_turn import HeldTurn
from executor.sql import remote_turns_sql
from executor.waits.remote_turns import data_of, failed_result, lost_result
from executor.waits.turns import LONG_BACKOFF_S
from nodes.base import NodeFailed, NodeParams, NodeType
from nodes.catalogue import Catalogue
from nodes.catalogues import catalogue_for
from nodes.usage import Usage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobPlaces:
    """Which queues a worker serves, how many turns at once, and who is told of a run that was woken."""

    queues: tuple[str, ...]
    most: int
    woken: Callable[[Mapping[str, Any]], None]
    only_suspects: bool = False  # those that are to be tried alone
    is_taken: Callable[[], bool] = lambda: False  # by something that is to be alone, or there is no memory for more


class Jobs:
    """The turns of nodes that one worker makes for runs of others."""

    def __init__(
        self, control: Control, worker_id: UUID, places: JobPlaces, services: Services, catalogue: Catalogue,
        check_lease: Callable[[], None], spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:  # fmt: skip
        self._control = control
        self._worker_id = worker_id
        self._places = places
        self._services = services
        self._catalogue = catalogue
        self._check_lease = check_lease
        self._spawn = spawn
        self._claiming = asyncio.Lock()
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._epochs: dict[UUID, int] = {}
        self._owners: dict[UUID, UUID] = {}
        self._held: dict[UUID, HeldTurn] = {}
        self._served = UUID(int=0)
        self.is_closed = False

    # -- taking them -------------------------------------------------------------------------------------------------
    def look(self) -> None:
        """There is work on one of our queues."""
        if self._places.queues and len(self._tasks) < self._places.most:
            self._spawn(self.claim())

    async def claim(self) -> None:
        """Take as many as there are places."""
        async with self._claiming:
            free = self._places.most - len(self._tasks)
            if self.is_closed or free <= 0 or not self._places.queues or self._places.is_taken():
                return
            held = Counter(self._owners.values())
            asked = {
                "queues": list(self._places.queues), "most": free, "worker": self._worker_id, "after": self._served,
                "places": self._places.most, "holders": list(held), "held": list(held.values()),
            }  # fmt: skip
            claim = remote_turns_sql.CLAIM_SUSPECT if self._places.only_suspects else remote_turns_sql.CLAIM
            for row in await self._control.query(claim, asked):
                claimed = ClaimedTurn(**row)
                self._served = claimed.owner_id
                self._start(claimed)

    def _start(self, claimed: ClaimedTurn) -> None:
        job_id = claimed.id
        held = self._held[job_id] = HeldTurn(str(claimed.execution_id))
        task = held.task = asyncio.create_task(
            self._guarded(claimed, held), name=f"node {claimed.node_id} of {claimed.execution_id}"
        )
        self._tasks[job_id], self._epochs[job_id], self._owners[job_id] = task, claimed.epoch, claimed.owner_id

        def ended(done: asyncio.Task[None]) -> None:
            self._tasks.pop(job_id, None)
            self._epochs.pop(job_id, None)
            self._owners.pop(job_id, None)
            self._held.pop(job_id, None)
            self.look()

        task.add_done_callback(ended)

    async def look_for_unwanted(self) -> None:
        """Break off what nobody waits for any more."""
        if self._tasks:
            asked = {"ids": list(self._epochs), "epochs": list(self._epochs.values())}
            for row in await self._control.query(remote_turns_sql.UNWANTED, asked):
                if row["id"] in self._tasks:
                    self._tasks[row["id"]].cancel()

    async def hand_back_strays(self, age_s: float) -> None:
        """Give back what stands in our name and was never taken up: our lease alone would hold it for ever."""
        if self._places.queues:
            asked = {"worker": self._worker_id, "held": list(self._tasks), "age_s": age_s}
            await self._control.query(remote_turns_sql.HAND_BACK_STRAYS, asked)

    async def close(self, grace_s: float) -> None:
        """Take no more, give those at work a while, hand the rest back."""
        self.is_closed = True
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=grace_s)
        left = dict(self._epochs)
        for task in list(self._tasks.values()):
            task.cancel()
        for job_id, epoch in left.items():
            await self._control.query(remote_turns_sql.HAND_BACK, {"job_id": job_id, "epoch": epoch})

    @property
    def count(self) -> int:
        """How many turns are being made now."""
        return len(self._tasks)

    @property
    def held(self) -> Sequence[HeldTurn]:
        """Return what is at work here."""
        return list(self._held.values())

    async def _guarded(self, claimed: ClaimedTurn, held: HeldTurn) -> None:
        """Make a turn; what concerns this process and not the node puts it back."""
        OWNER.set(claimed.owner_id)
        asked = {"job_id": claimed.id, "epoch": claimed.epoch}
        try:
            await self._work(claimed, held)
        except asyncio.CancelledError:
            if held.reason is None:
                raise
            held.turn = None
            await self._broken_off(asked, held)
        except EngineSignal as exc:
            logger.warning("node %s of %s goes back: %s", claimed.node_id, claimed.execution_id, exc)
            await self._control.query(remote_turns_sql.HAND_BACK, asked)
        except Exception as exc:
            logger.exception("node %s of %s broke its hold", claimed.node_id, claimed.execution_id)
            if not self._places.only_suspects:
                await self._control.query(remote_turns_sql.BLAME, asked)
                return
            await self._finish(asked, lost_result(scrubbed_text(sentence_of(exc))))

    async def _broken_off(self, asked: dict[str, Any], held: HeldTurn) -> None:
        """Put back what the memory's budget has ended, or fail it."""
        if held.reason == "failure" and held.failure is not None:
            await self._finish(asked, failed_result(held.failure["code"], held.failure["message"]))
        else:
            await self._control.query(
                remote_turns_sql.BLAME if held.broken is not None else remote_turns_sql.HAND_BACK, asked
            )

    async def _finish(self, asked: Mapping[str, Any], result: bytes) -> None:
        for row in await self._control.query(remote_turns_sql.FINISH, {**asked, "result": result, "reason": "answer"}):
            self._places.woken(row)

    # -- making them -------------------------------------------------------------------------------------------------
    async def _work(self, claimed: ClaimedTurn, held: HeldTurn) -> None:
        stored = bytes(claimed.request)
        request = await pieces.read(stored, self._services.computing, claimed.owner_id)
        held.given_bytes = unpacked_size(stored) or 0
        secrets = Secrets()
        shared = await self._services.in_database(values_for, claimed.owner_id, _workflow_of(request))
        secrets.add(shared.secrets)
        request["variables"] = {**shared.by_name, **request["variables"]}
        attempts = _Attempts(secrets, request.get("attempts", []), Elsewhere(Usage.of(request.get("usage", {}))))
        try:
            turn = held.turn = self._turn(claimed, request, attempts, await self._type(claimed, request["node"]))
            result = await run_turn(turn)
            await clean(result, secrets)
            await encode_on_loop(result.outputs, is_counted=result.is_counted)
        except PutOff as exc:
            left = {"attempts": attempts.made, "attempts_made": exc.attempt}
            left["usage"] = attempts.run_side.usage.as_record()
            await self._put_off(claimed, {**request, **left}, exc.delay_s)
            return
        except NodeFailed as exc:
            result = await failed_turn(request["inputs"], error_of(exc))
        result.usage = attempts.run_side.usage
        try:
            packed = await pieces.packed(data_of(result, attempts.made))
        except NotStorable as exc:  # what the node put into its error or logs
            failure = error_of(NodeFailed("invalid_output", f"The result cannot be stored: {exc}"))
            failed = await failed_turn(request["inputs"], failure)
            failed.usage = attempts.run_side.usage
            packed = await pieces.packed(data_of(failed, attempts.made))
        await self._finish({"job_id": claimed.id, "epoch": claimed.epoch}, packed)

    async def _put_off(self, claimed: ClaimedTurn, request: Mapping[str, Any], delay_s: float) -> None:
        """Give a turn back until its next attempt, with what it has tried."""
        packed = await pieces.packed(request)
        asked = {"job_id": claimed.id, "epoch": claimed.epoch, "request": packed, "delay_s": delay_s}
        await self._control.query(remote_turns_sql.PUT_OFF, asked)

    async def _type(self, claimed: ClaimedTurn, spec: Mapping[str, Any]) -> NodeType[Any]:
        key = (spec["kind"], spec["version"])
        found = self._catalogue.find(*key)
        if found is None:
            custom = await self._services.in_database(catalogue_for, claimed.owner_id, [spec["kind"]], for_running=True)
            found = custom.find(*key)
        if found is None:
            raise NodeFailed("unknown_node_type", f"This worker does not know the node type {spec['kind']!r}")
        return found

    def _turn(
        self, claimed: ClaimedTurn, request: Mapping[str, Any], attempts: _Attempts, node_type: NodeType[Any]
    ) -> Turn:
        spec = request["node"]
        settings = NodeSettings.model_validate(spec["settings"])
        template = compile_params(node_type, spec["params"])
        node = Node(
            spec["id"], spec["label"], spec["kind"], spec["version"], spec["params"], spec["credentials"], settings,
            node_type, template,
        )  # fmt: skip

        def params(at: int, unresolved: list[tuple[str, str]]) -> NodeParams:
            if request["params"] is None:
                return template.constant if template.constant is not None else validated(node, spec["params"])
            given = request["params"][at]
            if "error" in given:
                error = given["error"]
                raise NodeFailed(error["code"], error["message"], **error["details"])
            return validated(node, given["values"])

        computing = self._services.computing.turn(claimed.owner_id)
        facts = TurnFacts(
            idempotency_key=request["idempotency_key"], timezone=request["timezone"],
            variables=request["variables"], connected=frozenset(request["connected"]), label=node.label,
            written=node.params,
        )  # fmt: skip
        caller = Caller(
            owner_id=claimed.owner_id, slots=node.credentials, secrets=attempts.secrets, computing=computing,
            execution_id=str(claimed.execution_id), workflow_id=_workflow_of(request), before_effect=self._check_lease,
            node_id=node.id, keeps_state=request.get("keeps_state", False),
        )  # fmt: skip
        context = Contexts(node, facts, caller, self._services.abilities, lambda at, now: attempts.run_side)
        return Turn(
            node, request["inputs"], params, context, attempts, utc_now, request["goes_on"],
            self._services.pace(claimed.owner_id, node.credentials), request["attempts_made"], computing.close,
            execution_id=str(claimed.execution_id), owner_id=claimed.owner_id,
            kept=kept_results.of_turn(
                node, request["inputs"], (claimed.owner_id, _workflow_of(request)), attempts.secrets,
                self._services.in_database,
            ),
        )  # fmt: skip


def _workflow_of(request: Mapping[str, Any]) -> UUID | None:
    return UUID(request["workflow_id"]) if request["workflow_id"] else None


class PutOff(EngineSignal):
    """The next attempt is due so late that nobody's place is to be held for it."""

    def __init__(self, attempt: int, delay_s: float) -> None:
        super().__init__(f"attempt {attempt + 1} is due in {delay_s:.0f} s")
        self.attempt = attempt
        self.delay_s = delay_s


class _Attempts:
    """Notes attempts that failed; the next one is waited for here, where that is soon."""

    def __init__(self, secrets: Secrets, made: list[dict[str, Any]], run_side: Elsewhere) -> None:
        self.secrets = secrets
        self.made = made
        self.run_side = run_side
        self._last = 0

    def retrying(self, *, attempt: int, error: NodeError, started_at: datetime, delay_s: float) -> None:
        self.made.append(attempt_entry(attempt, started_at, utc_now(), cleaned_error(error, self.secrets)))
        self._last = attempt

    async def pause(self, delay_s: float) -> None:
        """Wait for the next attempt. Raises: PutOff where that takes long."""
        if delay_s > LONG_BACKOFF_S:
            raise PutOff(self._last, delay_s)
        await asyncio.sleep(delay_s)
