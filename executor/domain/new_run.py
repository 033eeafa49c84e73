"""A run before it starts, whoever starts it: all that its start fixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from core.ids import new_id
from core.json.key_order import is_in_stored_order, noted
from core.values.times import wire_time
from executor.domain.claimed import Goal, Part, SubWorkflow


@dataclass(frozen=True, slots=True)
class NewRun:
    """All that a start fixes. A run below another one names its parent, and may be one of several (`child_index`)."""

    owner_id: UUID
    workflow_id: UUID | None
    workflow_name: str
    definition_hash: str
    layout_hash: str
    trigger_node_id: str
    input: Any
    total: int
    version: int | None = None
    mode: str = "manual"
    trigger: str = "manual"
    started_by_id: UUID | None = None
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    pinned: dict[str, Any] = field(default_factory=dict[str, Any])
    idempotency_key: str | None = None
    idempotency_scope: str | None = None
    request_hash: str = ""
    sub_workflows: Mapping[str, SubWorkflow] = field(default_factory=dict[str, SubWorkflow])
    error_workflow_id: UUID | None = None
    retry_of_id: UUID | None = None
    root_execution_id: UUID | None = None  # None: it is one itself
    takes_over: bool = False  # what the run it repairs finished, and those below it
    effects_id: UUID | None = None  # the run whose id is in the keys of its effects; None: its own
    goal: Goal | None = None
    partial: Part | None = None
    limit_key: str | None = None
    limit_max: int | None = None
    priority: int = 0
    parent_execution_id: UUID | None = None
    parent_node_id: str | None = None
    parent_path: str = ""
    child_index: int = 0
    parent_number: int = 0  # by which of its parent's node's calls
    depth: int = 0
    is_detached: bool = False  # its parent does not wait for it
    mappings: dict[str, Any] | None = None
    id: UUID = field(default_factory=new_id)

    def as_record(self, now: datetime) -> dict[str, Any]:
        """Return what the start statement takes."""
        record = {one.name: getattr(self, one.name) for one in fields(self)}
        texts = {name: str(value) for name, value in record.items() if isinstance(value, UUID)}
        values = {name: noted(record[name]) for name in ("variables", "labels", "pinned", "partial")}
        return {**record, **texts, **values, "keeps_order": not is_in_stored_order(self.input), "now": wire_time(now)}
