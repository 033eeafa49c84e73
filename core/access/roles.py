"""Roles on a workflow: each includes those before it. What an act needs is the least role that may do it."""

from __future__ import annotations

from enum import StrEnum

from core.errors import Forbidden


class Role(StrEnum):
    VIEWER = "viewer"  # reads: the workflow, its versions, runs, events, streams
    RUNNER = "runner"  # starts, stops, answers and repeats runs as well
    EDITOR = "editor"  # changes, tests, deploys, restores and schedules as well
    OWNER = "owner"  # whose account it is: deletes, archives, hands over, chooses collaborators as well

    def includes(self, other: Role) -> bool:
        """Whether this role may do what that one may."""
        return _ORDER.index(self) >= _ORDER.index(other)

    def and_larger(self) -> list[Role]:
        return _ORDER[_ORDER.index(self) :]


_ORDER = list(Role)
GRANTED = (Role.VIEWER, Role.RUNNER, Role.EDITOR)  # that an owner may give


class RoleRequired(Forbidden):
    """The object is seen, but this needs a larger role on its workflow."""

    code = "role_required"

    def __init__(self, *, needs: Role, has: Role) -> None:
        who = "the owner" if needs is Role.OWNER else f"the role {needs} or more"
        super().__init__(f"This needs {who}; you are {has} here", role=str(needs), my_role=str(has))
