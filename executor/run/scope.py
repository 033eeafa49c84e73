"""A part of a run that holds tokens: as long as one of its parts can go on, the run is not let go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from executor.run.state import Run


class Scope:
    """What takes steps, waits and stands at the gate does so for a scope of its run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.journal = run.journal

    def params_of(self, node_id: str) -> Mapping[str, Any]:
        """Return what the author of a node wrote into its params; a program that has none says so."""
        return {}

    def end(self) -> None:
        """Give back the tokens that are left."""
        self.run.tokens.drop(self)
