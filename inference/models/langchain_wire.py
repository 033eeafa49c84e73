"""Models whose wire LangChain translates: Anthropic's, Gemini's, Ollama's. It translates, and no more.

Its packages are imported at first use, one after the other, in a thread: they take seconds. It does not try again,
reads no environment, follows no redirect, traces nothing, and reaches the world by the guarded client alone.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any

import httpx2

from core.http.client import GuardedClient
from inference.models.endpoint import Call
from inference.models.langchain_answers import Gathering
from inference.models.langchain_messages import message_of, tools_of
from inference.models.transport import Httpx2Transport, HttpxTransport
from nodes.base import NodeFailed
from nodes.language_models import Completion, OnDelta

_LOCK = Lock()
_BACKSTOP_TOKENS = 4096  # of an answer, where Anthropic must be told and nobody says it


async def complete(client: GuardedClient, call: Call, on_delta: OnDelta | None) -> Completion:
    """Ask once. Raises: NodeFailed, and whatever the libraries do."""
    model, closing = await _model(client, call)
    gathering = Gathering(call.endpoint, on_delta)
    kwargs = _options(call, model)
    stop = list(call.request.sampling.stop) or None
    messages = [message_of(call.endpoint.provider, one) for one in call.request.messages]
    try:
        if call.request.stream:
            pieces: AsyncIterator[Any] = model._astream(messages, stop=stop, **kwargs)
            async with aclosing(pieces):  # type: ignore[type-var]  # an async generator
                async for piece in pieces:
                    gathering.add(piece.message, piece.generation_info)
        else:
            result = await model._agenerate(messages, stop=stop, **kwargs)
            (made,) = result.generations
            gathering.add(made.message, {**(result.llm_output or {}), **(made.generation_info or {})})
    finally:
        await closing()
    return gathering.done()


async def _model(client: GuardedClient, call: Call) -> tuple[Any, Callable[[], Any]]:
    """Return LangChain's model for one call, and what ends it."""
    provider = call.endpoint.provider
    if not _IMPORTED.issuperset({provider}):
        await asyncio.to_thread(_load, provider)
    return _MAKERS[provider](client, call)


_IMPORTED: set[str] = set()
_PACKAGES = {"anthropic": "langchain_anthropic", "gemini": "langchain_google_genai", "ollama": "langchain_ollama"}


def _load(provider: str) -> None:
    """Import a provider's package. Raises: NodeFailed "ability_missing" where it is not installed."""
    with _LOCK:
        try:
            import_module(_PACKAGES[provider])
        except ImportError as exc:
            message = f"What {provider} needs is not installed: {exc}"
            raise NodeFailed("ability_missing", message, ability="models") from exc
        _context()
        _IMPORTED.add(provider)


@cache
def _context() -> ssl.SSLContext:
    """Return what the libraries want to have and never use: the guarded client speaks TLS itself."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _anthropic(client: GuardedClient, call: Call) -> tuple[Any, Callable[[], Any]]:
    """Return Anthropic's model: it has no option for a client, so its own is put in its place."""
    anthropic, module = import_module("anthropic"), import_module("langchain_anthropic")
    endpoint, drawn = call.endpoint, call.request.sampling
    url = endpoint.base_url.rstrip("/").removesuffix("/v1")
    model = module.ChatAnthropic(
        model=endpoint.model, api_key=endpoint.api_key or "none", base_url=url, max_retries=0,
        timeout=call.request.timeout_s, stream_usage=True,
        **_given(max_tokens=drawn.max_tokens, temperature=drawn.temperature, top_p=drawn.top_p),
    )  # fmt: skip
    if model.max_tokens is None:
        model.max_tokens = _BACKSTOP_TOKENS
    transport = Httpx2Transport(client, endpoint, call.request.timeout_s)
    http = httpx2.AsyncClient(
        transport=transport, trust_env=False, follow_redirects=False, base_url=url, timeout=call.request.timeout_s
    )
    speaking = anthropic.AsyncAnthropic(
        api_key=endpoint.api_key or "none", auth_token=None, base_url=url, max_retries=0, http_client=http,
        timeout=call.request.timeout_s,
    )  # fmt: skip
    model.__dict__["_async_client"] = speaking  # what its cached property would make
    return model, http.aclose


def _gemini(client: GuardedClient, call: Call) -> tuple[Any, Callable[[], Any]]:
    module = import_module("langchain_google_genai")
    endpoint, drawn = call.endpoint, call.request.sampling
    url, _, version = endpoint.base_url.rstrip("/").rpartition("/")
    if not version.startswith("v1"):
        url, version = endpoint.base_url.rstrip("/"), "v1beta"
    args = {
        "transport": HttpxTransport(client, endpoint, call.request.timeout_s),
        "trust_env": False, "follow_redirects": False, "verify": _context(),
    }  # fmt: skip
    model = module.ChatGoogleGenerativeAI(
        model=endpoint.model, api_key=endpoint.api_key or "none", base_url=url, api_version=version, max_retries=1,
        client_args=args, vertexai=False, include_thoughts=_thinks(endpoint.model) or None,
        **_given(max_output_tokens=drawn.max_tokens, temperature=drawn.temperature, top_p=drawn.top_p),
    )  # fmt: skip

    async def close() -> None:
        """The transport holds nothing of its own."""

    return model, close


def _thinks(model: str) -> bool:
    """Tell whether a model of Gemini's has thoughts to show: older ones refuse to be asked for them."""
    return any(mark in model for mark in ("gemini-2.5", "gemini-3", "gemini-4", "thinking"))


@cache
def _chat_ollama() -> Any:
    """Return LangChain's class, made to hand on the thoughts of a model that has some and to ask none for them."""
    base = import_module("langchain_ollama").ChatOllama

    def chat_params(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        params: dict[str, Any] = base._chat_params(self, *args, **kwargs)
        return {**params, "think": None}  # a model without thoughts refuses to be asked

    return type("ChatOllama", (base,), {"_chat_params": chat_params, "__module__": __name__})


def _ollama(client: GuardedClient, call: Call) -> tuple[Any, Callable[[], Any]]:
    endpoint, drawn = call.endpoint, call.request.sampling
    transport = HttpxTransport(client, endpoint, call.request.timeout_s)
    model = _chat_ollama()(
        model=endpoint.model, reasoning=True, base_url=endpoint.base_url, validate_model_on_init=False,
        client_kwargs={"trust_env": False, "follow_redirects": False, "verify": _context()},
        async_client_kwargs={"transport": transport},
        **_given(num_predict=drawn.max_tokens, temperature=drawn.temperature, top_p=drawn.top_p),
    )  # fmt: skip

    async def close() -> None:
        """The transport holds nothing of its own."""

    return model, close


_MAKERS: Mapping[str, Callable[[GuardedClient, Call], tuple[Any, Callable[[], Any]]]] = {
    "anthropic": _anthropic, "gemini": _gemini, "ollama": _ollama,
}  # fmt: skip


def _options(call: Call, model: Any) -> dict[str, Any]:
    """Return what is asked of a model beside the messages."""
    request, made = call.request, dict[str, Any]()
    if request.tools:
        made |= tools_of(call.endpoint.provider, model, request)
    if request.schema is not None:
        shape = {"name": "answer", "schema": dict(request.schema)}
        made["response_format"] = {"type": "json_schema", "json_schema": shape}
    elif request.is_json and call.endpoint.provider != "anthropic":
        made["response_format"] = {"type": "json_object"}
    return made
