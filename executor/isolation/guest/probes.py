"""The jail attacks itself: each probe tries what no child may do, and says whether it could.

A probe that is killed, or refused, has met its wall. `SEALED` run in a child as users' code gets it; `UNSEALED` in one
without the list of system calls, so that the walls behind it are seen to stand as well.
"""

from __future__ import annotations

import ctypes
import os
import resource
import socket
from collections.abc import Callable

from . import walls


def opens_a_file() -> bool:
    os.close(os.open("/etc/passwd", os.O_RDONLY))
    return True


def opens_a_socket() -> bool:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    return True


def forks() -> bool:
    child = os.fork()
    if child == 0:
        os._exit(0)
    return True


def executes() -> bool:
    os.execv("/bin/true", ["true"])  # noqa: S606 (it is to fail)
    return True


def signals_its_parent() -> bool:
    os.kill(os.getppid(), 0)
    return True


def signals_all() -> bool:
    os.kill(-1, 0)
    return True


def traces_its_parent() -> bool:
    return walls.syscall("ptrace", ctypes.c_long(16), ctypes.c_long(os.getppid()), None, None) == 0  # PTRACE_ATTACH


def reads_its_parent() -> bool:
    return walls.syscall("process_vm_readv", ctypes.c_int(1), None, ctypes.c_ulong(0), None, ctypes.c_ulong(0)) >= 0


def gets_executable_memory() -> bool:
    return walls.maps(walls.PROT_READ | walls.PROT_WRITE | walls.PROT_EXEC)


def makes_a_memory_file() -> bool:
    os.close(os.memfd_create("probe"))
    return True


def unshares() -> bool:
    return walls.syscall("unshare", ctypes.c_int(0x10000000)) == 0  # CLONE_NEWUSER


def uses_io_uring() -> bool:
    room = ctypes.create_string_buffer(256)
    return walls.syscall("io_uring_setup", ctypes.c_uint(1), room) >= 0


def has_no_limits() -> bool:
    wanted = {resource.RLIMIT_NOFILE: 4, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0, resource.RLIMIT_NPROC: 0}
    soft = {which: resource.getrlimit(which) for which in (*wanted, resource.RLIMIT_AS, resource.RLIMIT_CPU)}
    unlimited = any(soft[which][1] == resource.RLIM_INFINITY for which in (resource.RLIMIT_AS, resource.RLIMIT_CPU))
    return unlimited or any(soft[which] != (most, most) for which, most in wanted.items())


def has_privileges_to_gain() -> bool:
    return not walls.has_no_new_privileges()


def connects_out() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as way_out:
        way_out.settimeout(1)
        try:
            way_out.connect(("127.0.0.1", 9))
        except ConnectionRefusedError:
            return True  # it got as far as the network
    return True


def takes_all_memory() -> bool:
    kept = [bytearray(1 << 26) for _ in range(64)]  # 4 GiB, more than any limit
    return len(kept) == 64


SEALED: dict[str, Callable[[], bool]] = {
    probe.__name__: probe
    for probe in (
        opens_a_file, opens_a_socket, forks, executes, signals_its_parent, signals_all, traces_its_parent,
        reads_its_parent, gets_executable_memory, makes_a_memory_file, unshares, uses_io_uring, takes_all_memory,
    )
}  # fmt: skip
UNSEALED: dict[str, Callable[[], bool]] = {
    probe.__name__: probe for probe in (opens_a_file, has_no_limits, has_privileges_to_gain, takes_all_memory)
}
# What Landlock of a later ABI stops too.
UNSEALED_FROM_ABI: dict[str, tuple[int, Callable[[], bool]]] = {
    "connects_out": (4, connects_out),
    "signals_its_parent": (6, signals_its_parent),
}


def succeeds(probe: Callable[[], bool]) -> bool:
    """Try one probe; anything it raises means that a wall stood."""
    try:
        return probe()
    except (OSError, ValueError, MemoryError, ctypes.ArgumentError):
        return False
