"""The staff's rules for texts that go to models, for running nodes."""

from __future__ import annotations

from dataclasses import dataclass

from core.text import prompt_rules
from core.text.for_models import PromptPolicy
from executor.node.providing import Provider, Services


def provider(services: Services) -> Provider:
    """Return what tells nodes the rules."""
    rules = NodePromptRules(services)
    return Provider(lambda _caller: rules)


@dataclass(frozen=True, slots=True)
class NodePromptRules:
    services: Services

    async def policy(self) -> PromptPolicy:
        found: PromptPolicy = await self.services.in_database(prompt_rules.policy)
        return found
