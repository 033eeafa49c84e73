"""Plans: tasks that depend on each other, as a planner writes them, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["pending", "running", "completed", "failed", "dropped"]
MOST_ACTION = 1000  # characters
SHOWN_ACTION = 200  # … of it in events


def schema_of(most_tasks: int) -> dict[str, Any]:
    """Return what a planner's answer has to look like."""
    task = {
        "type": "object",
        "properties": {
            "order": {"type": "integer", "minimum": 1},
            "action": {"type": "string", "minLength": 1, "maxLength": MOST_ACTION},
            "depends_on": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["order", "action", "depends_on"],
        "additionalProperties": False,
    }
    tasks = {"type": "array", "items": task, "minItems": 1, "maxItems": most_tasks}
    return {"type": "object", "properties": {"tasks": tasks}, "required": ["tasks"], "additionalProperties": False}


@dataclass(slots=True)
class Task:
    """One task of a plan. `error`: {"code", "message"} where it failed."""

    order: int
    action: str
    depends_on: Sequence[int] = ()
    status: Status = "pending"
    result: str | None = None
    error: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "order": self.order, "action": self.action, "status": self.status, "result": self.result,
            "error": None if self.error is None else dict(self.error), "depends_on": list(self.depends_on),
        }  # fmt: skip

    def shown(self) -> dict[str, Any]:
        """Return what events tell of it."""
        action = self.action if len(self.action) <= SHOWN_ACTION else f"{self.action[:SHOWN_ACTION]}…"
        return {"order": self.order, "action": action, "status": self.status, "depends_on": list(self.depends_on)}


@dataclass(slots=True)
class Plan:
    """All tasks there were, in the order of their numbers."""

    tasks: list[Task] = field(default_factory=list[Task])

    @property
    def last(self) -> int:
        """The highest number that is used."""
        return max((task.order for task in self.tasks), default=0)

    def done(self) -> list[Task]:
        return [task for task in self.tasks if task.status == "completed"]

    def failed(self) -> list[Task]:
        return [task for task in self.tasks if task.status == "failed"]

    def free(self) -> list[Task]:
        """Return what may begin: tasks whose every dependency is done."""
        done = {task.order for task in self.done()}
        return [task for task in self.tasks if task.status == "pending" and done.issuperset(task.depends_on)]

    def faults(self, written: Any) -> list[str]:
        """Return what is wrong with further tasks that fit the schema."""
        tasks: list[dict[str, Any]] = written["tasks"]
        orders = [task["order"] for task in tasks]
        known = {*orders, *(task.order for task in self.done())}
        found = [
            f"Task {order} stands there twice" for order in sorted({one for one in orders if orders.count(one) > 1})
        ]
        found += [f"Task {order}: new tasks begin at number {self.last + 1}" for order in orders if order <= self.last]
        for task in tasks:
            unknown = [one for one in task["depends_on"] if one not in known]
            found += [f"Task {task['order']} depends on {one}, and there is no such task" for one in unknown]
        return found or _circles({task["order"]: task["depends_on"] for task in tasks})

    def add(self, written: Any) -> None:
        """Put further tasks in the place of those that have not begun."""
        for task in self.tasks:
            if task.status in ("pending", "running"):
                task.status = "dropped"
        new = (Task(one["order"], one["action"], tuple(one["depends_on"])) for one in written["tasks"])
        self.tasks.extend(sorted(new, key=lambda task: task.order))


def _circles(depends: Mapping[int, Sequence[int]]) -> list[str]:
    """Return which tasks wait for each other."""
    left = {order: {one for one in needed if one in depends} for order, needed in depends.items()}
    while free := [order for order, needed in left.items() if not needed]:
        for order in free:
            del left[order]
        for needed in left.values():
            needed.difference_update(free)
    return [f"Tasks {', '.join(map(str, sorted(left)))} depend on each other in a circle"] if left else []
