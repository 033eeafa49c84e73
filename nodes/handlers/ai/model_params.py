"""What all steps that ask a model can be told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from nodes.base import NodeParams
from nodes.language_models import Sampling

ADVANCED: dict[str, Any] = {"group": "advanced"}
ProviderName = Literal["openai", "anthropic", "gemini", "ollama", "openrouter", "perplexity", "openai_compatible"]


class ModelParams(NodeParams):
    temperature: float | None = Field(default=None, ge=0, le=2, title="Temperature", json_schema_extra=ADVANCED)
    max_tokens: int | None = Field(
        default=None, ge=1, le=1_000_000, title="Tokens of the answer at most", json_schema_extra=ADVANCED
    )
    top_p: float | None = Field(default=None, gt=0, le=1, title="Top p", json_schema_extra=ADVANCED)
    stop: list[str] = Field(default=[], max_length=16, title="Stop at these texts", json_schema_extra=ADVANCED)
    timeout_s: float = Field(
        default=120, gt=0, le=3600, title="Time limit of a call in seconds", json_schema_extra=ADVANCED
    )
    max_cost_usd: float | None = Field(
        default=None, ge=0, title="US dollars at most", json_schema_extra=ADVANCED,
        description="What this node may spend in a run; what would cost more is not asked",
    )  # fmt: skip
    send_secrets: bool = Field(
        default=False, title="Send secrets", json_schema_extra=ADVANCED,
        description="Secrets of credentials that stand in the question reach the provider; they are masked otherwise",
    )  # fmt: skip
    stream: bool = Field(default=True, title="Show the answer while it comes", json_schema_extra=ADVANCED)

    @property
    def sampling(self) -> Sampling:
        return Sampling(self.temperature, self.max_tokens, self.top_p, tuple(self.stop))

    @property
    def most_usd(self) -> Decimal | None:
        return None if self.max_cost_usd is None else Decimal(str(self.max_cost_usd))
