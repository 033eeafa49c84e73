"""Whom the servers and the jail run as where we are root: an account each, so that who gets out of one owns no other.

They need no names: numbers that nobody has are taken, the same ones for the same data folder.
"""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from workflow_backend.embedded.errors import EmbeddedServerError

FIRST, SETS = 58_000, 600  # below what system managers give away by themselves, above what adduser reaches
MCP_FIRST, MCP_SETS, MCP_ACCOUNTS = 50_000, 80, 100  # below those of the servers
NOBODY = 65_534
UID_MAP = Path("/proc/self/uid_map")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Numbers that are user and group at once."""

    postgres: int
    valkey: int
    jail: int


def accounts_for(data_folder: Path) -> Accounts | None:
    """Return the accounts of an installation; None where we are not root. Raises: EmbeddedServerError."""
    if os.geteuid() != 0:
        return None
    begin = int(hashlib.sha256(os.fsencode(data_folder.resolve())).hexdigest(), 16)
    for step in range(SETS):
        first = FIRST + (begin + step) % SETS * 3
        numbers = range(first, first + 3)
        if all(_is_free(number) for number in numbers):
            return Accounts(*numbers)
    raise EmbeddedServerError("no account is free for the servers; run as an ordinary user")


def jail_account(data_folder: Path) -> int:
    """Return the account that user code runs as where we are root; without a free one it is that of nobody."""
    try:
        accounts = accounts_for(data_folder)
    except EmbeddedServerError:
        return NOBODY
    return NOBODY if accounts is None else accounts.jail


def mcp_accounts(data_folder: Path) -> tuple[int, int]:
    """Return the first of the accounts that MCP servers run as where we are root, and how many there are of them.

    Each server gets one of its own while it runs; several installations on a machine have different ones.
    """
    begin = int(hashlib.sha256(os.fsencode(data_folder.resolve())).hexdigest(), 16)
    for step in range(MCP_SETS):
        first = MCP_FIRST + (begin + step) % MCP_SETS * MCP_ACCOUNTS
        if all(_is_free(number) for number in (first, first + MCP_ACCOUNTS - 1)):
            return first, MCP_ACCOUNTS
    return NOBODY, 0  # none is started


def named_account() -> pwd.struct_passwd:
    """Return an account without rights that has a name: `initdb` asks for one. Raises: EmbeddedServerError."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError as exc:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root and there is no account 'nobody'; run as an ordinary user"
        ) from exc


def _is_free(number: int) -> bool:
    return _is_mapped(number) and not _known(pwd.getpwuid, number) and not _known(grp.getgrgid, number)


def _known(look_up: object, number: int) -> bool:
    try:
        look_up(number)  # type: ignore[operator]  # getpwuid or getgrgid
    except KeyError:
        return False
    return True


def _is_mapped(number: int) -> bool:
    """Whether this number exists in our user namespace: a container may have few."""
    try:
        ranges = [[int(part) for part in line.split()] for line in UID_MAP.read_text().splitlines()]
    except OSError:
        return True
    return any(inside <= number < inside + length for inside, _, length in ranges)
