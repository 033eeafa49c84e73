"""What a worker claims: a run, or a turn of a node for a run that another worker drives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from nodes.items import Items


class SubWorkflow(TypedDict):
    """A workflow that a run may start, as it was when its root started."""

    workflow_id: str
    workflow_name: str
    version: int | None
    definition_hash: str
    layout_hash: str
    trigger_node_id: str
    total: int
    input_schema: NotRequired[Mapping[str, Any]]  # what its trigger asks for


class Goal(TypedDict, total=False):
    """When a run ends early: well, with so many results; failed, above so many errors."""

    min_rows: int | None
    max_errors: int | None


class Part(TypedDict, total=False):
    """What of its definition a run carries out."""

    nodes: list[str]  # those that run; absent: all
    inputs: dict[str, dict[str, Items]]  # by node and handle
    offline: bool  # nothing outside is reached


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run as its claim returns it: `ClaimedRun(**row)`. Where `are_large`, what it was started with is absent."""

    execution_id: UUID
    owner_id: UUID
    epoch: int
    commit_no: int
    last_seq: int
    wakes: int
    command: str | None
    running_ms: int
    started_at: datetime
    limit_key: str | None
    priority: int
    workflow_id: UUID | None
    workflow_name: str
    definition_hash: str
    trigger_node_id: str
    mode: str
    sub_workflows: Mapping[str, SubWorkflow]
    parent_execution_id: UUID | None
    root_execution_id: UUID | None
    retry_of_id: UUID | None
    takes_over: bool
    effects_id: UUID | None
    depth: int
    goal: Goal | None
    are_large: bool
    input: Any
    variables: dict[str, Any]
    pinned: dict[str, Any]
    partial: Part | None

    @property
    def takes_up_rows(self) -> bool:
        """Whether there may be rows in the journal that it goes on from."""
        return self.epoch > 1 or self.retry_of_id is not None or self.mode == "partial"


@dataclass(frozen=True, slots=True)
class ClaimedTurn:
    """A node's turn as its claim returns it: `ClaimedTurn(**row)`. `request` is packed."""

    id: UUID
    owner_id: UUID
    execution_id: UUID
    node_id: str
    epoch: int
    request: bytes
