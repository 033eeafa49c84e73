"""A goal is planned, its tasks are carried out, and planned anew where one fails.

`r<replan>-m<round>` are the steps in which the planner is asked, `r<replan>-plan` the plan; `k<order>-…` are those of a
task: the rounds of an agent of its own, and `k<order>-end`; `answer-m<round>` those of the last word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from nodes.base import NodeContext, NodeFailed
from nodes.handlers.ai.agents.plans import Plan, Task, schema_of
from nodes.handlers.ai.agents.rounds import Limits, Outcome, Rounds, Shape
from nodes.handlers.ai.agents.toolbox import Calls, Toolbox, cut
from nodes.handlers.ai.asked_model import AskedModel
from nodes.language_models import Completion, Message

AT_ONCE = 5
RETRIES = 2  # of a plan that does not fit
MOST_RESULT_BYTES = 16 * 1024
FAILED = "FAILED:"
PLAN = (
    "Make a plan for the goal: as few tasks as it takes, each small enough for somebody who has the tools below, knows "
    "the goal, and is told what the tasks gave that it depends on. Tasks that do not depend on each other are done at "
    "the same time. Number them from {first} on."
)
DO = (
    "You carry out one task of a plan. Answer with what came out of it, for those who go on with it. Where it cannot "
    f"be done, answer with {FAILED} and why."
)
ANSWER = "All tasks of the plan are done. Answer to the goal with what they gave, and with nothing else."


@dataclass(slots=True)
class CarryingOut:
    """One goal at work. `used` are all answers of models, for what they cost; `toolbox` is copied for each task."""

    ctx: NodeContext
    goal: str
    system: str
    planner: AskedModel
    model: AskedModel
    toolbox: Toolbox
    max_steps: int
    max_replans: int
    before: Sequence[Message] = ()
    plan: Plan = field(default_factory=Plan)
    replans: int = 0
    used: list[Completion] = field(default_factory=list[Completion])
    warnings: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _calls: Calls = field(default_factory=Calls)

    async def run(self) -> str:
        """Go on until all is done; returns the answer. Raises: NodeFailed."""
        while True:
            before = self.plan.last
            await self._planned()
            await self._side_by_side(self._claimed())
            failed = [task for task in self.plan.failed() if task.order > before]
            if not failed:
                return await self._answered()
            if self.replans == self.max_replans:
                raise self._given_up(failed[0])
            self.replans += 1

    # -- the plan ----------------------------------------------------------------------------------------------------
    async def _planned(self) -> None:
        """Ask for tasks. Raises: NodeFailed, "invalid_plan"."""
        left = self.max_steps - len(self.plan.done()) - len(self.plan.failed())
        if left <= 0:
            raise self._over()
        number = f"r{self.replans}-"
        shape = Shape(schema_of(left), RETRIES, self.plan.faults, "invalid_plan")
        question = [
            Message("system", "\n\n".join(part for part in (self.system, self._plan_told()) if part)),
            *self.before,
            Message("user", f"The goal:\n{self.goal}{self._standing()}"),
        ]
        nothing = replace(self.toolbox, tools={}, made=[])
        made = await self._rounds(self.planner, nothing, number, shape).run(question)
        self.plan.add(made.json)
        await self._tell(f"{number}plan")

    def _plan_told(self) -> str:
        tools = "\n".join(f"- {tool.name}: {tool.description}" for tool in self.toolbox.told)
        return f"{PLAN.format(first=self.plan.last + 1)}\n\nTools:\n{tools or 'none'}"

    def _standing(self) -> str:
        """Return what is told of an earlier plan: what was done, and what failed."""
        if not self.plan.tasks:
            return ""
        done = "\n".join(f"{task.order}. {task.action}\n{_result(task)}" for task in self.plan.done())
        failed = "\n".join(
            f"{task.order}. {task.action}\n{(task.error or {}).get('message')}" for task in self.plan.failed()
        )
        return f"\n\nDone:\n{done or 'nothing'}\n\nFailed:\n{failed}\n\nPlan what is left, in another way."

    async def _tell(self, step: str) -> None:
        """Keep and tell how the plan stands."""

        async def work(_key: str) -> dict[str, Any]:
            return {"plan": [task.shown() for task in self.plan.tasks]}

        await self.ctx.step(step, work, kind="plan", effect="pure")

    # -- its tasks ---------------------------------------------------------------------------------------------------
    def _claimed(self) -> list[Task]:
        """Return tasks that may begin, as at work.

        Where one has failed the others go on: so what is done does not depend on which was quicker, and a run that goes
        on elsewhere does the same.
        """
        free = self.plan.free()
        for task in free:
            task.status = "running"
        return free

    async def _side_by_side(self, tasks: Sequence[Task]) -> None:
        for begin in range(0, len(tasks), AT_ONCE):
            await self.ctx.side_by_side([partial(self._done, task) for task in tasks[begin : begin + AT_ONCE]])

    async def _done(self, task: Task) -> None:
        """Carry a task out, and then those that waited for it alone."""
        try:
            made = await self._carried_out(task)
        except NodeFailed as exc:
            if exc.node_code != "tool_loop":
                raise
            task.error = {"code": exc.node_code, "message": exc.message}
        else:
            if made.text.lstrip().startswith(FAILED):
                said = made.text.lstrip().removeprefix(FAILED).strip()
                task.error = {"code": "task_failed", "message": cut(said, 2048)}
            else:
                task.result = made.text
        task.status = "completed" if task.error is None else "failed"
        await self._tell(f"k{task.order}-end")
        await self._side_by_side(self._claimed())

    async def _carried_out(self, task: Task) -> Outcome:
        number = f"k{task.order}-"
        approvals = self.toolbox.approvals
        toolbox = Toolbox(self.ctx, self.toolbox.item, self.toolbox.tools, approvals, number, self._calls)
        given = [one for one in self.plan.tasks if one.order in task.depends_on]
        results = "".join(f"\n\nTask {one.order}, {one.action}, gave:\n{_result(one)}" for one in given)
        question = [
            Message("system", "\n\n".join(part for part in (self.system, DO) if part)),
            Message(
                "user", f"The goal that your task is a part of:\n{self.goal}\n\nYour task:\n{task.action}{results}"
            ),
        ]
        try:
            return await self._rounds(self.model, toolbox, number).run(question)
        finally:
            self.warnings += [(code, said) for one in toolbox.made for code, said in one.warnings]

    async def _answered(self) -> str:
        results = "\n\n".join(f"{task.order}. {task.action}\n{_result(task)}" for task in self.plan.done())
        question = [
            Message("system", "\n\n".join(part for part in (self.system, ANSWER) if part)),
            *self.before,
            Message("user", f"The goal:\n{self.goal}\n\nWhat the tasks gave:\n{results}"),
        ]
        nothing = replace(self.toolbox, tools={}, made=[])
        return (await self._rounds(self.model, nothing, "answer-").run(question)).text

    def _rounds(self, model: AskedModel, toolbox: Toolbox, prefix: str, shape: Shape | None = None) -> Rounds:
        limits = Limits(self.max_steps, None, "fail")
        return Rounds(self.ctx, model, toolbox, limits, shape, prefix, self.used)

    # -- the end -----------------------------------------------------------------------------------------------------
    def _given_up(self, task: Task) -> NodeFailed:
        error = task.error or {}
        said = f"Task {task.order} failed, and no other plan may be made: {error.get('message')}"
        return NodeFailed(
            str(error.get("code")), said[:2000], order=task.order, action=task.action, replans=self.replans,
            plan=[one.shown() for one in self.plan.tasks],
        )  # fmt: skip

    def _over(self) -> NodeFailed:
        plan = [one.shown() for one in self.plan.tasks]
        return NodeFailed("step_limit", f"{self.max_steps} tasks were carried out", limit=self.max_steps, plan=plan)


def _result(task: Task) -> str:
    return cut(task.result or "", MOST_RESULT_BYTES)
