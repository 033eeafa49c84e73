"""Agents: what a round of them costs beside two calls, beside LangGraph's, and a hundred that stream at once."""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psutil
from asgiref.sync import sync_to_async
from django.conf import settings

from bench.engine import Bench, Document, edge, node, start
from bench.model_server import model_server
from core.accounts import people
from core.http.client import GuardedClient
from core.http.requests import Request
from core.json import loads_own
from credentials import services as credentials
from streaming.reader import Reader

ROUNDS = 50
STREAMS = 100
LOOK_S = 0.01


def agent(credential_id: str, host: str, provider: str, **params: Any) -> Document:
    """Return a run with one agent that may make a request."""
    own = {"prompt": "go", "provider": provider, "max_steps": 200, "stream": False, **params}
    asks = node("agent", "agent", **own)
    asks["data"]["credentials"] = {"model": credential_id}
    tool = node("look", "http_tool", url=f"http://{host}/tool")
    into = {**edge("look", "agent", "tools"), "sourceHandle": "tool"}
    return {"nodes": [node("start", "manual_trigger"), asks, tool], "edges": [edge("start", "agent"), into]}


def owner_with(host: str, provider: str) -> tuple[UUID, str]:
    """Return (owner, credential) of a new user whose credential leads to the server."""
    email = f"bench-{secrets.token_hex(4)}@example.org"
    user = people.register(email=email, password=secrets.token_urlsafe(16), tier="enterprise")
    base = f"http://{host}" + ("/v1" if provider == "openai" else "")
    kept = credentials.create(
        owner_id=user.pk, name="model", type=provider, data={"api_key": "sk-bench", "base_url": base}
    )
    return user.pk, str(kept.pk)


async def bare_call_ms(host: str) -> float:
    """Return what one call takes by the client that nodes use."""
    client = GuardedClient([host])
    times = []
    try:
        for _ in range(200):
            begin = time.perf_counter()
            await client.send(Request("GET", f"http://{host}/tool"))
            times.append((time.perf_counter() - begin) * 1000)
    finally:
        await client.close()
    return statistics.median(times[50:])


async def round_ms(bench: Bench, host: str, provider: str) -> float:
    """Return what a round takes: a call of the model that asks for the tool, and the call that the tool makes."""
    owner_id, credential_id = await sync_to_async(owner_with)(host, provider)
    prepared = await sync_to_async(bench.prepare)(agent(credential_id, host, provider, model=f"rounds-{ROUNDS}"))
    times = [await bench.run(prepared, {}, owner_id) / ROUNDS for _ in range(6)]
    return statistics.median(times[2:])


async def langgraph_round_ms(host: str) -> float:
    """Return what a round of LangGraph's own agent takes, which keeps nothing: the same calls, the same provider."""
    import httpx  # noqa: PLC0415 (for this figure alone)
    from langchain_anthropic import ChatAnthropic  # noqa: PLC0415 (slow to load)
    from langchain_core.tools import tool  # noqa: PLC0415
    from langgraph.prebuilt import create_react_agent  # noqa: PLC0415

    async with httpx.AsyncClient() as client:

        @tool
        async def look() -> str:
            """Make a request."""
            return (await client.get(f"http://{host}/tool")).text

        model = ChatAnthropic(
            model=f"rounds-{ROUNDS}",
            base_url=f"http://{host}",
            api_key="sk-bench",
            max_retries=0,
            timeout=30,
            stop=None,
        )
        graph = create_react_agent(model, [look])
        times = []
        for _ in range(6):
            begin = time.perf_counter()
            made = await graph.ainvoke({"messages": [("user", "go")]}, {"recursion_limit": 4 * ROUNDS})
            times.append((time.perf_counter() - begin) * 1000 / ROUNDS)
            assert made["messages"][-1].text() == "done"
    return statistics.median(times[2:])


async def streams(bench: Bench, host: str) -> dict[str, float]:
    """Let a hundred agents stream at once; returns how late the loop comes back, and what each of them holds."""
    owner_id, credential_id = await sync_to_async(owner_with)(host, "openai")
    document = agent(credential_id, host, "openai", model="ticks-100-50", stream=True)
    prepared = await sync_to_async(bench.prepare)(document)
    await bench.run(prepared, {}, owner_id)
    process, lags = psutil.Process(os.getpid()), []
    before, most = process.memory_info().rss, 0
    over = asyncio.Event()

    async def look() -> None:
        nonlocal most
        while not over.is_set():
            begin = time.perf_counter()
            await asyncio.sleep(LOOK_S)
            lags.append((time.perf_counter() - begin - LOOK_S) * 1000)
            if len(lags) % 20 == 0:
                most = max(most, process.memory_info().rss)

    looking = asyncio.create_task(look())
    await bench.run_many(prepared, STREAMS, owner_id)
    over.set()
    await looking
    return {
        "streams_100_lag_p99_ms": statistics.quantiles(lags, n=100)[98],
        "streams_100_kb_each": (most - before) / STREAMS / 1024,
    }


async def tokens(bench: Bench, host: str) -> dict[str, float]:
    """Return the median time from a piece of an answer at its provider to who reads the run's events."""
    owner_id, credential_id = await sync_to_async(owner_with)(host, "openai")
    document = agent(credential_id, host, "openai", model="ticks-80-50", stream=True)
    prepared = await sync_to_async(bench.prepare)(document)
    execution_id = await sync_to_async(start)(prepared, {}, owner_id)
    delays: list[float] = []

    async def listen() -> None:
        async for event in Reader(execution_id, 0).events():
            if event is not None and event.type == "node.delta":
                now, text = time.time(), loads_own(event.json)["data"].get("text", "")
                delays.extend((now - float(moment)) * 1000 for moment in text.split())

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.5)
    bench.engine.ring(str(execution_id))
    await listening
    return {"tokens_to_sse_ms": statistics.median(delays)}


@asynccontextmanager
async def engine_for(host: str) -> AsyncIterator[Bench]:
    """Give an engine that may ask the server, with room for all the agents of one owner."""
    async with Bench(
        settings.REDIS_URL, allowed_hosts=[host], runs_at_once=2 * STREAMS, abilities=settings.NODE_ABILITIES
    ) as bench:
        yield bench


async def figures() -> dict[str, float]:
    with model_server() as host:
        async with engine_for(host) as bench:
            bare_ms = await bare_call_ms(host)
            ours_ms = await round_ms(bench, host, "openai")
            translated_ms = await round_ms(bench, host, "anthropic")
            theirs_ms = await langgraph_round_ms(host)
            found = await streams(bench, host) | await tokens(bench, host)
    return {
        **found, "agent_overhead_ms": ours_ms - 2 * bare_ms, "agent_round_ms": ours_ms, "bare_call_ms": bare_ms,
        "agent_vs_langgraph": translated_ms / theirs_ms, "langgraph_round_ms": theirs_ms,
    }  # fmt: skip
