"""Roles on a workflow: each includes those before it. What an act needs is the least role that may do it."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings

from core.errors import Conflict, Forbidden


class Role(StrEnum):
    VIEWER = "viewer"  # reads: the workflow, its versions, runs, events, streams
    RUNNER = "runner"  # starts, stops, answers and repeats runs as well
    EDITOR = "editor"  # changes, tests, deploys, restores and schedules as well
    OWNER = "owner"  # whose account it is: deletes, archives, hands over, chooses collaborators as well

    def includes(self, other: Role) -> bool:
        """Whether this role may do what that one may."""
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER = list(Role)
GRANTED = (Role.VIEWER, Role.RUNNER, Role.EDITOR)  # that an owner may give


class SharedEditingOff(Conflict):
    """The operator does not let anybody but the owner change a workflow."""

    code = "shared_editing_off"


def check_shared_editing(what: str) -> None:
    """Refuse what lets others change a workflow where the operator wants none of it. Raises: SharedEditingOff."""
    if not settings.SHARED_EDITING:
        raise SharedEditingOff(f"{what}: shared editing is off here. The roles viewer and runner can be given")


def in_force(stored: str) -> Role | None:
    """Return what a stored role lets somebody do here: "" is none, and an editor's a runner's while editing is off."""
    role = Role(stored) if stored else None
    return Role.RUNNER if role is Role.EDITOR and not settings.SHARED_EDITING else role


class RoleRequired(Forbidden):
    """The object is seen, but this needs a larger role on its workflow."""

    code = "role_required"

    def __init__(self, *, needs: Role, has: Role) -> None:
        who = "the owner" if needs is Role.OWNER else f"the role {needs} or more"
        super().__init__(f"This needs {who}; you are {has} here", role=str(needs), my_role=str(has))
