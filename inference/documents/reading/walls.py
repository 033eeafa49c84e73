"""What keeps in a process that reads a stranger's file: no files, sockets or programs; an account that owns nothing.

All that reading needs is loaded before. The filter names what is refused; numbers are the kernel's.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
import sys
from collections.abc import Iterator

NOBODY = 65_534
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 38, 22
ALLOW, ERRNO = 0x7FFF0000, 0x00050000  # SECCOMP_RET_*
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST = 0, 4, 16  # places in what a filter is given
X32, CLONE_THREAD = 0x40000000, 0x10000
MEMORY_BYTES = 2 * 1024**3  # of addresses: libraries ask for far more than they touch
# By machine: its architecture, clone, and those that are refused: open, openat, creat, socket, connect, socketpair,
# execve, execveat, fork, vfork, ptrace, process_vm_readv and _writev, kill, tkill, unshare, mount, setns, bpf, keyctl,
# userfaultfd, perf_event_open, open_by_handle_at.
KNOWN = {
    "x86_64": (0xC000003E, 56, (2, 257, 85, 41, 42, 53, 59, 322, 57, 58, 101, 310, 311, 62, 200, 272, 165, 308, 321,
                                250, 323, 298, 304)),
    "aarch64": (0xC00000B7, 220, (56, 198, 203, 199, 221, 281, 117, 270, 271, 129, 130, 97, 40, 268, 280, 219, 282,
                                  241, 265)),
}  # fmt: skip
EVERYWHERE = (425, 434, 437, 438)  # io_uring_setup, pidfd_open, openat2, pidfd_getfd
CLONE3 = 435  # a filter cannot read its flags; where it is missing, the C library takes clone


class WallMissing(Exception):
    """The kernel does not give what keeps a reader in."""


class _Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def limits(cpu_s: int) -> None:
    """Bound time and memory, and let nothing be written."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def close() -> None:
    """Close all ways out, for good. Raises: WallMissing on Linux where one stays open."""
    if sys.platform != "linux":
        return  # for development: limits alone
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of account takes it back
    known = KNOWN.get(os.uname().machine)
    if known is None:
        raise WallMissing(f"the system calls of {os.uname().machine} are not known here")
    made = list(_filter(*known))
    wanted = _Program(len(made), b"".join(struct.pack("=HBBI", *one) for one in made))
    for option, *values in (
        (PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0)),
        (PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.byref(wanted), ctypes.c_ulong(0)),
    ):
        if libc.prctl(option, *values, ctypes.c_ulong(0)) < 0:
            raise WallMissing(os.strerror(ctypes.get_errno()))


def _filter(architecture: int, clone: int, refused: tuple[int, ...]) -> Iterator[tuple[int, int, int, int]]:
    no, missing = ERRNO | errno.EACCES, ERRNO | errno.ENOSYS
    yield from ((LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, no))
    yield from ((LOAD, 0, 0, NUMBER), (AT_LEAST, 0, 1, X32), (RETURN, 0, 0, no))
    for number in (*refused, *EVERYWHERE):
        yield from ((EQUAL, 0, 1, number), (RETURN, 0, 0, no))
    yield from ((EQUAL, 0, 1, CLONE3), (RETURN, 0, 0, missing))
    yield from ((EQUAL, 0, 3, clone), (LOAD, 0, 0, FIRST), (ANY_BIT, 1, 0, CLONE_THREAD), (RETURN, 0, 0, no))
    yield (RETURN, 0, 0, ALLOW)
