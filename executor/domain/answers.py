"""The answer to a wait as its row has it: what somebody sent stands as text beside it, where its keys have an order."""

from __future__ import annotations

from typing import Any

from core.json import dumps, loads_own
from core.json.key_order import is_in_stored_order

SENT = ("data", "payload")  # by a person, by a signal


def as_stored(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with the texts of what the database would put in another order."""
    texts = {f"{name}_text": dumps(answer[name]).decode() for name in SENT if not is_in_stored_order(answer.get(name))}
    return {**answer, **texts} if texts else answer


def as_sent(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a stored answer with the keys of what was sent in the order they came in."""
    if answer is None or not any(f"{name}_text" in answer for name in SENT):
        return answer
    texts = {name: answer[f"{name}_text"] for name in SENT if answer.get(f"{name}_text") is not None}
    kept = {name: value for name, value in answer.items() if name.removesuffix("_text") not in SENT or name in SENT}
    return {**kept, **{name: loads_own(text) for name, text in texts.items()}}
