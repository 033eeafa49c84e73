"""What keeps a server's process in: an account of its own, limits, Landlock with named paths.

A wall that fails ends the start, and so does a kernel without Landlock unless the operator allows it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on all architectures
READ_FILE, READ_DIR, EXECUTE = 1 << 2, 1 << 3, 1 << 0
WRITE_FILE, TRUNCATE, IOCTL_DEV = 1 << 1, 1 << 14, 1 << 15
CLONE_NEWNS, MNT_DETACH = 0x20000, 2
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}  # accesses an ABI knows; 16 from the fifth on
_LIBC = ctypes.CDLL(None, use_errno=True)


class WallFailed(Exception):
    """A wall could not be put up, though the kernel has it."""


def prctl(option: int, value: int, what: str) -> None:
    if _LIBC.prctl(option, ctypes.c_ulong(value), *(ctypes.c_ulong(0),) * 3) < 0:
        raise WallFailed(f"{what}: {os.strerror(ctypes.get_errno())}")


def limits(memory_bytes: int, processes: int, file_bytes: int, cpu_s: int) -> None:
    """Limit what a server may use. Programs reserve far more address space than they use, so that is not counted."""
    own = 0 if os.getuid() == 0 else _threads_of(os.getuid())
    wanted = {
        resource.RLIMIT_DATA: memory_bytes, resource.RLIMIT_NPROC: own + processes,
        resource.RLIMIT_FSIZE: file_bytes, resource.RLIMIT_CPU: cpu_s, resource.RLIMIT_NOFILE: 512,
        resource.RLIMIT_CORE: 0, resource.RLIMIT_MEMLOCK: 64 * 1024, resource.RLIMIT_MSGQUEUE: 0,
    }  # fmt: skip
    for which, value in wanted.items():
        hard = resource.getrlimit(which)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (most, most))
    try:
        with open("/proc/self/oom_score_adj", "wb") as score:
            score.write(b"1000")  # the first to go when the machine's memory is used up
    except OSError:
        return  # not everywhere


def _threads_of(uid: int) -> int:
    """Return how many threads an account has: its limit counts all of them, not only those of the server."""
    found = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{name}").st_uid == uid:
                found += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue  # it has ended
    return found


def become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def show(paths: list[str], staging: str) -> None:
    """Show paths that lie in closed folders, as root's home, at their place: in a view of the files of our own.

    A closed folder is empty in that view, but for these paths, which cannot be changed there.
    """
    closed: dict[str, list[str]] = {}
    for path in map(os.path.normpath, paths):
        above = next((folder for folder in _above(path) if not os.stat(folder).st_mode & 0o001), None)
        if above is not None:
            closed.setdefault(above, []).append(path)
    if not closed:
        return
    if _LIBC.unshare(ctypes.c_int(CLONE_NEWNS)) < 0:
        names = ", ".join(sorted(closed))
        raise WallFailed(f"the program's files lie in {names}, which its account may not read; install them elsewhere")
    _mount("none", "/", MS_REC | MS_PRIVATE)
    _mount("none", staging, 0, "tmpfs")
    for folder, shown in closed.items():
        for at, path in enumerate(shown):
            _made_like(path, f"{staging}/{at}")
            _mount(path, f"{staging}/{at}", MS_BIND | MS_REC)
        _mount("none", folder, 0, "tmpfs")
        os.chmod(folder, 0o755)  # noqa: S103 (it is empty, but for what is shown)
        for at, path in enumerate(shown):
            _made_like(f"{staging}/{at}", path)
            _mount(f"{staging}/{at}", path, MS_BIND | MS_REC)
            _mount("none", path, MS_BIND | MS_REMOUNT | MS_RDONLY)
            _LIBC.umount2(f"{staging}/{at}".encode(), ctypes.c_int(MNT_DETACH))
    _LIBC.umount2(staging.encode(), ctypes.c_int(MNT_DETACH))


def _made_like(example: str, path: str) -> None:
    """Make an empty folder or file for an example to be mounted over."""
    if os.path.isdir(example):
        os.makedirs(path, mode=0o755, exist_ok=True)
        return
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    if not os.path.exists(path):
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))


def _above(path: str) -> list[str]:
    """Return the folders above a path that there is, the outermost first."""
    if not os.path.exists(path):
        return []
    found: list[str] = []
    while (path := os.path.dirname(path)) not in found:
        found.append(path)
    return found[::-1]


def _mount(source: str, target: str, flags: int, kind: str | None = None) -> None:
    encoded = None if kind is None else kind.encode()
    if _LIBC.mount(source.encode(), target.encode(), encoded, ctypes.c_ulong(flags), None) < 0:
        raise WallFailed(f"{target}: {os.strerror(ctypes.get_errno())}")


def landlock(read: list[str], write: list[str], network: bool) -> bool:
    """Leave only the named paths, and without `network` no TCP; returns whether the kernel has Landlock."""
    abi = _LIBC.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    if abi < 1:
        return False
    files = (1 << _FS_BITS.get(abi, 16)) - 1
    attributes = struct.pack("=QQQ", files, 3 if abi >= 4 and not network else 0, 3 if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = _LIBC.syscall(CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(size), ctypes.c_uint(0))
    if rules < 0:
        raise WallFailed(f"Landlock: {os.strerror(ctypes.get_errno())}")
    for path in read:
        _allow(rules, path, (READ_FILE | READ_DIR | EXECUTE) & files)
    for path in write:
        _allow(rules, path, files)
    if _LIBC.syscall(RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint(0)) < 0:
        raise WallFailed(f"Landlock: {os.strerror(ctypes.get_errno())}")
    os.close(rules)
    return True


def _allow(rules: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no rule
    try:
        if not os.path.isdir(path):
            access &= READ_FILE | EXECUTE | WRITE_FILE | TRUNCATE | IOCTL_DEV
        rule = ctypes.c_char_p(struct.pack("=Qi", access, place))
        if _LIBC.syscall(ADD_RULE, ctypes.c_int(rules), ctypes.c_int(1), rule, ctypes.c_uint(0)) < 0:
            raise WallFailed(f"Landlock, {path}: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(place)
