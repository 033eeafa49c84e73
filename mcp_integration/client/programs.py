"""Where a program is, and which folders it has to read to run: its own, and those of what interprets it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

from mcp_integration.client.spec import McpFailed

SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix/store", "/proc", "/sys/fs/cgroup",
    "/sys/devices/system/cpu", "/run/systemd/resolve", "/run/resolvconf", "/dev/urandom", "/dev/random",
)  # fmt: skip
PLACES = ("/usr/local/bin", "/usr/bin", "/bin")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
PROGRAM_FOLDERS = frozenset({"bin", ".bin", "sbin"})
MOST_INTERPRETERS = 4


def located(command: str, search_path: str) -> str:
    """Return the path of a command. Raises: McpFailed."""
    found = shutil.which(command, path=search_path)
    if found is None:
        raise McpFailed(f"The command {command!r} is not on this machine, or cannot be executed")
    return os.path.abspath(found)


def needed_by(program: str, args: Sequence[str], search_path: str) -> tuple[list[str], list[str]]:
    """Return the paths a program reads to run, and where it looks for programs.

    It reads what its interpreters do, and files that its arguments name, as scripts, where anybody on the machine may.
    """
    paths = [*SYSTEM, *(arg for arg in args if _is_open_file(arg))]
    places = [os.path.dirname(program)]
    for _ in range(MOST_INTERPRETERS):
        for one in {program, os.path.realpath(program), *_links(program)}:
            paths += _home_of(one)
        following = _interpreter(program, search_path)
        if following is None:
            break
        program = following
        places.append(os.path.dirname(program))
    return list(dict.fromkeys(paths)), list(dict.fromkeys([*places, *PLACES]))


def _is_open_file(path: str) -> bool:
    """Whether a path is that of a file which every account of the machine may read."""
    if not os.path.isabs(path):
        return False
    try:
        mode = os.stat(path).st_mode
        folders = [os.stat(folder).st_mode for folder in Path(os.path.realpath(path)).parents]
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) and bool(mode & stat.S_IROTH) and all(one & stat.S_IXOTH for one in folders)


def _links(program: str) -> list[str]:
    """Return what symbolic links lead over, from a program to its file."""
    found: list[str] = []
    while os.path.islink(program) and len(found) < 10:
        program = os.path.normpath(os.path.join(os.path.dirname(program), os.readlink(program)))
        found.append(program)
    return found


def _home_of(program: str) -> list[str]:
    """Return the folder a program was installed into; one that holds more than a program's files counts as none."""
    folder = Path(program).parent
    if folder.name in PROGRAM_FOLDERS and len(folder.parts) > 3:
        return [str(folder.parent)]
    modules = [parent for parent in Path(program).parents if parent.name == "node_modules"]
    return [str(modules[-1]) if modules else program]


def _interpreter(program: str, search_path: str) -> str | None:
    try:
        with open(program, "rb") as file:
            first = file.readline(512)
    except OSError:
        return None
    if not first.startswith(b"#!"):
        return None
    words = first[2:].decode("utf-8", "replace").split()
    if words and os.path.basename(words[0]) == "env":
        named = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
        return shutil.which(named[0], path=search_path) if named else None
    return words[0] if words else None
