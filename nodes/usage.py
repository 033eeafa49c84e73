"""What work has used: tokens of models, money, and whatever else a node counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")
Count = int | float


@dataclass(frozen=True, slots=True)
class Usage:
    """An amount of use; amounts add up. `cached_tokens` are of the input, `reasoning_tokens` of the output.

    `cost_usd` is in US dollars. `counters` are the node's own, by name.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    counters: Mapping[str, Count] = field(default_factory=dict[str, Count])

    def __add__(self, other: Usage) -> Usage:
        if not self:
            return other
        counters = dict(self.counters)
        for name, count in other.counters.items():
            counters[name] = counters.get(name, 0) + count
        tokens = {name: getattr(self, name) + getattr(other, name) for name in TOKENS}
        return Usage(**tokens, cost_usd=self.cost_usd + other.cost_usd, counters=counters)

    def __bool__(self) -> bool:
        return self != NOTHING

    def as_record(self) -> dict[str, Any]:
        """Return its columns, as JSON; money as a text, since no digit of it may be lost."""
        tokens = {name: getattr(self, name) for name in TOKENS}
        return {**tokens, "cost_usd": str(self.cost_usd), "counters": dict(self.counters) or None}

    @staticmethod
    def of_row(row: object) -> Usage:
        """Return what a row with these columns holds."""
        return Usage.of({name: getattr(row, name, None) for name in (*TOKENS, "cost_usd", "counters")})

    @staticmethod
    def of(record: Mapping[str, Any]) -> Usage:
        """Return what a record or the columns of a row hold."""
        tokens = {name: record.get(name) or 0 for name in TOKENS}
        cost = Decimal(record.get("cost_usd") or 0)
        return Usage(**tokens, cost_usd=cost, counters=record.get("counters") or {})


NOTHING = Usage()
