"""System calls that no MCP server needs are refused, by whichever door of the kernel they come."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EPERM = 1
NEW_USER_NAMESPACE = 0x10000000
UNSHARE = {"native": 272, "of 32 bits": 310, "of x32": 0x40000000 + 272}
PROGRAM = """
import ctypes, mmap, os, sys
sys.path.insert(0, sys.argv[1])
from mcp_integration.launcher.calls import deny_calls
libc = ctypes.CDLL(None, use_errno=True)
way, number, flags = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
libc.prctl(38, 1, 0, 0, 0)  # no new privileges
deny_calls(network=False)
if way == "of 32 bits":
    code = b"\\x53\\xb8" + number.to_bytes(4, "little") + b"\\xbb" + flags.to_bytes(4, "little") + b"\\xcd\\x80\\x5b\\xc3"
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)  # push rbx; mov eax, number; mov ebx, flags; int 0x80; pop rbx; ret
    print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())
else:
    print(0 if libc.syscall(number, flags) == 0 else -ctypes.get_errno())
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the other doors are those of x86-64")
@pytest.mark.parametrize("way", UNSHARE)
def test_a_denied_call_is_refused_by_every_door(way: str) -> None:
    arguments = [str(ROOT), way, str(UNSHARE[way]), str(NEW_USER_NAMESPACE)]
    made = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    assert (made.stdout.strip(), made.returncode) == (str(-EPERM), 0), made.stderr
