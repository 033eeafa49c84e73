"""A provider of models in a process of its own, which takes no time: `python -m bench.model_server` prints its port.

What it answers stands in the name of the model: `rounds-40` asks forty times for the first tool it is offered, and then
says "done"; `ticks-50-20` streams fifty pieces 20 ms apart, each of them the moment at which it left.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from tests.providers import wires
from tests.providers.replies import Reply, calls, says

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{length}\r\n\r\n"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the calls of one connection, one after another."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            size = next((int(line[15:]) for line in head.splitlines() if line.lower().startswith("content-length:")), 0)
            body = json.loads(await reader.readexactly(size) or b"{}") if size else {}
            await answer(head.split(" ", 2)[1], body, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def answer(path: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    if path.endswith("/tool"):
        return whole(writer, {"ok": True})
    model = body["model"]
    if model.startswith("ticks-"):
        _, pieces, every_ms = model.split("-")
        return await ticks(writer, model, int(pieces), int(every_ms) / 1000)
    reply = by_round(body, int(model.split("-")[1]))
    made = wires.anthropic_whole if path.endswith("/messages") else wires.openai_whole
    return whole(writer, made(reply, model))


def by_round(body: dict[str, Any], rounds: int) -> Reply:
    spoken = sum(message["role"] == "assistant" for message in body["messages"])
    if spoken >= rounds:
        return says("done")
    tool = body["tools"][0]
    return calls((tool.get("name") or tool["function"]["name"], {}))


def whole(writer: asyncio.StreamWriter, value: Any) -> None:
    raw = json.dumps(value).encode()
    writer.write(HEAD.format(kind="application/json", length=f"Content-Length: {len(raw)}").encode() + raw)


async def ticks(writer: asyncio.StreamWriter, model: str, pieces: int, every_s: float) -> None:
    writer.write(HEAD.format(kind="text/event-stream", length="Transfer-Encoding: chunked").encode())
    async for piece in told(model, pieces, every_s):
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"0\r\n\r\n")


async def told(model: str, pieces: int, every_s: float) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield next(wires.openai_stream(says(f"{time.time():.6f} ", pieces=1), model))
        await asyncio.sleep(every_s)
    for piece in wires.openai_stream(says(""), model):
        yield piece


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def model_server() -> Iterator[str]:
    """Start it; gives its host and port."""
    process = subprocess.Popen([sys.executable, "-m", "bench.model_server"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    asyncio.run(main())
