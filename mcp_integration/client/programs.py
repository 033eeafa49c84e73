"""Where a program is, and what it has to read to run: its own package, what interprets it, the system's libraries.

Folders that hold more than programs stay closed, as homes, `/opt`, `/srv` and most of `/etc`. Nothing is opened because
an argument names it: who chooses the arguments is no account of this machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mcp_integration.client.spec import McpFailed

LIBRARIES = (
    "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share", "/usr/local/bin",
    "/usr/local/lib", "/usr/local/lib64", "/usr/local/share", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store",
)  # fmt: skip
SETTINGS = tuple(
    f"/etc/{name}"
    for name in (
        "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ld.so.preload", "alternatives", "localtime", "timezone",
        "locale.conf", "locale.alias", "nsswitch.conf", "hosts", "hostname", "host.conf", "resolv.conf", "gai.conf",
        "services", "protocols", "passwd", "group", "os-release", "debian_version", "mime.types", "ssl/certs",
        "ssl/openssl.cnf", "ssl/cert.pem", "pki/tls/certs", "pki/ca-trust/extracted", "ca-certificates",
        "crypto-policies", "fonts", "terminfo", "gitconfig",
    )
)  # fmt: skip
KERNEL = ("/proc", "/sys/fs/cgroup", "/sys/devices/system/cpu", "/dev/urandom", "/dev/random")
RESOLVERS = ("/run/systemd/resolve/resolv.conf", "/run/systemd/resolve/stub-resolv.conf", "/run/resolvconf/resolv.conf")
SYSTEM = (*LIBRARIES, *SETTINGS, *KERNEL, *RESOLVERS)
PLACES = ("/usr/local/bin", "/usr/bin", "/bin")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
PROGRAM_FOLDERS = frozenset({"bin", ".bin", "sbin"})
PACKAGE_FOLDERS = ("lib", "lib64")
MOST_INTERPRETERS = 4


def located(command: str, search_path: str) -> str:
    """Return the path of a command. Raises: McpFailed."""
    found = shutil.which(command, path=search_path)
    if found is None:
        raise McpFailed(f"The command {command!r} is not on this machine, or cannot be executed")
    return os.path.abspath(found)


def needed_by(program: str, search_path: str) -> tuple[list[str], list[str]]:
    """Return the paths a program reads to run, with those of its interpreters, and where it looks for programs."""
    paths = [*SYSTEM]
    places = [os.path.dirname(program)]
    for _ in range(MOST_INTERPRETERS):
        for one in (program, *_links(program), os.path.realpath(program)):
            paths += _package_of(Path(one))
        following = _interpreter(program, search_path)
        if following is None:
            break
        program = following
        places.append(os.path.dirname(program))
    return list(dict.fromkeys(paths)), list(dict.fromkeys([*places, *PLACES]))


def check_closed(paths: Iterable[str], closed: Sequence[str]) -> None:
    """Refuse paths that hold one of our own folders: data, settings and keys lie there. Raises: McpFailed."""
    for path in paths:
        place = os.path.realpath(path)
        for ours in closed:
            if os.path.commonpath([place, os.path.realpath(ours)]) == place:
                raise McpFailed(f"The program would have to read {path}, which holds Heddle's own files")


def _links(program: str) -> list[str]:
    """Return what symbolic links lead over, from a program to its file."""
    found: list[str] = []
    while os.path.islink(program) and len(found) < 10:
        program = os.path.normpath(os.path.join(os.path.dirname(program), os.readlink(program)))
        found.append(program)
    return found


def _package_of(program: Path) -> Iterator[str]:
    """Yield a program's file, and the packages that were installed with it."""
    yield str(program)
    modules = [parent for parent in program.parents if parent.name == "node_modules"]
    if modules:
        yield str(modules[-1])
    if program.parent.name not in PROGRAM_FOLDERS:
        return
    home = program.parent.parent
    if (home / "pyvenv.cfg").is_file():
        yield from (str(program.parent), str(home / "pyvenv.cfg"))
    for name in PACKAGE_FOLDERS:
        folder = home / name
        if (folder / "node_modules").is_dir() or any(folder.glob("python3*")):
            yield str(folder)


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
