"""How many tokens a question has, before anybody counts them: by its characters, corrected by what was learnt.

No tokenizer is asked: they fetch their vocabularies from the network.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from core.json import dumps_lossy
from nodes.language_models import CHARS_PER_TOKEN, CompletionRequest
from nodes.usage import Usage

PER_MESSAGE = 4
PER_IMAGE = 1_100
USUAL_OUTPUT = 500.0  # until a model has answered
MOST_MODELS = 1_000
MOST_OUTPUT = 64_000.0  # tokens that an answer without a limit is thought to have
_WEIGHT = 0.2  # of the last answer in a mean
_LEAST, _MOST = 0.25, 4.0  # what a factor may become


def input_tokens(request: CompletionRequest) -> int:
    """Return about how many tokens a question has."""
    chars, images = 0, 0
    for message in request.messages:
        chars += len(message.text) + (len(message.result.content) if message.result is not None else 0)
        chars += sum(len(call.raw) + len(call.name) for call in message.tool_calls)
        images += len(message.images)
    for tool in request.tools:
        chars += len(tool.name) + len(tool.description) + len(dumps_lossy(dict(tool.schema)))
    if request.schema is not None:
        chars += len(dumps_lossy(dict(request.schema)))
    return int(chars / CHARS_PER_TOKEN) + PER_MESSAGE * len(request.messages) + PER_IMAGE * images


@dataclass(slots=True)
class _Learnt:
    factor: float = 1.0
    output: float = USUAL_OUTPUT


class Estimates:
    """What a process has learnt of models: how its count of characters misses, and how long answers are."""

    def __init__(self) -> None:
        self._learnt: OrderedDict[Hashable, _Learnt] = OrderedDict()

    def of(self, asked_of: Hashable, request: CompletionRequest) -> Usage:
        """Return what a call is thought to use at most.

        `asked_of` is who asks which model where: servers say what they like of what they used.
        """
        known = self._learnt.get(asked_of) or _Learnt()
        asked = request.sampling.max_tokens
        return Usage(
            input_tokens=round(input_tokens(request) * known.factor),
            output_tokens=asked if asked is not None else round(known.output),
        )

    def learn(self, asked_of: Hashable, request: CompletionRequest, usage: Usage) -> None:
        """Correct the means by what a call has used."""
        guessed = input_tokens(request)
        known = self._learnt.setdefault(asked_of, _Learnt())
        if guessed and usage.input_tokens:
            factor = min(max(usage.input_tokens / guessed, _LEAST), _MOST)
            known.factor += (factor - known.factor) * _WEIGHT
        if usage.output_tokens:
            known.output += (min(usage.output_tokens, MOST_OUTPUT) - known.output) * _WEIGHT
        self._learnt.move_to_end(asked_of)
        while len(self._learnt) > MOST_MODELS:
            self._learnt.popitem(last=False)
