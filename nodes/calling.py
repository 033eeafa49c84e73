"""Triggers that are called over HTTP: where, by whom, what of a call starts a run, and what is answered.

address ─▶ who calls (`accepts`) ─▶ what it says (`take`) ─▶ a run, or an answer alone
"""

from __future__ import annotations

import hashlib
import hmac
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

from nodes.base import Armed, NodeParams
from nodes.trigger_types import TriggerType

P = TypeVar("P", bound=NodeParams)
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
ResponseMode = Literal["on_received", "last_node", "respond_node"]
BY_NODE: ResponseMode = "respond_node"
ResponseData = Literal["first_item", "all_items", "none"]


class AsTool:
    """What a trigger says for workflows that are offered as tools: a call of one is a run that enters there.

    Of several triggers in a workflow the one with the lowest `tool_rank` is entered by.
    """

    tool_rank: ClassVar[int]

    def tool_schema(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the JSON Schema of an object that arguments have to fit; params as they stand in the definition."""
        return {"type": "object"}

    def tool_input(self, arguments: Mapping[str, Any], now: str) -> Mapping[str, Any]:
        """Return arguments in the shape in which the trigger hands on what came to it."""
        return arguments


@dataclass(frozen=True, slots=True)
class Door:
    """Where a trigger is called, and when it answers with what."""

    path: str
    methods: Sequence[Method] = ("POST",)
    response_mode: ResponseMode = "on_received"
    response_data: ResponseData = "first_item"
    origins: Sequence[str] = ()  # of pages that may call it from a browser; "*" is any


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """One call. Names of headers are lower-case; `shown` are those that a run may see, secret ones masked.

    `body` is what its Content-Type says that `raw` is; `binary` are references to files that came with it, by name.
    `guessed` is the charset that it was read in where nothing said which.
    """

    method: str
    headers: Mapping[str, str]
    shown: Mapping[str, str]
    raw: bytes
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    path_params: Mapping[str, str] = field(default_factory=dict[str, str])
    binary: Mapping[str, Any] | None = None
    guessed: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a call came to: an `input` starts a run, once a day for each `key`; without one there is just an answer.

    `key_is_of`: what else has to be the same for two deliveries of one key to be one.
    """

    input: Mapping[str, Any] | None
    key: str | None = None
    key_is_of: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict[str, Any])


class CalledType(TriggerType[P]):
    """A trigger with an address of its own."""

    armed: ClassVar[Armed | None] = "webhook"
    starts_as: ClassVar[str] = "webhook"
    methods: ClassVar[tuple[Method, ...]] = ("POST",)  # where its params do not say others
    answer_param: ClassVar[str | None] = None  # which says that a node answers, where one can

    @abstractmethod
    def door(self, params: P) -> Door:
        """Return where it is called."""

    @abstractmethod
    def take(self, params: P, delivery: Delivery) -> Taken:
        """Return what a call means that was accepted. Raises: WorkflowError, answered to the caller."""

    def answers_by_node(self, params: Mapping[str, Any]) -> bool:
        """Tell whether what a node sends is its answer; params as they stand in the definition."""
        return self.answer_param is not None and params.get(self.answer_param) == BY_NODE

    def secret_slot(self, params: P) -> str:
        """Return the slot whose credential a caller has to know; empty: anybody may call."""
        return ""

    def secret_headers(self, params: P, secret: Mapping[str, str]) -> frozenset[str]:
        """Return the lower-case names of the headers that carry a credential: a run never sees their values."""
        return frozenset()

    def keeps_raw(self, params: P) -> bool:
        """Tell whether a run gets the body as it came, too, as a file."""
        return False

    def accepts(self, params: P, headers: Mapping[str, str], raw: bytes, secret: Mapping[str, str]) -> bool:
        """Tell whether a caller knows the fields of a credential. Compare in constant time."""
        return False


@dataclass(frozen=True, slots=True)
class FormPage:
    """The page of a form: `form` is a JSON Schema; it is followed by `thanks`, or by another page."""

    title: str
    description: str
    form: dict[str, Any]
    submit_label: str
    thanks: str
    redirect_url: str


class PageType(CalledType[P]):
    """A trigger whose address shows a form; who sends it starts a run. What was sent is checked by the form."""

    starts_as: ClassVar[str] = "form"
    methods: ClassVar[tuple[Method, ...]] = ("GET", "HEAD", "POST")

    @abstractmethod
    def page(self, params: P) -> FormPage:
        """Return what is shown."""

    def take(self, params: P, delivery: Delivery) -> Taken:
        return Taken(None)


@dataclass(frozen=True, slots=True)
class ChatPage:
    """A chat: what its page says, whether anybody may write, and how long a session lasts without a word."""

    title: str
    greeting: str
    is_public: bool
    session_timeout_s: float


class ChatType(CalledType[P]):
    """A trigger whose address shows a chat; each message starts a run, whose output is the answer."""

    starts_as: ClassVar[str] = "chat"
    methods: ClassVar[tuple[Method, ...]] = ("GET", "HEAD", "POST")

    @abstractmethod
    def chat(self, params: P) -> ChatPage:
        """Return what is shown, and who may write."""


def same(given: str, expected: str) -> bool:
    """Tell in constant time whether a secret is the one expected; an empty one never is."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def is_signed(signature: str, secret: str, body: bytes) -> bool:
    """Tell whether a signature is the hexadecimal HMAC-SHA256 of a body."""
    return bool(secret) and same(signature, hmac.new(secret.encode(), body, hashlib.sha256).hexdigest())
