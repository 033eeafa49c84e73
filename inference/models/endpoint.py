"""Where a model is asked, and in whose name: what each wire needs besides the question."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from nodes.language_models import CompletionRequest

MOST_ANSWER_BYTES = 32 * 2**20  # of one answer, as it comes over the wire
BASE_URLS: Mapping[str, str] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta",
    "ollama": "http://127.0.0.1:11434",
    "openrouter": "https://openrouter.ai/api/v1",
    "perplexity": "https://api.perplexity.ai",
}
OPENAI_WIRE = frozenset({"openai", "openrouter", "perplexity", "openai_compatible"})
# Who takes a JSON Schema for the answer; the others are told it in words. Perplexity takes neither tools nor `json`.
SCHEMA_MODE = frozenset({"openai", "openrouter", "perplexity", "openai_compatible", "anthropic", "gemini", "ollama"})


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """A provider's address with a key; `owner` is who asks, `key` the call's own, the same in each try."""

    provider: str
    model: str
    api_key: str
    base_url: str
    owner: Hashable = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One question on its way."""

    endpoint: Endpoint
    request: CompletionRequest
