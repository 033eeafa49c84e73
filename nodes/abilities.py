"""What a running node may ask for, beside its items: HTTP, secrets, files, state, tables, and user code in the jail.

Each ability has a name. What stands behind a name is said by the installation's settings (`NODE_ABILITIES`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

from core.http.requests import HttpAuth, Request
from core.text.for_models import PromptPolicy
from nodes.items import Items

A = TypeVar("A")


@dataclass(frozen=True)  # with slots, `Ability[X]("x")` would raise
class Ability(Generic[A]):
    """Something a node may ask for by its name; `A` is what it gets."""

    name: str


@dataclass(frozen=True, slots=True)
class HttpReply:
    status: int
    reason: str
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    url: str
    cookies: tuple[str, ...] = ()  # the values of Set-Cookie, which cannot be joined


class HttpClient(Protocol):
    """The guarded client. Raises: NodeFailed "http_unreachable" (retryable) or "ssrf_blocked"."""

    async def send(self, request: Request) -> HttpReply: ...


class Credentials(Protocol):
    """Secrets of the slots the author filled; clear values live only as long as the caller keeps them."""

    async def get(self, slot: str) -> tuple[str, dict[str, str]] | None:
        """Return (type, fields) of a slot, or None where the author left it empty. Raises: NodeFailed."""
        ...

    async def for_http(self, slot: str) -> HttpAuth | None:
        """Return what a slot's credential adds to an HTTP request. Raises: NodeFailed."""
        ...


class Files(Protocol):
    """Binary data of items: references in state, bytes in storage."""

    async def save(self, content: bytes, *, file_name: str, mime_type: str) -> dict[str, Any]: ...

    async def load(self, reference: Mapping[str, Any]) -> bytes: ...


@dataclass(frozen=True, slots=True)
class StateFound:
    """What a node kept, None where it has kept nothing. `is_written`: by an earlier attempt at the same change."""

    value: Any
    revision: int
    is_written: bool
    handle: Any = None  # what the store knows it by


class State(Protocol):
    """One JSON value of at most 64 KiB that a node keeps from run to run. A run that is no production run reads what
    production keeps, and what it writes is seen by it alone, unless its workflow's settings say otherwise."""

    async def read(self, name: str = "state") -> StateFound:
        """Return what is kept. A node that runs again, and has written under this name, gets what it found before."""
        ...

    async def write(self, found: StateFound, value: Any, name: str = "state") -> None:
        """Keep a value in the place of the one that was found, once for each name in a node's turn for an item.

        Raises: NodeFailed "state_conflict" where another run has written meanwhile, "state_too_large".
        """
        ...

    async def change(self, change: Callable[[Any], Any], name: str = "state") -> Any:
        """Keep what `change` makes of what is kept, and return it; others' changes between are taken into account.

        Raises: NodeFailed "state_conflict" (retryable) when others were always quicker.
        """
        ...


@dataclass(frozen=True, slots=True)
class TableFilter:
    """A condition on rows."""

    column: str
    operator: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class TableCall:
    """One operation on a data table, named by its id or name: get, list, count, insert, upsert, update, delete,
    increment or clear.

    A turn that changes something several times gives each change a `name` of its own, by which it is found.
    """

    operation: str
    table: str
    key: Any = None  # the value of the unique column
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    filters: Sequence[TableFilter] = ()
    any_of: bool = False
    order_by: Sequence[str] = ()  # names of columns, `-` before one turns it round
    limit: int = 50
    column: str = ""  # that is counted in
    by: int | float = 1
    name: str = ""


class Tables(Protocol):
    """Data tables of the run's owner: those of its workflow, and shared ones."""

    async def call(self, call: TableCall) -> Mapping[str, Any]:
        """Do an operation, and what writes once for each turn of the node for an item: {"rows": […]} or {"count": n}.

        A row is {"id", "values", "created_at", "updated_at"}. Raises: NodeFailed.
        """
        ...


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """User code to be run in the jail, once over all items or once for each. Times in seconds, sizes in bytes."""

    language: Literal["python", "javascript"]
    code: str
    mode: Literal["all_items", "each_item"]
    items: Items
    variables: Mapping[str, Any]
    limit_s: float = 10
    memory_bytes: int = 256 * 2**20
    class_name: str = ""  # the code is a module, and this class of it does the work
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    handles: tuple[str, ...] = ("main",)
    static: Mapping[str, Any] | None = None  # what the code finds as `static`, and may change


class CodeFailure(Protocol):
    """What went wrong in user code: `kind` is error, result, timeout, cpu, memory, output, forbidden or crash."""

    @property
    def kind(self) -> str: ...

    @property
    def logs(self) -> tuple[str, ...]: ...

    @property
    def type(self) -> str: ...

    @property
    def message(self) -> str: ...

    @property
    def line(self) -> int | None: ...


class ItemFailure(CodeFailure, Protocol):
    """The failure of one item, by its place."""

    @property
    def at(self) -> int: ...


class CodeOutcome(CodeFailure, Protocol):
    """How user code ended: its `kind` may be ok too. Run for each item, it may have failed for some."""

    @property
    def items(self) -> Items: ...

    @property
    def failures(self) -> Sequence[ItemFailure]: ...

    @property
    def static(self) -> Any:
        """What became of the request's `static`."""
        ...

    @property
    def is_rounded(self) -> bool:
        """Whether whole numbers stayed as the language rounds them: nobody knows which of those given they were."""
        ...


class Code(Protocol):
    """Runs user code in the jail. Raises: NodeFailed "code_sandbox_unavailable"."""

    async def run(self, request: CodeRequest) -> CodeOutcome: ...


@dataclass(frozen=True, slots=True)
class MailFile:
    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail. Addresses are as people write them, `Ada <ada@example.org>` too; without `sender` the server's own."""

    to: Sequence[str]
    subject: str
    text: str = ""
    html: str = ""
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    sender: str = ""
    reply_to: Sequence[str] = ()
    files: Sequence[MailFile] = ()


@dataclass(frozen=True, slots=True)
class SentMail:
    """`refused` says whom the server did not take the mail for, and why."""

    message_id: str
    accepted: Sequence[str]
    refused: Mapping[str, str]


class Mail(Protocol):
    """Sends mails through the server of a credential, with the same Message-ID in each attempt.

    Raises: NodeFailed "mail_unreachable" (retryable), "mail_refused" (retryable where the server says so),
    "mail_too_large", "missing_sender", "invalid_address", "ssrf_blocked", "credential_invalid".
    """

    async def send(self, slot: str, mail: OutgoingMail) -> SentMail: ...


MCP_SERVER = "mcp_server"  # the control of a param that names a server


@dataclass(frozen=True, slots=True)
class McpTool:
    """A tool as its MCP server describes it. `is_read_only` is the server's word: it changes nothing."""

    name: str
    description: str
    input_schema: Mapping[str, Any]
    is_read_only: bool


@dataclass(frozen=True, slots=True)
class McpOutcome:
    """What a tool gave: parts as the protocol has them, with `data` and `blob` in base64; whether it failed."""

    content: Sequence[Mapping[str, Any]]
    structured: Any
    is_error: bool


class Mcp(Protocol):
    """Speaks to the MCP servers of the run's owner and of the system, named by their id.

    Raises: NodeFailed "mcp_server_missing", "mcp_server_disabled", "mcp_command_not_allowed", "credential_missing",
    "credential_invalid", "mcp_tool_failed" (retryable where nothing was done, or nothing is changed by the tool).
    """

    async def tools(self, server_id: str) -> Sequence[McpTool]:
        """Return what a server can do, as it was listed last since it was changed."""
        ...

    async def call(self, server_id: str, tool: str, arguments: Mapping[str, Any]) -> McpOutcome:
        """Call a tool. Where the connection is lost, a tool that is read-only is called once more."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for in documents; `level` is `library`, `file` with a `document_id`, or `platform`."""

    query: str
    level: str = "library"
    document_id: str | None = None
    top_k: int = 5
    min_score: float = 0.3
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class NewDocument:
    content: bytes
    file_name: str
    mime_type: str
    name: str | None = None
    tags: Sequence[str] = ()


class Knowledge(Protocol):
    """The documents of the run's owner, and those that are shared with everybody."""

    async def search(self, question: Question) -> list[dict[str, Any]]:
        """Return places, the best first: {"document_id", "document_name", "chunk_index", "page", "headings", "text",
        "score", "highlights"}. Raises: NodeFailed "not_found", "inference_unavailable", "embedding_failed".
        """
        ...

    async def add(self, document: NewDocument) -> dict[str, Any]:
        """Keep a document, once for each turn of the node for an item: {"id", "name", "status", "duplicate_of"}.

        Raises: NodeFailed "unsupported_media_type", "payload_too_large", "storage_full", "validation_error".
        """
        ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of a conversation: its last turns, oldest first, and a summary of what was said before them.

    A turn is (number, messages); messages are JSON, as they were kept. `unsummed` counts the messages of all turns that
    the summary does not hold.
    """

    turns: Sequence[tuple[int, Sequence[Mapping[str, Any]]]] = ()
    summary: str = ""
    unsummed: int = 0


@dataclass(frozen=True, slots=True)
class SummedUp:
    """A new summary, of all turns up to a number."""

    text: str
    up_to: int


class Conversations(Protocol):
    """What was said before, by the keys of conversations of the run's workflow."""

    async def read(self, key: str) -> Remembered:
        """Return what is kept under a key: nothing where nothing was said. Raises: NodeFailed."""
        ...

    async def add(self, key: str, messages: Sequence[Mapping[str, Any]], summed_up: SummedUp | None = None) -> None:
        """Keep a turn, once for the node's turn for an item. Raises: NodeFailed "conversation_too_large"."""
        ...


class PromptRules(Protocol):
    """What staff say of texts that go to models."""

    async def policy(self) -> PromptPolicy:
        """Return the rules that hold now."""
        ...


PROMPT_RULES: Ability[PromptRules] = Ability("prompt_rules")
CONVERSATIONS: Ability[Conversations] = Ability("conversations")
HTTP: Ability[HttpClient] = Ability("http")
CREDENTIALS: Ability[Credentials] = Ability("credentials")
FILES: Ability[Files] = Ability("files")
CODE: Ability[Code] = Ability("code")
STATE: Ability[State] = Ability("state")
TABLES: Ability[Tables] = Ability("tables")
MAIL: Ability[Mail] = Ability("mail")
MCP: Ability[Mcp] = Ability("mcp")
KNOWLEDGE: Ability[Knowledge] = Ability("knowledge")
