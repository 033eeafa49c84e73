"""What is needed to speak to a server, in clear: plain values for the process that speaks to it, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MESSAGE_BYTES = 1024 * 1024  # of one message, either way


class McpFailed(Exception):
    """A server could not be used. `is_lost`: the connection is gone; `was_sent`: it may have got the call."""

    def __init__(self, message: str, *, code: str = "connection_failed", is_lost: bool = False, was_sent: bool = False):
        super().__init__(message)
        self.message, self.code, self.is_lost, self.was_sent = message, code, is_lost, was_sent


@dataclass(slots=True)
class Link:
    """Whether a connection still is, and why not."""

    lost: asyncio.Event = field(default_factory=asyncio.Event)
    fault: str = ""

    def lose(self, fault: str) -> None:
        """Note that the connection is gone; the first reason counts."""
        self.fault = self.fault or fault
        self.lost.set()


@dataclass(frozen=True, slots=True)
class Confinement:
    """How this installation starts programs: accounts of their own, limits, paths, the network."""

    search_path: str
    folders: str  # where each gets a private one
    account_locks: str
    first_account: int
    accounts: int
    read: tuple[str, ...] = ()  # beside what the program needs
    write: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()  # our own folders: nothing that holds one of them is opened
    network: bool = False
    needs_landlock: bool = True
    memory_bytes: int = 1024 * 2**20  # of the server and all it starts, as the following
    processes: int = 64  # and threads
    cpu_s: int = 900
    open_files: int = 2048
    disk_bytes: int = 256 * 2**20  # of the private folder
    file_bytes: int = 64 * 2**20  # of one file


@dataclass(frozen=True, slots=True, repr=False)
class ServerSpec:
    """A server with all secrets filled in."""

    transport: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 30
    private_hosts: tuple[str, ...] = ()
    confinement: Confinement | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def read(given: Mapping[str, Any]) -> ServerSpec:
        """Return what `as_dict` wrote, from its JSON."""
        walls = given["confinement"]
        return ServerSpec(
            given["transport"], given["command"], tuple(given["args"]), given["env"], given["url"],
            tuple((name, value) for name, value in given["headers"]), given["timeout_s"],
            tuple(given["private_hosts"]),
            None
            if walls is None
            else Confinement(**{**walls, **{name: tuple(walls[name]) for name in ("read", "write", "closed")}}),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as its server describes it: nothing of it is verified."""

    name: str
    description: str
    input_schema: Mapping[str, Any]
    annotations: Mapping[str, Any]
    left_out: Sequence[str] = ()  # which of its parts were too long to be kept

    @property
    def is_read_only(self) -> bool:
        return self.annotations.get("readOnlyHint") is True

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call gave: parts as the protocol has them, with `data` of images, sound and resources in base64."""

    content: list[dict[str, Any]]
    structured: Any
    is_error: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
