"""The rules for text that goes to models, as staff set them; they hold from the next text on, in every process."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import Invalid
from core.models import PromptRules
from core.text.for_models import DEFAULT, PromptPattern, PromptPolicy, compiled


def policy() -> PromptPolicy:
    """Return the rules that hold now."""
    row = PromptRules.objects.filter(pk=1).first()
    if row is None:
        return DEFAULT
    patterns = tuple(PromptPattern(entry["pattern"], entry["action"]) for entry in row.patterns)
    return PromptPolicy(patterns, row.max_input_chars)


def replace(*, patterns: Sequence[PromptPattern], max_input_chars: int) -> PromptPolicy:
    """Set the rules. Raises: Invalid, naming each pattern that cannot be read."""
    errors = []
    for at, one in enumerate(patterns):
        try:
            compiled(one.pattern)
        except ValueError as exc:
            errors.append({"field": f"patterns.{at}.pattern", "code": "invalid", "message": str(exc)[:300]})
    if errors:
        raise Invalid("A pattern cannot be read", errors=errors)
    stored = [{"pattern": one.pattern, "action": one.action} for one in patterns]
    PromptRules.objects.update_or_create(pk=1, defaults={"patterns": stored, "max_input_chars": max_input_chars})
    return PromptPolicy(tuple(patterns), max_input_chars)
