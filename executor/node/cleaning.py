"""What a node hands on, without the secrets its run has opened; and its errors and logs, without what looks like one.

Items are data: of them only exact secrets are taken out, and the run says so. Errors and logs are texts about data.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from core.json import WHOLE_DEPTH, NotStorable, dumps, lossy, lossy_text
from core.text.scrubbing import Secrets, scrubbed, scrubbed_text
from core.values.size import is_small
from executor.compute import pieces
from executor.domain.run_error import NodeError
from executor.node.runner import DETAILS_DEPTH, TurnResult
from nodes.items import Items

MOST_WARNINGS = 50


async def clean(result: TurnResult, secrets: Secrets) -> None:
    """Clean a turn's result before anything of it is kept or shown."""
    is_large = bool(secrets) and not is_small(result.outputs)
    if secrets and (await _holds_one(result.outputs, secrets) if is_large else _hold_one(result.outputs, secrets)):
        for handle, items in result.outputs.items():
            masked = await asyncio.to_thread(secrets.masked, items) if is_large else secrets.masked(items)
            if masked is not items:
                result.outputs[handle] = masked
                result.held_secret = True
    if result.error is not None:
        result.error = cleaned_error(result.error, secrets)
    if result.logs:
        result.logs = [lossy_text(scrubbed_text(str(line), secrets)) for line in result.logs[:200]]
    if result.warnings:  # the same one for each of many items is one, which says how often
        told = [
            [lossy_text(scrubbed_text(text, secrets)) for text in (code, place, _counted(message, count))]
            for (code, place, message), count in list(Counter(result.warnings).items())[:MOST_WARNINGS]
        ]
        result.warnings = [(code, place, message) for code, place, message in told]


def _counted(message: str, count: int) -> str:
    return message if count == 1 else f"{message} ({count} times)"


def _hold_one(outputs: Mapping[str, Items], secrets: Secrets) -> bool:
    """Look at once for a secret in all that is handed on: as JSON, which is ten times as fast as text by text."""
    try:
        return secrets.stand_in(dumps(dict(outputs)))
    except (NotStorable, RecursionError):
        return False  # such outputs are refused in a moment


async def _holds_one(outputs: Mapping[str, Items], secrets: Secrets) -> bool:
    """Look for a secret piece by piece; where that cannot be done, it may be there."""
    try:
        async for piece in pieces.written(dict(outputs), depth=WHOLE_DEPTH):
            if secrets.stand_in(piece):
                return True
    except pieces.NotInPieces:
        return True
    return False


def cleaned_error(error: Mapping[str, Any], secrets: Secrets) -> NodeError:
    """Return an error whose texts can be stored and shown."""
    return {
        "code": error["code"],
        "retryable": error.get("retryable", False),
        "message": lossy_text(scrubbed_text(str(error["message"]), secrets)),
        "details": lossy(scrubbed(error.get("details") or {}, secrets), DETAILS_DEPTH),
    }
