"""What keeps a child in: limits, no new privileges, Landlock without a rule, and a list of allowed system calls.

Each wall is put up by one function that raises `WallMissing` where the kernel does not give it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct

from . import syscalls

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 4, 38, 39, 22
SECCOMP_MODE_FILTER = 2
KILL, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000  # SECCOMP_RET_*
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MAP_PRIVATE_ANONYMOUS = 0x22
NOBODY = 65534
MACHINE = os.uname().machine
_LIBC = ctypes.CDLL(None, use_errno=True)
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}  # accesses an ABI knows; 16 from the fifth on


class WallMissing(Exception):
    """The kernel does not give a wall that the jail needs."""


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise WallMissing(f"{what}: {errno.errorcode.get(number, number)}")
    return result


def syscall(name: str, *arguments: object) -> int:
    """Make a system call by its name; -1 and errno as the C library does."""
    known = syscalls.number(name, MACHINE)
    if known is None:
        ctypes.set_errno(errno.ENOSYS)
        return -1
    return int(_LIBC.syscall(ctypes.c_long(known), *arguments))


def prctl(option: int, *arguments: int) -> int:
    values = [*arguments, 0, 0, 0, 0][:4]
    return int(_LIBC.prctl(option, *(ctypes.c_ulong(value) for value in values)))


def maps(protection: int) -> bool:
    """Try to map a page of memory; returns whether there is one."""
    _LIBC.mmap.restype = ctypes.c_void_p
    page = ctypes.c_size_t(4096)
    found = _LIBC.mmap(None, page, protection, MAP_PRIVATE_ANONYMOUS, -1, ctypes.c_long(0))
    return found not in (None, ctypes.c_void_p(-1).value)


# -- for the parent --------------------------------------------------------------------------------------------------
def known_machine() -> None:
    """Refuse an architecture whose system calls are not written down here."""
    if MACHINE not in syscalls.EXISTING:
        raise WallMissing(f"the architecture {MACHINE} is not known")


def drop_user(uid: int = NOBODY) -> bool:
    """Become an account without rights, where we are root and may; returns whether that worked."""
    if os.getuid() != 0:
        return False
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except OSError:
        return False
    return True


def die_first() -> None:
    """Tell the kernel to choose this process before all others when the machine's memory is used up."""
    try:
        with open("/proc/self/oom_score_adj", "wb") as score:
            score.write(b"1000")
    except OSError:
        return  # no Linux, or no such file in this container


def die_with_parent(signal_number: int) -> None:
    _checked(prctl(PR_SET_PDEATHSIG, signal_number), "PR_SET_PDEATHSIG")


def no_new_privileges() -> None:
    _checked(prctl(PR_SET_NO_NEW_PRIVS, 1), "no_new_privs")


def has_no_new_privileges() -> bool:
    return prctl(PR_GET_NO_NEW_PRIVS) == 1


def landlock_abi() -> int:
    return syscall("landlock_create_ruleset", None, ctypes.c_size_t(0), ctypes.c_uint(1))


def landlock() -> None:
    """Take all paths, all TCP, signals to others and abstract sockets away, as far as the kernel's Landlock goes."""
    abi = landlock_abi()
    if abi < 1:
        raise WallMissing("Landlock is not there")
    files = (1 << _FS_BITS.get(abi, 16)) - 1
    attributes = struct.pack("=QQQ", files, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = _checked(
        syscall("landlock_create_ruleset", ctypes.c_char_p(attributes), ctypes.c_size_t(size), ctypes.c_uint(0)),
        "landlock_create_ruleset",
    )
    try:
        _checked(syscall("landlock_restrict_self", ctypes.c_int(rules), ctypes.c_uint(0)), "landlock_restrict_self")
    finally:
        os.close(rules)


def size_of_process() -> int:
    """Return the bytes of address space this process has."""
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


# -- for the child ---------------------------------------------------------------------------------------------------
def limits(own_bytes: int, memory_bytes: int, cpu_s: int) -> None:
    """Limit memory above what the parent has, processor time, and all that a child has no use for."""
    wanted = {
        resource.RLIMIT_AS: (own_bytes + memory_bytes,) * 2,
        resource.RLIMIT_CPU: (cpu_s, cpu_s + 1),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NOFILE: (4, 4),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NPROC: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
    }
    for which, pair in wanted.items():
        try:
            resource.setrlimit(which, pair)
        except (OSError, ValueError) as exc:
            raise WallMissing(f"rlimit {which}: {exc}") from exc


class _Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _instruction(code: int, jump_true: int, jump_false: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, jump_true, jump_false, value)


LOAD, EQUAL, ANY_BIT, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
NR, ARCH, FIRST, THIRD = 0, 4, 16, 32  # offsets in struct seccomp_data


def program(pid: int, machine: str = MACHINE) -> bytes:
    """Return the filter of a child: allowed calls, calls refused politely, death for all others.

    Each call is one comparison that jumps to one of the three ends.
    """
    calls = [(name, end) for end, names in enumerate((syscalls.ALLOWED, syscalls.REFUSED)) for name in names]
    listed = [(number, end) for name, end in calls if (number := syscalls.number(name, machine)) is not None]
    checked = [
        *((syscalls.number(name, machine), THIRD, ANY_BIT, PROT_EXEC) for name in syscalls.WITHOUT_EXEC),
        *((syscalls.number(name, machine), FIRST, EQUAL, pid) for name in syscalls.ON_ITSELF),
    ]
    ends = [_instruction(RETURN, 0, 0, value) for value in (KILL, ALLOW, ERRNO | errno.EPERM)]
    left = len(listed) + 3 * len(checked)  # instructions between here and the ends
    made = [
        _instruction(LOAD, 0, 0, ARCH),
        _instruction(EQUAL, 0, left + 2, syscalls.EXISTING[machine]),
        _instruction(LOAD, 0, 0, NR),
        _instruction(AT_LEAST, left, 0, 0x40000000),  # x32 numbers of x86_64
    ]
    for number, end in listed:
        left -= 1
        made.append(_instruction(EQUAL, left + 1 + end, 0, number))
    for number, load, test, value in checked:
        left -= 3
        allowed, refused = (left + 1, left + 2) if test == EQUAL else (left + 2, left + 1)
        made += [
            _instruction(EQUAL, 0, 2, int(number or 0)),
            _instruction(LOAD, 0, 0, load),
            _instruction(test, allowed, refused, value),
        ]
    return b"".join([*made, *ends])


_PLACE = b"\xef\xbe\xad\xde"  # where a child's own id goes in
_FILTER = program(0xDEADBEEF) if MACHINE in syscalls.EXISTING else b""


def seccomp(pid: int) -> None:
    """Put the filter up; from here on nothing but computing and talking over the open descriptors works."""
    raw = _FILTER.replace(_PLACE, struct.pack("=I", pid))
    wanted = _Program(len(raw) // 8, raw)
    result = _LIBC.prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(wanted))
    _checked(int(result), "seccomp")
