"""The filter of system calls of a server's process. It holds on every kernel that has seccomp, whatever Landlock knows.

architecture ─▶ number ─▶ refused outright ─▶ refused by an argument ─▶ allowed
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterable, Sequence

PR_SET_SECCOMP = 22
ALLOW, ERRNO = 0x7FFF0000, 0x00050000  # SECCOMP_RET_*
LOAD, EQUAL, AT_LEAST, ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER, ARCHITECTURE = 0, 4  # places in what a filter is given; arguments follow from 16, eight bytes each
X32 = 0x40000000
NAMESPACES = 0x7E020000  # CLONE_NEW…: mount, cgroup, uts, ipc, user, pid, net
STREAM, SEQPACKET, TYPE_BITS = 1, 5, 0xF
INET, INET6, NETLINK = 2, 10, 16  # netlink: which interfaces and routes there are, for the resolver
_LIBC = ctypes.CDLL(None, use_errno=True)
Instruction = tuple[int, int, int, int]

# The architecture, then: ptrace, process_vm_readv and _writev, mount, umount2, unshare, setns, bpf, keyctl, add_key,
# request_key, init_module, finit_module, kexec_load, userfaultfd, perf_event_open, pivot_root, open_by_handle_at; what
# of System V and message queues would outlive the process; clone, socket, socketpair, connect.
_KNOWN = {
    "x86_64": (0xC000003E,
               (101, 310, 311, 165, 166, 272, 308, 321, 250, 248, 249, 175, 313, 246, 323, 298, 155, 304,
                29, 30, 31, 64, 65, 66, 67, 68, 69, 70, 71, 220, 240),
               56, 41, 53, 42),
    "aarch64": (0xC00000B7,
                (117, 270, 271, 40, 39, 97, 268, 280, 219, 217, 218, 105, 273, 104, 282, 241, 41, 265,
                 180, 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 197),
                220, 198, 199, 203),
}  # fmt: skip
# The same everywhere: io_uring_setup, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, pidfd_getfd,
# mount_setattr. Of clone3 a filter cannot read the flags; where it is missing, the C library takes clone.
_EVERYWHERE = (425, 428, 429, 430, 431, 432, 433, 438, 442)
CLONE3 = 435


class CallsNotDenied(Exception):
    """The filter could not be put up."""


class _Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def deny_calls(*, network: bool) -> None:
    """Turn off what no server of tools needs, and all sockets; with `network` those of the internet are left.

    Pairs of connected sockets are left too, as programs speak to their children by them. Raises: CallsNotDenied.
    """
    known = _KNOWN.get(os.uname().machine)
    if known is None or sys.maxsize < 2**32:
        raise CallsNotDenied(f"the system calls of {os.uname().machine} are not known here")
    made = list(_filter(*known, network=network))
    wanted = _Program(len(made), b"".join(struct.pack("=HBBI", *one) for one in made))
    if _LIBC.prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.byref(wanted), ctypes.c_ulong(0), ctypes.c_ulong(0)) < 0:
        raise CallsNotDenied(f"seccomp: {os.strerror(ctypes.get_errno())}")


def _filter(
    architecture: int, denied: Sequence[int], clone: int, socket: int, pair: int, connect: int, *, network: bool
) -> Iterable[Instruction]:
    yield from ((LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, architecture), _refused(errno.EPERM))
    yield from ((LOAD, 0, 0, NUMBER), (AT_LEAST, 0, 1, X32), _refused(errno.EPERM))
    for number in (*denied, *_EVERYWHERE):
        yield from _always(number, errno.EPERM)
    yield from _always(CLONE3, errno.ENOSYS)
    yield from _where(clone, 0, ((ANY_BIT, 0, 1, NAMESPACES),), errno.EPERM)
    if network:
        yield from _where(socket, 0, _none_of(INET, INET6, NETLINK), errno.EACCES)
    else:
        yield from _always(socket, errno.EACCES)
        yield from _always(connect, errno.EACCES)
    yield from _where(pair, 1, ((AND, 0, 0, TYPE_BITS), *_none_of(STREAM, SEQPACKET)), errno.EACCES)
    yield (RETURN, 0, 0, ALLOW)


def _refused(number: int) -> Instruction:
    return (RETURN, 0, 0, ERRNO | number)


def _always(number: int, error: int) -> Iterable[Instruction]:
    yield from ((EQUAL, 0, 1, number), _refused(error))


def _where(number: int, argument: int, test: Sequence[Instruction], error: int) -> Iterable[Instruction]:
    """Refuse a call where a test of an argument comes to its end; one that fails jumps over the refusal after it."""
    yield (EQUAL, 0, len(test) + 3, number)
    yield (LOAD, 0, 0, 16 + 8 * argument)
    yield from test
    yield from (_refused(error), (LOAD, 0, 0, NUMBER))


def _none_of(*values: int) -> tuple[Instruction, ...]:
    return tuple((EQUAL, len(values) - at, 0, value) for at, value in enumerate(values))
