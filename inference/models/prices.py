"""What models cost and can: a table in the repository, over it the installation's, over it that of the staff.

Prices are in US dollars for a million tokens, as texts. What unknown models cost, nobody knows; their tokens count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from core.json import loads
from nodes.usage import Usage

_MILLION = Decimal(1_000_000)
_DATED = re.compile(r"[-@](20\d{6}|20\d\d-\d\d-\d\d|latest|preview|exp|\d{3})$")
_RATES = ("input", "output", "cached", "written")
Table = Mapping[str, Mapping[str, Mapping[str, Any]]]  # provider, model: {"input", "output", "cached"?, "written"?, …}


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens; of input from the provider's cache and written into it, where it differs."""

    input: Decimal
    output: Decimal
    cached: Decimal | None = None
    written: Decimal | None = None

    def of(self, usage: Usage, cache_write_tokens: int = 0) -> Decimal:
        """Return what an amount of use costs."""
        cached = self.input if self.cached is None else self.cached
        written = self.input if self.written is None else self.written
        plain = max(usage.input_tokens - usage.cached_tokens - cache_write_tokens, 0)
        sums = plain * self.input + usage.cached_tokens * cached + cache_write_tokens * written
        return (sums + usage.output_tokens * self.output) / _MILLION


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A line of the table."""

    provider: str
    model: str
    price: Price | None = None
    context_tokens: int | None = None
    can: frozenset[str] = frozenset()


FREE = Price(Decimal(0), Decimal(0))


class PricesUnfit(ValueError):
    """A table cannot be read; its text names the place."""


@cache
def shipped() -> Table:
    """Return the table of the repository."""
    table: Table = loads((Path(__file__).parent / "prices.json").read_bytes())
    return table


def checked(table: Any) -> Table:
    """Return a table that may be laid over another one. Raises: PricesUnfit."""
    if not isinstance(table, Mapping):
        raise PricesUnfit("it is no object of providers")
    for provider, models in table.items():
        if not isinstance(models, Mapping):
            raise PricesUnfit(f"{provider} holds no object of models")
        for model, entry in models.items():
            if not isinstance(entry, Mapping):
                raise PricesUnfit(f"{provider}.{model} is no object")
            _price(entry, f"{provider}.{model}")
    return table


class Catalogue:
    """Tables laid over each other: the last that knows a model counts, for each of what it says."""

    def __init__(self, *tables: Table) -> None:
        self._entries: dict[tuple[str, str], dict[str, Any]] = {}
        for table in tables:
            for provider, models in table.items():
                for model, entry in models.items():
                    self._entries.setdefault((provider, model), {}).update(entry)

    def find(self, provider: str, model: str) -> ModelEntry:
        """Return what is known of a model: by its name, or by that without the date behind it."""
        if provider == "ollama":
            return ModelEntry(provider, model, FREE, None, frozenset({"tools", "json"}))
        entry = self._entries.get((provider, model))
        if entry is None:
            entry = self._entries.get((provider, _DATED.sub("", model)))
        return _entry(provider, model, entry or {})

    def __iter__(self) -> Iterator[ModelEntry]:
        for (provider, model), entry in sorted(self._entries.items()):
            yield _entry(provider, model, entry)


def _entry(provider: str, model: str, entry: Mapping[str, Any]) -> ModelEntry:
    context = entry.get("context")
    can = frozenset(str(entry.get("can") or "").split())
    return ModelEntry(provider, model, _price(entry, model), context if isinstance(context, int) else None, can)


def _price(entry: Mapping[str, Any], place: str) -> Price | None:
    """Return the price of a line; None where it has none. Raises: PricesUnfit."""
    found: dict[str, Decimal] = {}
    for name in _RATES:
        told = entry.get(name)
        if told is None:
            continue
        try:
            rate = Decimal(str(told))
        except InvalidOperation as exc:
            raise PricesUnfit(f"{place}.{name} is no number") from exc
        if isinstance(told, bool) or not rate.is_finite() or not 0 <= rate <= 1_000_000:
            raise PricesUnfit(f"{place}.{name} is no price")
        found[name] = rate
    if "input" not in found or "output" not in found:
        return None
    return Price(**found)
