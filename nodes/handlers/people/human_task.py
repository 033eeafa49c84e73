"""The human task node: people approve, clarify or choose, and the run goes on by what they said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from core.forms.fields import in_written_order
from core.forms.forms import form_problem
from core.values.kinds import is_list, is_object
from nodes.base import (
    Answer,
    BatchNodeType,
    CancelRun,
    Hint,
    Look,
    NodeContext,
    NodeFailed,
    NodeParams,
    NodeResult,
    Port,
    WaitFor,
)
from nodes.budget import check_size
from nodes.items import Item, Items

LONGEST_S = 365 * 24 * 3600.0
TIME_TO_ANSWER_S = 3 * 24 * 3600.0
ADVANCED: dict[str, Any] = {"group": "advanced"}


class Option(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    value: str = Field(min_length=1, max_length=100)
    label: str = Field(default="", max_length=200)


SILENCE = {
    "proceed": "Go on", "cancel": "Cancel the run", "approve": "Count as approved",
    "reject": "Count as rejected", "escalate": "Ask others", "fail": "Fail",
}  # fmt: skip


DECIDES = {"approve": "approved", "reject": "rejected", "fail": ""}  # whatever is connected


class HumanTaskParams(NodeParams):
    type: Literal["approval", "clarification", "choice"] = Field(default="approval", title="Kind")
    title: str = Field(min_length=1, max_length=300, title="Title")
    message: str = Field(default="", max_length=20_000, title="Message")
    context: dict[str, Any] = Field(default={}, title="Context", description="What is shown with the question")
    options: list[Option] = Field(default=[], max_length=20, title="Options")
    form: dict[str, Any] | None = Field(
        default=None, title="Form", description="The fields to fill in: the properties of a JSON Schema of an object",
        json_schema_extra={"control": "form"},
    )  # fmt: skip
    assignee_id: UUID | None = Field(default=None, title="Assignee", description="A user's id; empty: the owner")
    assignee_ids: list[UUID] = Field(default=[], max_length=50, title="More assignees", json_schema_extra=ADVANCED)
    required_answers: int = Field(
        default=1, ge=1, le=50, title="Approvals needed", description="So many assignees must agree",
        json_schema_extra=ADVANCED,
    )  # fmt: skip
    timeout_s: float = Field(default=TIME_TO_ANSWER_S, gt=0, le=LONGEST_S, title="Time to answer")
    on_timeout: Literal["proceed", "cancel", "approve", "reject", "escalate", "fail"] = Field(
        default="cancel", title="When nobody answers", json_schema_extra={"option_labels": dict(SILENCE)},
        description="Where the output Timeout is connected, it is taken instead of going on or cancelling",
    )  # fmt: skip
    escalate_to: list[UUID] = Field(default=[], max_length=50, title="Escalate to", json_schema_extra=ADVANCED)
    remind_after_s: float | None = Field(default=None, gt=0, title="Remind after", json_schema_extra=ADVANCED)

    @field_validator("form")
    @classmethod
    def _form_is_an_object(cls, form: dict[str, Any] | None) -> dict[str, Any] | None:
        problem = form_problem(form) if form is not None else ""
        if problem:
            raise ValueError(problem)
        return form

    @model_validator(mode="after")
    def _fits(self) -> HumanTaskParams:
        values = [option.value for option in self.options]
        if len(set(values)) < len(values):
            raise ValueError("the values of options must differ")
        if self.type == "choice" and not values:
            raise ValueError("a choice needs options")
        if self.required_answers > max(len(self.everybody), 1):
            raise ValueError("more approvals are needed than there are assignees")
        if self.on_timeout == "escalate" and not self.escalate_to:
            raise ValueError("nobody is named to escalate to")
        escalates = self.on_timeout == "escalate" and self.type == "approval"
        if escalates and self.required_answers > len(set(self.escalate_to)):
            raise ValueError("more approvals are needed than there are people to escalate to")
        return self

    @property
    def everybody(self) -> list[str]:
        named = [*([self.assignee_id] if self.assignee_id else []), *self.assignee_ids]
        return list(dict.fromkeys(str(one) for one in named))


class HumanTask(BatchNodeType[HumanTaskParams]):
    """Ask people, and hand the items on by their answer.

    Outputs: the items with {"data", "human_task": {"action", "comment", "responded_by_id", "data"}} by "approved",
    "rejected", "answered", "timeout", or by the option chosen. An item's own field `data` stays: the answer's then
    stands in `human_task.data` alone.
    Raises: NodeFailed: "human_task_timeout" where `on_timeout` is "fail"; CancelRun where it is "cancel".
    """

    kind = "human_task"
    waits = True
    refusals = ("rejected",)
    obeys = frozenset()  # it has a time of its own, and nothing to try again
    Params = HumanTaskParams
    outputs = (
        Port("approved", "Approved"),
        Port("rejected", "Rejected"),
        Port("answered", "Answered"),
        Port("timeout", "Timeout"),
    )
    dynamic_outputs = {"param": "options", "name_field": "value", "when": {"field": "type", "in": ["choice"]}}
    look = Look(
        label="Human Task",
        description="Asks people to approve, clarify or choose.",
        category="people",
        icon="user-check",
        color="#db2777",
        summary="{{ title }}",
        aliases=("approval", "human in the loop", "hitl", "form", "review"),
        docs="The run waits without holding a worker. Only an assignee can answer, once. With several "
        "`required_answers` so many assignees must approve. Each option of a choice is an output of its own. Nobody's "
        "silence approves anything: without an answer in three days the items leave by `timeout` where that is "
        "connected, else the run is cancelled; `on_timeout` says otherwise. What an answer says stands in "
        "`human_task.data`, and in `data` too where the item has no such field of its own.",
        output_fields=(("data", "json"), ("human_task", "json")),
    )

    def output_names(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        names = tuple(port.name for port in self.outputs)
        options = params.get("options")
        if params.get("type") != "choice" or not is_list(options):
            return names
        values = [str(option.get("value")) for option in options if is_object(option) and option.get("value")]
        return (*names, *(value for value in values if value not in names))

    async def run_all(self, params: HumanTaskParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        answer = await ctx.wait(
            WaitFor("human_task", ctx.now + timedelta(seconds=params.timeout_s), None, _task(params, ctx))
        )
        handle = _handle(params, answer, ctx)
        items = inputs.get("main") or []
        answered = [
            {**item, "json": _with_answer(item, answer), "pairedItem": {"item": at}} for at, item in enumerate(items)
        ]
        return NodeResult({handle: answered}, warnings=tuple(_replaced(items, answer)))

    def hints(self, params: Mapping[str, Any], connected: Set[str]) -> Iterator[Hint]:
        then, is_approval = params.get("on_timeout"), params.get("type", "approval") == "approval"
        if then == "proceed" and "timeout" not in connected:
            goes = "an approval that nobody answers counts as approved" if is_approval else "its items go nowhere"
            yield Hint("silence_proceeds", f"Without an edge from Timeout {goes}", "params.on_timeout")
        if then in DECIDES and "timeout" in connected:
            yield Hint("unused_output", "Nothing leaves by Timeout: something else happens then", "params.on_timeout")

    def people(self, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name in ("assignee_id", "assignee_ids", "escalate_to"):
            given = params.get(name)
            for one in given if is_list(given) else [given]:
                with suppress(ValueError):  # an expression, or what the params are refused for
                    yield f"params.{name}", str(UUID(str(one)))


def _task(params: HumanTaskParams, ctx: NodeContext) -> dict[str, Any]:
    remind_at = ctx.now + timedelta(seconds=params.remind_after_s) if params.remind_after_s else None
    return {
        "type": params.type,
        "title": params.title,
        "message": params.message,
        "context": check_size(params.context, "context"),
        "options": [{"value": option.value, "label": option.label or option.value} for option in params.options],
        "form": in_written_order(params.form),
        "assignee_ids": params.everybody,
        "required_answers": params.required_answers,
        "timeout_s": params.timeout_s,
        "on_timeout": params.on_timeout,
        "escalate_to": [str(one) for one in params.escalate_to],
        "remind_at": remind_at,
    }


def _is_own_data(item: Item) -> bool:
    """Whether an item's `data` is its own, not what an earlier task of this kind was answered.

    What equals that answer is taken for it. Earlier releases left `human_task.data` out where `data` was the answer's.
    """
    if "data" not in item["json"]:
        return False
    earlier = item["json"].get("human_task")
    return not _is_of_task(earlier) or ("data" in earlier and earlier["data"] != item["json"]["data"])


def _is_of_task(value: Any) -> bool:
    return isinstance(value, dict) and "responded_by_id" in value


def _with_answer(item: Item, answer: Answer) -> dict[str, Any]:
    said = {key: answer.get(key) for key in ("action", "comment", "responded_by_id", "data")}
    own = item["json"] if _is_own_data(item) else {**item["json"], "data": said["data"]}
    return {**own, "human_task": said}


def _replaced(items: Items, answer: Answer) -> Iterator[tuple[str, str, str]]:
    if answer.get("data") is not None and any(_is_own_data(item) for item in items):
        yield "field_kept", "", "The items have a field data: what was answered stands in human_task.data"
    if any("human_task" in item["json"] and not _is_of_task(item["json"]["human_task"]) for item in items):
        yield "field_replaced", "", "The items had a field human_task: the answer stands there now"


def _handle(params: HumanTaskParams, answer: Answer, ctx: NodeContext) -> str:
    """Return the handle an answer leaves by. Raises: NodeFailed, CancelRun."""
    if answer.get("by") != "time":
        action = str(answer.get("action"))
        return {"approve": "approved", "reject": "rejected", "answer": "answered"}.get(action, action)
    if params.on_timeout in DECIDES:
        if params.on_timeout == "fail":
            raise NodeFailed("human_task_timeout", "Nobody answered in time")
        return DECIDES[params.on_timeout]
    if "timeout" in ctx.connected:
        return "timeout"
    if params.on_timeout == "proceed":
        return "approved" if params.type == "approval" else "timeout"
    raise CancelRun("human_task_timeout")  # "cancel", and where those who were asked instead did not answer either
