"""What a node type is: params you can see, one `run`, no reach.

What a node uses comes in through its `NodeContext`; what it did leaves as a `NodeResult` or a `NodeFailed`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from core.errors import WorkflowError
from nodes.abilities import Ability, CodeOutcome, CodeRequest, Credentials, Files, HttpClient, State, Tables
from nodes.helpers import Gives, Helper, Slot
from nodes.items import Item, Items
from nodes.usage import NOTHING, Usage

Effect = Literal["pure", "read", "write"]
Armed = Literal["manual", "failure", "webhook", "schedule", "poll", "push"]  # how a trigger is put into service
LITERAL: dict[str, Any] = {"expression": False}  # json_schema_extra of a param that may not hold an expression
RAW: dict[str, Any] = {"raw": True}  # … of one in which braces mean nothing: it is handed on as it stands
LATE: dict[str, Any] = {"late": True}  # … of one whose expressions the node evaluates itself, on items it has by then


class NodeParams(BaseModel):
    """Base of all params: frozen, refuses unknown keys; its JSON schema is the editor's form."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoParams(NodeParams):
    """A node without settings."""


A = TypeVar("A")
P = TypeVar("P", bound=NodeParams)
R = TypeVar("R")


class NodeFailed(WorkflowError):
    """A node could not do its job. Its code is given, not fixed; `retryable` says whether another try can help."""

    def __init__(
        self, code: str, message: str, *, retryable: bool = False, retry_after_s: float | None = None, **details: object
    ) -> None:
        super().__init__(message, **details)
        self.node_code = code
        self.retryable = retryable
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What a node hands on: items by handle. A plain dict given to `of` is one item by `main`.

    `size` are the bytes of all its items as JSON, where they were counted while they were made.
    """

    outputs: Mapping[str, Items]
    logs: tuple[str, ...] = ()
    failures: tuple[tuple[int, NodeFailed], ...] = ()  # of a batch: items it failed for, by their place
    size: int | None = None
    warnings: tuple[tuple[str, str, str], ...] = ()  # code, field ("": none), message: what went on, but not as asked
    usage: Usage = NOTHING  # what it used, beside what it told its context while at work
    is_cached: bool = False  # it was made by an earlier turn of the same node type, for the same params and items

    @staticmethod
    def of(json: dict[str, Any], handle: str = "main") -> NodeResult:
        return NodeResult({handle: [{"json": json}]})

    @staticmethod
    def items(items: Items, handle: str = "main") -> NodeResult:
        return NodeResult({handle: items})


@dataclass(frozen=True, slots=True)
class WaitFor:
    """What a node waits for: a moment, a signal by name, or people's answer to a task; the last two with a deadline."""

    kind: Literal["timer", "signal", "human_task"]
    until: datetime | None = None
    signal: str | None = None
    task: Mapping[str, Any] | None = None


Answer = Mapping[str, Any]  # {"by": "time" | "signal" | "person", …}


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How a run that a node started ended. `output` are its items; `error` says why it failed."""

    execution_id: str
    status: str
    output: Items
    error: Mapping[str, Any] | None = None


class CancelRun(WorkflowError):
    """A node ends the whole run as cancelled, for a reason that stands in its `end_reason`."""

    def __init__(self, end_reason: str) -> None:
        super().__init__(end_reason)
        self.end_reason = end_reason


class Reach(Protocol):
    """What all of our code that works for a workflow may use of the world."""

    async def ability(self, which: Ability[A]) -> A:
        """Return what the installation provides by this name, for this turn: it is imported at its first use.

        Raises: NodeFailed "ability_missing".
        """
        ...

    @property
    def http(self) -> HttpClient: ...

    @property
    def credentials(self) -> Credentials: ...

    @property
    def files(self) -> Files: ...

    @property
    def now(self) -> datetime: ...

    async def compute(self, work: Callable[..., R], *arguments: Any, cost_ms: float) -> R:
        """Do pure work on data: on the event loop where it costs little, else in a process that can be ended.

        `work` is a function of a module, its arguments are params, texts, bytes or JSON; what it returns is JSON or a
        `NodeResult`. Raises: NodeFailed: what the work raises, "node_timeout", "compute_memory", "compute_crash".
        """
        ...


class NodeContext(Reach, Protocol):
    """All that a running node may reach."""

    @property
    def label(self) -> str:
        """What its author calls the node."""
        ...

    @property
    def written(self) -> Mapping[str, Any]:
        """Return the node's params as its author wrote them: expressions stand in them as text."""
        ...

    @property
    def timezone(self) -> str: ...

    @property
    def idempotency_key(self) -> str: ...

    @property
    def trigger_input(self) -> Any: ...

    @property
    def variables(self) -> Mapping[str, Any]: ...

    async def run_code(self, request: CodeRequest) -> CodeOutcome:
        """Run user code in the jail. Raises: NodeFailed "code_sandbox_unavailable"."""
        ...

    @property
    def state(self) -> State:
        """What this node keeps from run to run."""
        ...

    @property
    def tables(self) -> Tables:
        """The data tables that this run may use."""
        ...

    @property
    def connected(self) -> frozenset[str]:
        """The node's outputs that an edge uses."""
        ...

    async def wait(self, request: WaitFor) -> Answer:
        """Wait for something outside, however long: the run gives its worker back meanwhile.

        A resumed run starts the node over; each `wait` it has had an answer to returns that at once.
        """
        ...

    async def call(
        self, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None = None, waits: bool = True
    ) -> list[ChildResult]:
        """Run another workflow once for each input; returns how each ended, in order.

        With `waits` off the results are `pending`. Raises: NodeFailed "nesting_too_deep", "subworkflow_missing",
        "node_timeout".
        """
        ...

    def evaluated(self, template: Mapping[str, Any], *lists: Items) -> Callable[[int], Awaitable[dict[str, Any]]]:
        """Return what evaluates the expressions in a mapping on the item of a number, counted through all lists.

        An expression sees the items of the list that its item is in. Raises: NodeFailed.
        """
        ...

    async def step(
        self, name: str, work: Callable[[str], Awaitable[R]], *, kind: str = "custom", effect: Effect = "write",
        given: Any = None,
    ) -> R:  # fmt: skip
        """Do work that is stored under its name when it ends, and never done again; returns what it gave.

        A node that runs again (its worker was lost, it waited, it is tried again) gets what is stored. `work` is called
        with its idempotency key, the same each time; what it gives is JSON of at most 8 MiB. `kind` is what is shown
        ("model", "tool", "custom"), `given` too: what the work is given. Raises: NodeFailed, ValueError for a name that
        is none, or that a step at work has.
        """
        ...

    async def ask(self, name: str, request: WaitFor) -> Answer:
        """Wait as `wait` does, as a step found again by its name: other steps may go on meanwhile."""
        ...

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]:
        """Do works that take steps together; the first that raises ends the others."""
        ...

    def emit(self, text: str, *, channel: str = "text", step: str | None = None) -> None:
        """Say a piece of a text while at work: who watches the run sees it at once; it is kept nowhere.

        `step` names the step whose text it is. Said by a node on another queue, nobody hears it.
        """
        ...

    def spend(self, usage: Usage) -> None:
        """Note what was used, as soon as it was: it counts whatever becomes of the work.

        In the work of a step it is the step's, and with it the node's; else the node's alone.
        """
        ...

    def helpers(self, slot: str) -> Sequence[Helper]:
        """Return the helpers that fill a slot of this node, in the order of their edges."""
        ...

    async def tools(self, slot: str, item: Item) -> Sequence[Helper]:
        """Return the tools of a slot as a model is told of them: one that stands for several as those that it offers.

        Raises: NodeFailed.
        """
        ...

    async def helper_params(self, helper: Helper, item: Item, ai: Mapping[str, Any] | None = None) -> NodeParams:
        """Return a helper's params, evaluated in this node's place for an item; `ai` is what `$fromAI` gives.

        Raises: NodeFailed.
        """
        ...

    def helper_reach(self, helper: Helper) -> Reach:
        """Return what a helper may use of the world: its own credentials, in the name of the run's owner."""
        ...

    async def call_helper(self, helper: Helper, item: Item, ai: Mapping[str, Any]) -> NodeResult:
        """Run a tool with the arguments that a model gave, for an item; in the work of a step of this node.

        It runs as itself: with its own credentials, time limit, files and state, and without a node run or retries.
        Raises: NodeFailed, "invalid_arguments" where they do not fit its schema; ValueError outside of a step.
        """
        ...

    @property
    def answers_apart(self) -> bool:
        """Tell whether webhooks are answered on a host of their own, so that an answer may set cookies."""
        ...

    async def respond(self, response: Mapping[str, Any]) -> None:
        """Answer the webhook call that started the run: {"status", "headers", "cookies", "content", "content_type"}."""
        ...


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a node type."""

    name: str
    label: str = ""
    kind: str = "items"
    multiple: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True)
class CredentialSlot:
    name: str
    types: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """How the editor shows a node type."""

    label: str
    description: str
    category: str
    icon: str = "box"
    color: str = "#64748b"
    summary: str = ""
    aliases: tuple[str, ...] = ()
    docs: str = ""
    output_fields: tuple[tuple[str, str], ...] = ()


MAIN = (Port("main", "Output"),)
TOOL_OUTPUT = (Port("tool", "Tool", kind="tool"),)


@dataclass(frozen=True, slots=True)
class Hint:
    """A compile warning of a node type's own; `field` is a param."""

    code: str
    message: str
    field: str


class NodeType(ABC, Generic[P]):
    """A node type that runs once for each item."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    effect: ClassVar[Effect] = "pure"
    look: ClassVar[Look]
    inputs: ClassVar[tuple[Port, ...]] = (Port("main", "Input"),)
    outputs: ClassVar[tuple[Port, ...]] = MAIN
    credentials: ClassVar[tuple[CredentialSlot, ...]] = ()
    # {"param", "name_field", "when"?: {"field", "in"}}: the outputs that a param's entries name
    dynamic_outputs: ClassVar[Mapping[str, Any] | None] = None
    # {"param", "prefix", "default", "min", "max"}: inputs whose number is a param
    dynamic_inputs: ClassVar[Mapping[str, Any] | None] = None
    is_trigger: ClassVar[bool] = False
    armed: ClassVar[Armed | None] = None  # of triggers: what puts it into service
    has_error_output: ClassVar[bool] = True
    per_item: ClassVar[bool] = True
    default_timeout_s: ClassVar[float] = 60
    waits: ClassVar[bool] = False  # its turn may take months: no time limit
    # Which of the settings that any node has act on it; what would do nothing is refused by the compiler.
    refusals: ClassVar[tuple[str, ...]] = ()  # outputs that say no: with nothing behind one, a run ends as rejected
    obeys: ClassVar[frozenset[str]] = frozenset({"retry", "timeout_s"})
    stays: ClassVar[bool] = False  # its turn reaches into its run: no other process can make it
    slots: ClassVar[tuple[Slot, ...]] = ()  # what helpers fill
    gives: ClassVar[Gives | None] = None  # it is a helper, no step
    answers: ClassVar[bool] = False  # what it sends is the answer to the call that started the run
    calls: ClassVar[str | None] = None  # the param that holds the id of a workflow it runs
    loop_handle: ClassVar[str | None] = None  # the handle that leads into a loop's body
    deprecated: ClassVar[bool] = False
    is_custom: ClassVar[bool] = False
    in_jail: ClassVar[bool] = False  # another process does the work: items may go side by side
    Params: ClassVar[type[NodeParams]]

    @abstractmethod
    async def run(self, params: P, item: Item, ctx: NodeContext) -> NodeResult:
        """Do the work for one item. Raises: NodeFailed."""

    def reaches_out(self, params: Mapping[str, Any]) -> bool:
        """Whether its turn depends on more than its items: the world, people, the clock, another workflow."""
        if self.is_trigger or self.stays:
            return False
        return self.waits or self.calls is not None or self.effect_of(params) != "pure"

    @property
    def can_move(self) -> bool:
        """Whether `settings.queue` can send its turns to other workers."""
        kept = self.is_trigger or self.waits or self.calls or self.loop_handle or self.stays
        return not (kept or self.slots or self.gives)

    def keeps_results(self, params: Mapping[str, Any]) -> bool:
        """Whether `settings.cache_ttl_s` acts on it: its result may stand for that of a later turn."""
        does_more = self.is_trigger or self.waits or self.calls or self.loop_handle or self.stays or self.gives
        return not does_more and self.effect_of(params) != "write"

    async def depends_on(self, params: P, item: Item, ctx: NodeContext) -> Any:
        """Return what its result depends on beside params and items, as JSON; None: no other turn may use it.

        Raises: NodeFailed.
        """
        return None if self.slots else {}

    def model_calls(self, params: Mapping[str, Any]) -> tuple[int, int] | None:
        """Return how many calls of a model an item takes at least, and at most, with params as they stand in the
        definition; None: it asks none."""
        return (1, 1) if any(slot.accepts == "model" for slot in self.slots) else None

    @property
    def can_be_tool(self) -> bool:
        """Whether a node of it is a tool where its output `tool` is connected."""
        ends = not self.waits or self.calls is not None
        return self.gives is None and not self.is_trigger and self.loop_handle is None and ends

    def effect_of(self, params: Mapping[str, Any]) -> Effect:
        """Return the effect with these params, as they stand in the definition."""
        return self.effect

    def output_names(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the handles a node with these params has, `error` left out."""
        return tuple(port.name for port in self.outputs)

    def fields_given(self, params: Mapping[str, Any]) -> frozenset[str] | None:
        """Return the names of all fields that its items have, as its params are written; None: that is not known."""
        return None

    def onward(self, params: Mapping[str, Any]) -> str | None:
        """Return the output by which failed items go on where `on_error` is `continue`; None: it would be a guess."""
        names = self.output_names(params)
        if "main" in names or len(names) == 1:
            return "main" if "main" in names else names[0]
        return "done" if self.loop_handle is not None else None

    def stops_at_failure(self, params: Mapping[str, Any]) -> bool:
        """Whether the first run below it that fails ends its call: those that go on are stopped, and `cancelled`."""
        return False

    def input_names(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(port.name for port in self.inputs)

    def credential_slots(self, params: Mapping[str, Any]) -> tuple[CredentialSlot, ...]:
        """Return the slots that a node with these params has, and what they need."""
        return self.credentials

    def hints(self, params: Mapping[str, Any], connected: Set[str]) -> Iterable[Hint]:
        """Yield what its author should know: params as they stand in the definition, and the outputs with an edge."""
        return ()

    def people(self, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        """Yield (param, user id) of each person it names."""
        return ()


class BatchNodeType(NodeType[P]):
    """A node type that takes all items at once; its params are evaluated on the first item."""

    per_item = False

    async def run(self, params: P, item: Item, ctx: NodeContext) -> NodeResult:
        return await self.run_all(params, {"main": [item]}, ctx)

    @abstractmethod
    async def run_all(self, params: P, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        """Do the work for all items, by input. Raises: NodeFailed."""
