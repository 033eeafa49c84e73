"""Answers in the words of each provider: whole ones, streams, errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.providers.replies import Reply


def _arguments(given: Any) -> str:
    return given if isinstance(given, str) else json.dumps(dict(given))


def _object(given: Any) -> Any:
    return json.loads(given) if isinstance(given, str) else dict(given)


def sse(value: Any, event: str = "") -> bytes:
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


# -- OpenAI -----------------------------------------------------------------------------------------------------------
def _openai_usage(reply: Reply) -> dict[str, Any]:
    given, made, cached, reasoning = reply.usage
    usage: dict[str, Any] = {
        "prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }  # fmt: skip
    return usage if reply.cost is None else {**usage, "cost": reply.cost}


def _openai_calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": _arguments(arguments)}}
        for at, (name, arguments) in enumerate(reply.tool_calls)
    ]


def openai_whole(reply: Reply, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.thinking:
        message["reasoning_content"] = reply.thinking
    if reply.tool_calls:
        message["tool_calls"] = _openai_calls(reply)
    choice = {"index": 0, "message": message, "finish_reason": None if reply.is_unfinished else reply.ends}
    return {"id": "c1", "object": "chat.completion", "model": model, "choices": [choice],
            "usage": _openai_usage(reply)}  # fmt: skip


def openai_stream(reply: Reply, model: str) -> Iterator[bytes]:
    def piece(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return sse({"id": "c1", "object": "chat.completion.chunk", "model": model, "choices": choices})

    for thought in reply.in_pieces(reply.thinking):
        yield piece({"reasoning_content": thought})
    for text in reply.in_pieces(reply.text):
        yield piece({"role": "assistant", "content": text})
    for at, call in enumerate(_openai_calls(reply)):
        function = call["function"]
        yield piece({"tool_calls": [{**call, "index": at, "function": {**function, "arguments": ""}}]})
        for part in reply.in_pieces(function["arguments"]):
            yield piece({"tool_calls": [{"index": at, "function": {"arguments": part}}]})
    if not reply.is_unfinished:
        yield piece({}, reply.ends)
        yield sse({"id": "c1", "model": model, "choices": [], "usage": _openai_usage(reply)})
    yield b"data: [DONE]\n\n"


def openai_error(reply: Reply) -> dict[str, Any]:
    return {"error": {"message": reply.error, "type": "error", "code": reply.code or None}}


# -- Anthropic --------------------------------------------------------------------------------------------------------
_ANTHROPIC_ENDS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


def _anthropic_usage(reply: Reply) -> dict[str, Any]:
    given, made, cached, _ = reply.usage
    return {"input_tokens": given - cached, "output_tokens": made, "cache_read_input_tokens": cached,
            "cache_creation_input_tokens": 0}  # fmt: skip


def anthropic_whole(reply: Reply, model: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if reply.thinking:
        content.append({"type": "thinking", "thinking": reply.thinking, "signature": "signed"})
    if reply.text:
        content.append({"type": "text", "text": reply.text})
    content += [
        {"type": "tool_use", "id": f"toolu_{at}", "name": name, "input": _object(arguments)}
        for at, (name, arguments) in enumerate(reply.tool_calls)
    ]
    return {"id": "m1", "type": "message", "role": "assistant", "model": model, "content": content,
            "stop_reason": None if reply.is_unfinished else _ANTHROPIC_ENDS[reply.ends], "stop_sequence": None,
            "usage": _anthropic_usage(reply)}  # fmt: skip


def anthropic_stream(reply: Reply, model: str) -> Iterator[bytes]:
    def event(kind: str, **fields: Any) -> bytes:
        return sse({"type": kind, **fields}, kind)

    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    if reply.thinking:
        deltas = [{"type": "thinking_delta", "thinking": part} for part in reply.in_pieces(reply.thinking)]
        signed = {"type": "signature_delta", "signature": "signed"}
        blocks.append(({"type": "thinking", "thinking": "", "signature": ""}, [*deltas, signed]))
    if reply.text:
        said = [{"type": "text_delta", "text": part} for part in reply.in_pieces(reply.text)]
        blocks.append(({"type": "text", "text": ""}, said))
    for at, (name, arguments) in enumerate(reply.tool_calls):
        parts = [{"type": "input_json_delta", "partial_json": part} for part in reply.in_pieces(_arguments(arguments))]
        blocks.append(({"type": "tool_use", "id": f"toolu_{at}", "name": name, "input": {}}, parts))
    message = {**anthropic_whole(Reply(), model), "stop_reason": None}
    yield event("message_start", message={**message, "usage": {**_anthropic_usage(reply), "output_tokens": 1}})
    for at, (block, deltas) in enumerate(blocks):
        yield event("content_block_start", index=at, content_block=block)
        for delta in deltas:
            yield event("content_block_delta", index=at, delta=delta)
        yield event("content_block_stop", index=at)
    if not reply.is_unfinished:
        ended = {"stop_reason": _ANTHROPIC_ENDS[reply.ends], "stop_sequence": None}
        yield event("message_delta", delta=ended, usage=_anthropic_usage(reply))
        yield event("message_stop")


def anthropic_error(reply: Reply) -> dict[str, Any]:
    kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error", 529: "overloaded_error"}
    kind = kinds.get(reply.status, "invalid_request_error" if reply.status < 500 else "api_error")
    return {"type": "error", "error": {"type": kind, "message": reply.error}}


# -- Gemini -----------------------------------------------------------------------------------------------------------
_GEMINI_ENDS = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}


def _gemini(reply: Reply, model: str, parts: list[dict[str, Any]], *, is_last: bool) -> dict[str, Any]:
    given, made, cached, reasoning = reply.usage
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if is_last and not reply.is_unfinished:
        candidate["finishReason"] = _GEMINI_ENDS[reply.ends]
    usage = {"promptTokenCount": given, "candidatesTokenCount": made - reasoning if is_last else 0,
             "totalTokenCount": given + (made if is_last else 0), "cachedContentTokenCount": cached,
             "thoughtsTokenCount": reasoning if is_last else 0}  # fmt: skip
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model}


def _gemini_calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {"functionCall": {"name": name, "args": _object(arguments)}, "thoughtSignature": "c2lnbmVk"}
        for name, arguments in reply.tool_calls
    ]


def gemini_whole(reply: Reply, model: str) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"text": reply.thinking, "thought": True}] if reply.thinking else []
    parts += [{"text": reply.text}] if reply.text else []
    return _gemini(reply, model, parts + _gemini_calls(reply), is_last=True)


def gemini_stream(reply: Reply, model: str) -> Iterator[bytes]:
    for thought in reply.in_pieces(reply.thinking):
        yield sse(_gemini(reply, model, [{"text": thought, "thought": True}], is_last=False))
    for text in reply.in_pieces(reply.text):
        yield sse(_gemini(reply, model, [{"text": text}], is_last=False))
    for call in _gemini_calls(reply):
        yield sse(_gemini(reply, model, [call], is_last=False))
    yield sse(_gemini(reply, model, [{"text": ""}], is_last=True))


def gemini_error(reply: Reply) -> dict[str, Any]:
    return {"error": {"code": reply.status, "message": reply.error, "status": "INVALID_ARGUMENT"}}


# -- Ollama -----------------------------------------------------------------------------------------------------------
def _ollama_end(reply: Reply, model: str) -> dict[str, Any]:
    given, made, _, _ = reply.usage
    return {"model": model, "created_at": "2026-11-26T00:00:00Z", "message": {"role": "assistant", "content": ""},
            "done": True, "done_reason": "length" if reply.ends == "length" else "stop",
            "prompt_eval_count": given, "eval_count": made, "total_duration": 1}  # fmt: skip


def _ollama_calls(reply: Reply) -> list[dict[str, Any]]:
    return [{"function": {"name": name, "arguments": _object(given)}} for name, given in reply.tool_calls]


def ollama_whole(reply: Reply, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.thinking:
        message["thinking"] = reply.thinking
    if reply.tool_calls:
        message["tool_calls"] = _ollama_calls(reply)
    return {**_ollama_end(reply, model), "message": message}


def ollama_stream(reply: Reply, model: str) -> Iterator[bytes]:
    def piece(**message: Any) -> bytes:
        value = {"model": model, "created_at": "2026-11-26T00:00:00Z", "done": False,
                 "message": {"role": "assistant", "content": "", **message}}  # fmt: skip
        return json.dumps(value).encode() + b"\n"

    for thought in reply.in_pieces(reply.thinking):
        yield piece(thinking=thought)
    for text in reply.in_pieces(reply.text):
        yield piece(content=text)
    if reply.tool_calls:
        yield piece(tool_calls=_ollama_calls(reply))
    if not reply.is_unfinished:
        yield json.dumps(_ollama_end(reply, model)).encode() + b"\n"


def ollama_error(reply: Reply) -> dict[str, Any]:
    return {"error": reply.error}
