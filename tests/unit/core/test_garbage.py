"""Memory of processes that live long."""

from __future__ import annotations

import subprocess
import sys

import pytest

RESIDENT = """
import threading
from pathlib import Path
from core.process import garbage

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

garbage.give_large_blocks_back()
begin, kept = resident(), []

def bodies():
    for size in (12, 3, 9, 2, 6) * 4:
        texts = [bytes(range(1, 128)) * (size * 8_000) for _ in range(3)]
        kept.append(bytearray(60_000))  # what stays behind the large ones
        del texts

threads = [threading.Thread(target=bodies) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print((resident() - begin) // 2**20)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is the allocator of Linux")
def test_large_blocks_go_back_to_the_system() -> None:
    said = subprocess.run([sys.executable, "-c", RESIDENT], capture_output=True, text=True, check=True)
    assert int(said.stdout) < 40
