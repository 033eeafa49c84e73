"""The real web server, as a process of its own on the database of the tests."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from django.conf import settings
from django.db import connection

LIVE = "/api/health/live/"
START_S, PATIENCE_S = 180, 120  # where the machine has much else to do


@dataclass
class Server:
    port: int
    pid: int
    temporary: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory_bytes(self) -> int:
        """Memory of the process that is no file's."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("RssAnon:")[1].split()[0]) * 1024

    @property
    def spooled_bytes(self) -> int:
        """What the process holds in its folder of temporary files; such files have no name."""
        found = 0
        for handle in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if os.readlink(handle).startswith(str(self.temporary)):
                    found += handle.stat().st_size
        return found


@contextlib.contextmanager
def serving(temporary: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Serve on a free port until this ends."""
    with socket.socket() as free:  # another run of these tests may hold every port of our own choice
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database_url = f"{settings.DATABASE_URL.rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}"
    ours = {"TMPDIR": str(temporary), "DATABASE_URL": database_url, "REDIS_URL": settings.REDIS_URL}
    command = [sys.executable, "-m", "workflow_backend.server", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env={**os.environ, **environment, **ours})
    try:
        end = time.monotonic() + START_S
        while not _answers(port):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.05)
        yield Server(port, process.pid, temporary)
    finally:
        process.terminate()
        process.wait(60)


def _answers(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}{LIVE}").status_code == 200
    return False
