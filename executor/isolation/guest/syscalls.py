"""System calls by number, for the two architectures the jail knows. Source: the kernel's syscall tables."""

from __future__ import annotations

X86_64, AARCH64 = 0xC000003E, 0xC00000B7  # AUDIT_ARCH_*
EXISTING = {"x86_64": X86_64, "aarch64": AARCH64}

# name: (number on x86_64, number on aarch64); None: the architecture has no such call
TABLE: dict[str, tuple[int | None, int | None]] = {
    # what a child may do
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62), "mmap": (9, 222),
    "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sched_yield": (24, 124), "mremap": (25, 216),
    "madvise": (28, 233), "nanosleep": (35, 101), "getpid": (39, 172), "exit": (60, 93), "uname": (63, 160),
    "gettimeofday": (96, 169), "getrusage": (98, 165), "getuid": (102, 174), "getgid": (104, 176),
    "geteuid": (107, 175), "getegid": (108, 177), "sigaltstack": (131, 132), "gettid": (186, 178), "time": (201, None),
    "futex": (202, 98), "sched_getaffinity": (204, 123), "restart_syscall": (219, 128), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "exit_group": (231, 94), "tgkill": (234, 131),
    "set_robust_list": (273, 99), "getrandom": (318, 278), "membarrier": (324, 283), "rseq": (334, 293),
    # what libraries try innocently: refused as the kernel refuses it
    "open": (2, None), "stat": (4, None), "poll": (7, None), "lstat": (6, None), "ioctl": (16, 29),
    "pread64": (17, 67), "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66), "access": (21, None),
    "pipe": (22, None), "select": (23, None), "dup": (32, 23), "dup2": (33, None), "getitimer": (36, 102),
    "alarm": (37, None), "setitimer": (38, 103), "sendfile": (40, 71), "socket": (41, 198), "connect": (42, 203),
    "accept": (43, 202), "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212),
    "bind": (49, 200), "listen": (50, 201), "socketpair": (53, 199), "clone": (56, 220), "fork": (57, None),
    "vfork": (58, None), "execve": (59, 221), "wait4": (61, 260), "kill": (62, 129), "fcntl": (72, 25),
    "flock": (73, 32), "fsync": (74, 82), "ftruncate": (77, 46), "getcwd": (79, 17), "chdir": (80, 49),
    "rename": (82, None), "mkdir": (83, None), "rmdir": (84, None), "unlink": (87, None), "symlink": (88, None),
    "readlink": (89, None), "chmod": (90, None), "fchmod": (91, 52), "umask": (95, 166), "getrlimit": (97, 163),
    "sysinfo": (99, 179), "setuid": (105, 146), "setgid": (106, 144), "setpgid": (109, 154), "getppid": (110, 173),
    "setsid": (112, 157), "prctl": (157, 167), "setrlimit": (160, 164), "getdents64": (217, 61),
    "epoll_create": (213, None), "openat": (257, 56), "mkdirat": (258, 34), "newfstatat": (262, 79),
    "unlinkat": (263, 35), "renameat": (264, 38), "readlinkat": (267, 78), "faccessat": (269, 48),
    "pselect6": (270, 72),
    "ppoll": (271, 73), "utimensat": (280, 88), "eventfd2": (290, 19), "epoll_create1": (291, 20), "dup3": (292, 24),
    "pipe2": (293, 59), "prlimit64": (302, 261), "renameat2": (316, 276), "memfd_create": (319, 279),
    "execveat": (322, 281), "statx": (332, 291), "pidfd_open": (434, 434), "clone3": (435, 435),
    "close_range": (436, 436), "openat2": (437, 437), "faccessat2": (439, 439),
    # only for the walls themselves and for the probes
    "ptrace": (101, 117), "unshare": (272, 97), "io_uring_setup": (425, 425), "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446), "process_vm_readv": (310, 270), "bpf": (321, 280), "mount": (165, 40),
    "keyctl": (250, 219), "userfaultfd": (323, 282),
}  # fmt: skip

ALLOWED = (
    "read", "write", "close", "fstat", "lseek", "munmap", "brk", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "sched_yield", "mremap", "madvise", "nanosleep", "getpid", "exit", "uname", "gettimeofday", "getrusage", "getuid",
    "getgid", "geteuid", "getegid", "sigaltstack", "gettid", "time", "futex", "sched_getaffinity", "restart_syscall",
    "clock_gettime", "clock_getres", "clock_nanosleep", "exit_group", "set_robust_list", "getrandom", "membarrier",
    "rseq",
)  # fmt: skip
WITHOUT_EXEC = ("mmap", "mprotect")  # allowed unless they ask for memory that can be executed
ON_ITSELF = ("tgkill",)  # allowed where the first argument is the child's own id
NEVER = (
    "ptrace", "unshare", "io_uring_setup", "landlock_create_ruleset", "landlock_restrict_self", "process_vm_readv",
    "bpf", "mount", "keyctl", "userfaultfd",
)  # fmt: skip
REFUSED = tuple(name for name in TABLE if name not in {*ALLOWED, *WITHOUT_EXEC, *ON_ITSELF, *NEVER})


def number(name: str, machine: str) -> int | None:
    """Return a call's number on an architecture."""
    return TABLE[name][0 if machine == "x86_64" else 1]
