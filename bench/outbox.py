"""How fast two workers work the outbox off: results of runs, posted to a server of this machine that answers at once."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from itertools import cycle, islice
from uuid import UUID

import httpx
from django.db.models.functions import Now

from core.accounts import people
from core.models import OutboxRow

ROWS = 3000
OWNERS = 20


class Receiver:
    """Takes posts as fast as they come; a richer server would take as long as what it measures."""

    def __init__(self) -> None:
        self.count = 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        serving = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self.address = f"127.0.0.1:{serving.result().sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                sizes = [
                    line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
                ]
                await reader.readexactly(int(sizes[0]) if sizes else 0)
                self.count += 1
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def _run_of_somebody_new(base_url: str) -> tuple[UUID, str]:
    """Return (owner, run): results go only to who sees the run."""
    user = people.register(email=f"outbox-{secrets.token_hex(4)}@example.org", password=secrets.token_urlsafe(16))
    key = people.create_key(user=user, name="bench")[1]
    document = {"name": "outbox", "nodes": [{"id": "start", "type": "manual_trigger", "data": {"label": "start"}}]}
    with httpx.Client(base_url=base_url, headers={"X-API-Key": key}, timeout=60) as client:
        workflow = client.post("/api/orchestrator/workflows/", json=document).raise_for_status().json()["id"]
        url = f"/api/orchestrator/workflows/{workflow}/execute/"
        return user.pk, client.post(url, json={"wait_s": 10}).raise_for_status().json()["id"]


def throughput(base_url: str, receiver: Receiver) -> dict[str, float]:
    """Let the results of runs of several owners be due so many times at once; count what arrives a second.

    Raises: RuntimeError where not all of them arrive.
    """
    runs = [_run_of_somebody_new(base_url) for _ in range(OWNERS)]
    OutboxRow.objects.bulk_create(
        OutboxRow(
            kind="callback",
            lane="calls",
            owner_id=owner,
            payload={"execution_id": run, "url": f"http://{receiver.address}/", "sealed": None},
            state="held",
            key=f"bench:{UUID(int=at)}",
        )
        for at, (owner, run) in enumerate(islice(cycle(runs), ROWS))
    )
    begin = time.perf_counter()
    OutboxRow.objects.filter(key__startswith="bench:").update(state="ready", due_at=Now())
    while receiver.count < ROWS and time.perf_counter() - begin < 120:
        time.sleep(0.005)
    if receiver.count < ROWS:
        raise RuntimeError(f"{receiver.count} of {ROWS} results arrived")
    return {"outbox_per_s": receiver.count / (time.perf_counter() - begin)}
