"""What a program asks in the words of OpenAI's API, read and held against what a chat can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.values.kinds import is_object

MOST_MESSAGES = 2000
ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
EMPTY: tuple[Any, ...] = (None, [], {}, "none")
# What changes the form of an answer cannot be left out in silence; what only shapes its words is the workflow's matter.
REFUSED = {
    "tools": EMPTY, "functions": EMPTY, "n": (None, 1), "logprobs": (None, False), "audio": EMPTY,
    "response_format": (None, {"type": "text"}), "modalities": (None, ["text"]),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A call of a model. `messages` are {"role", "content"}, the last one the user's; `message` is its text."""

    model: str
    message: str
    messages: Sequence[Mapping[str, str]]
    conversation_id: Any
    streams: bool
    tells_usage: bool


def read(body: Any) -> Question:
    """Return what a body asks. Raises: Invalid, with the `param` that is wrong."""
    if not is_object(body):
        raise Invalid("The body must be a JSON object.", param=None)
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Invalid("You must provide a model parameter.", param="model")
    for name, allowed in REFUSED.items():
        if body.get(name) not in allowed:
            raise Invalid(f"A workflow does not take the parameter {name!r}.", param=name)
    streams, options, metadata = body.get("stream"), body.get("stream_options"), body.get("metadata")
    if streams not in (None, True, False):
        raise Invalid("It must be true or false.", param="stream")
    if options is not None and (not is_object(options) or not streams):
        raise Invalid("It goes with a stream, and is an object.", param="stream_options")
    if metadata is not None and not is_object(metadata):
        raise Invalid("It must be an object.", param="metadata")
    messages = _messages(body.get("messages"))
    return Question(
        model, messages[-1]["content"], messages, (metadata or {}).get("conversation_id"), bool(streams),
        bool((options or {}).get("include_usage")),
    )  # fmt: skip


def _messages(given: Any) -> list[dict[str, str]]:
    if not isinstance(given, list) or not given:
        raise Invalid("Messages are needed, in a list.", param="messages")
    if len(given) > MOST_MESSAGES:
        raise Invalid(f"At most {MOST_MESSAGES} messages.", param="messages")
    messages = [_message(at, one) for at, one in enumerate(given)]
    if messages[-1]["role"] != "user":
        raise Invalid("The last message must be the user's.", param=f"messages[{len(messages) - 1}].role")
    return messages


def _message(at: int, given: Any) -> dict[str, str]:
    role = given.get("role") if is_object(given) else None
    if not isinstance(role, str) or role not in ROLES:
        raise Invalid(f"Its role must be one of {', '.join(sorted(ROLES))}.", param=f"messages[{at}].role")
    return {"role": role, "content": _text(at, given.get("content"))}


def _text(at: int, content: Any) -> str:
    """Return a message's text: as it is, or of its parts."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise Invalid("It must be a text, or a list of parts.", param=f"messages[{at}].content")
    texts: list[str] = []
    for number, part in enumerate(content):
        if not is_object(part) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise Invalid("Only parts of the type text are read.", param=f"messages[{at}].content[{number}]")
        texts.append(part["text"])
    return "".join(texts)
