"""A call that starts a run: which trigger it is for, and what its address says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from nodes.base import NodeParams
from nodes.calling import CalledType, Door
from orchestrator.models import Listener


@dataclass(frozen=True, slots=True)
class Call:
    """What an address stands for: which workflow and node, with which params, and what the path's names stand for."""

    workflow_id: UUID
    owner_id: UUID
    node_id: str
    type: CalledType[Any]
    params: NodeParams
    door: Door
    credential_id: str
    path_params: dict[str, str]
    listener: Listener | None = None
    workflow_name: str = ""
    version: int | None = None
    hashes: tuple[str, str] = ("", "")
    total: int = 0
    calls: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    registration_id: UUID | None = None  # whose secret a caller has to sign with
