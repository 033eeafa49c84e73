"""A server on loopback that speaks as OpenAI, Anthropic, Gemini and Ollama do, and answers as a test scripts it.

with serving() as provider:
    provider.script(says("Hello"), calls(("add", {"a": 1, "b": 2})), fails(429, retry_after=7))
    provider.answers = lambda asked: says(asked.prompt.upper())   # once the script is used up
    ... base_url = provider.base_url("anthropic") ...
    provider.asked[0].prompt, provider.asked[0].key, provider.keys()
"""

from tests.providers.replies import (
    Reply,
    calls,
    cut,
    fails,
    nonsense,
    refuses,
    says,
    too_long,
    unfinished,
)
from tests.providers.server import Asked, Provider, serving

__all__ = [
    "Asked", "Provider", "Reply", "calls", "cut", "fails", "nonsense", "refuses", "says", "serving", "too_long",
    "unfinished",
]  # fmt: skip
