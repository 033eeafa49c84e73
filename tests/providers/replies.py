"""What a scripted provider answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer. `pieces`: how many a stream has; `usage`: input, output, cached and reasoning tokens.

    `status` from 400 on is an error with `error` as its words and `code` as its code. `cut_after`: the connection is
    closed after so many pieces; `is_unfinished`: the stream ends as if it were whole, without a reason.
    """

    text: str = ""
    thinking: str = ""
    tool_calls: tuple[tuple[str, Mapping[str, Any] | str], ...] = ()
    usage: tuple[int, int, int, int] = (10, 5, 0, 0)
    finish: str = ""  # in OpenAI's words; "": what fits
    pieces: int = 3
    status: int = 200
    error: str = ""
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cost: float | None = None  # where the wire tells it
    cut_after: int | None = None
    is_unfinished: bool = False
    first_byte_s: float = 0.0
    piece_s: float = 0.0
    raw: bytes | None = None  # a body in place of all that

    @property
    def ends(self) -> str:
        return self.finish or ("tool_calls" if self.tool_calls else "stop")

    def in_pieces(self, text: str) -> list[str]:
        """Return a text cut as a stream cuts it."""
        size = max(1, -(-len(text) // max(self.pieces, 1)))
        return [text[at : at + size] for at in range(0, len(text), size)]


def says(text: str, **more: Any) -> Reply:
    """Answer with a text."""
    return Reply(text, **more)


def calls(*tool_calls: tuple[str, Mapping[str, Any] | str], **more: Any) -> Reply:
    """Ask for tools: (name, arguments) each; arguments given as a text are sent as they stand."""
    return Reply(tool_calls=tool_calls, **more)


def fails(status: int, error: str = "it did not work", *, retry_after: float | None = None, **more: Any) -> Reply:
    """Answer with an error."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return Reply(status=status, error=error, headers=headers, **more)


def cut(text: str, after: int = 1, **more: Any) -> Reply:
    """Close the connection in the middle of an answer."""
    return Reply(text, cut_after=after, **more)


def unfinished(text: str, **more: Any) -> Reply:
    """End a stream as if all had been said, without a finish reason."""
    return Reply(text, is_unfinished=True, **more)


def refuses(why: str = "I cannot help with that") -> Reply:
    """Refuse to answer, as each wire does."""
    return Reply(why, finish="content_filter")


def too_long(limit: int = 8192) -> Reply:
    """Say that the question is longer than the model takes."""
    said = (
        f"This model's maximum context length is {limit} tokens. However, your messages resulted in {limit + 7} tokens."
    )
    return Reply(status=400, error=said, code="context_length_exceeded")


def nonsense(raw: bytes = b"<html>Bad gateway?</html>") -> Reply:
    """Answer 200 with what is no JSON."""
    return Reply(raw=raw)
