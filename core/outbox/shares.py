"""How the places of a lane are shared: nobody's thousand rows keep another's one waiting."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID


def shares(waiting: Mapping[UUID, int], at_work: Mapping[UUID, int], free: int) -> dict[UUID, int]:
    """Return how many rows to take of each owner who waits; who has least at work comes first.

    Work that was begun is not taken back, so places are kept for those who come later: an owner may take one more only
    while more places are free than he holds. The first one gets half of all, the next one half of the rest.
    """
    taken: dict[UUID, int] = {}
    left = {owner: count for owner, count in waiting.items() if count > 0}
    while left and free > 0:
        owner = min(left, key=lambda one: at_work.get(one, 0) + taken.get(one, 0))
        held = at_work.get(owner, 0) + taken.get(owner, 0)
        if held >= free:
            break  # all others hold as many
        taken[owner] = taken.get(owner, 0) + 1
        free -= 1
        left[owner] -= 1
        if not left[owner]:
            del left[owner]
    return taken
