"""Language models for a running node: chosen, paid for and asked in the name of its run's owner."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from core.clock import CLOCK
from core.models import User
from executor.node import budgets, model_money
from executor.node.budgets import Reservation
from executor.node.http import NodeHttp
from executor.node.prompt_masking import PromptMask
from executor.node.providing import Caller, Provider, Services
from inference.catalogue import catalogue
from inference.models import asking, choosing, images
from inference.models.choosing import Default, Installation
from inference.models.endpoint import Call, Endpoint
from inference.models.estimates import Estimates
from inference.models.failures import is_unpaid
from inference.models.prices import Catalogue, ModelEntry
from nodes.abilities import CREDENTIALS
from nodes.base import NodeFailed
from nodes.language_models import (
    Asked,
    Channel,
    ChosenModel,
    Completion,
    CompletionRequest,
    Image,
    ModelChoice,
    OnDelta,
)
from nodes.usage import NOTHING, Usage

PRICES_HOLD_S = 30.0  # until they are read again


def provider(services: Services) -> Provider:
    """Return what asks models for nodes."""
    shared = Shared(services)
    return Provider(lambda caller: NodeModels(shared, caller))


@dataclass(slots=True)
class Shared:
    """What all runs of a process share: what it has learnt, and the prices as they were read last."""

    services: Services
    estimates: Estimates = field(default_factory=Estimates)
    catalogue: Catalogue | None = None
    read_at: float = 0.0

    async def entry(self, provider: str, model: str) -> ModelEntry:
        """Return what is known of a model."""
        if self.catalogue is None or time.monotonic() - self.read_at > PRICES_HOLD_S:
            self.catalogue = await self.services.in_database(catalogue)
            self.read_at = time.monotonic()
        return self.catalogue.find(provider, model)


def installation() -> Installation:
    """Return what the operator has configured."""
    return Installation(settings.LLM_PROVIDER, settings.LLM_MODEL, settings.LLM_KEYS, settings.LLM_BASE_URLS)


def defaults_of(owner_id: UUID, workflow_id: UUID | None) -> list[Default]:
    """Return the defaults of a workflow and of its owner, in their order."""
    own: Mapping[str, Any] | None = User.objects.filter(pk=owner_id).values_list("llm", flat=True).first()
    named = import_string(settings.WORKFLOW_MODEL)(workflow_id) if workflow_id is not None else None
    return [Default.of(named), Default.of(own)]


@dataclass(slots=True)
class NodeModels:
    shared: Shared
    caller: Caller
    _mask: PromptMask = field(init=False)

    def __post_init__(self) -> None:
        self._mask = PromptMask(self.caller.secrets)

    async def choose(self, choice: ModelChoice) -> ChosenModel:
        slots = self.caller.slots
        credential_id = choice.credential_id or slots.get(choice.slot) or None
        kind = None
        if credential_id is not None:
            kind, _ = await self._opened(credential_id)
        found = await self.shared.services.in_database(defaults_of, self.caller.owner_id, self.caller.workflow_id)
        named = replace(choice, credential_id=credential_id)
        return choosing.chosen(named, kind, found, installation())

    async def complete(self, chosen: ChosenModel, asked: Asked) -> Completion:
        endpoint = await self._endpoint(chosen, asked.key)
        request, warnings = (asked.request, []) if asked.sends_secrets else self._masked(asked.request)
        entry = await self.shared.entry(chosen.provider, chosen.model)
        asked_of = (self.caller.owner_id, endpoint.provider, endpoint.model, endpoint.base_url)
        guess = self._guess(entry, asked_of, request)
        held = await self._reserved(guess, asked.max_cost_usd)
        heard, used = _Heard(asked.on_delta), NOTHING
        try:
            self.caller.before_effect()
            used = guess  # until more is known: a call that is broken off may be paid all the same
            made = await asking.complete(self.shared.services.http, Call(endpoint, request), heard.on_delta)
            used, priced = _priced(made, entry)
        except NodeFailed as exc:
            if not heard.something and is_unpaid(exc):
                used = NOTHING
            raise
        finally:
            await self._settled(held, used)
        self.shared.estimates.learn(asked_of, request, used)
        if priced is None:
            said = f"Nobody knows what {chosen.model} of {chosen.provider} costs: its tokens are counted, no money"
            warnings.append(("price_unknown", said))
        return replace(made, usage=used, cost_usd=priced, warnings=tuple(warnings))

    async def image(self, url: str) -> Image:
        http = NodeHttp(self.shared.services.http, self.caller.before_effect, self.caller.owner_id)
        return await images.fetched(http, url)

    # -- where it is asked -------------------------------------------------------------------------------------------
    async def _opened(self, credential_id: str) -> tuple[str, dict[str, str]]:
        """Return (type, fields) of a credential. Raises: NodeFailed."""
        caller = replace(self.caller, slots={"model": credential_id})
        found = await self.shared.services.abilities.at_hand(CREDENTIALS, caller).get("model")
        if found is None:
            raise NodeFailed("credential_missing", "The credential does not exist")
        return found

    async def _endpoint(self, chosen: ChosenModel, key: str) -> Endpoint:
        owner_id = self.caller.owner_id
        if chosen.credential_id is None:
            own = installation()
            secret, told = own.keys.get(chosen.provider, ""), own.base_urls.get(chosen.provider, "")
            self.caller.secrets.add([secret] if secret else [])
        else:
            kind, fields = await self._opened(chosen.credential_id)
            if kind != chosen.provider:
                raise NodeFailed(
                    "credential_invalid", f"The default credential is one of {kind}, not {chosen.provider}"
                )
            secret, told = fields.get("api_key") or fields.get("token") or "", fields.get("base_url") or ""
            if chosen.credential_id not in self.caller.slots.values():  # the engine waits for those of the node
                admitted = self.shared.services.pace(owner_id, {"model": chosen.credential_id})
                if admitted is not None:
                    await admitted()
        address = choosing.address_of(chosen.provider, told)
        return Endpoint(chosen.provider, chosen.model, secret, address, owner_id, key)

    def _masked(self, request: CompletionRequest) -> tuple[CompletionRequest, list[tuple[str, str]]]:
        """Return a question without the secrets that the run has opened, and a warning where it held some."""
        made = self._mask.masked(request)
        if made is request:
            return request, []
        said = "The question held a secret of a credential: it was masked before it left"
        return made, [("secret_in_prompt", said)]

    # -- money -------------------------------------------------------------------------------------------------------
    def _guess(self, entry: ModelEntry, asked_of: Hashable, request: CompletionRequest) -> Usage:
        """Return what a call is thought to use at most, with its cost where the price is known."""
        guess = self.shared.estimates.of(asked_of, request)
        return guess if entry.price is None else replace(guess, cost_usd=entry.price.of(guess))

    async def _reserved(self, guess: Usage, max_cost_usd: Decimal | None) -> Reservation | None:
        if self.caller.execution_id is None:
            return None
        spending = model_money.Spending(
            UUID(self.caller.execution_id), self.caller.owner_id, self.caller.node_id, max_cost_usd, CLOCK.now()
        )
        held: Reservation = await self.shared.services.in_database(
            model_money.reserve, spending, guess, model_money.new_reservation_id()
        )
        return held

    async def _settled(self, held: Reservation | None, used: Usage) -> None:
        """Put what was used in the place of what was reserved, also where the call was broken off."""
        if held is None:
            return
        task = asyncio.ensure_future(self.shared.services.in_database(budgets.settle, held, used))
        _SETTLING.add(task)
        task.add_done_callback(_SETTLING.discard)
        await asyncio.shield(task)


class _Heard:
    """Notes whether anything of an answer came."""

    def __init__(self, on_delta: OnDelta | None) -> None:
        self.something = False
        self.on_delta = None if on_delta is None else self._noting(on_delta)

    def _noting(self, on_delta: OnDelta) -> OnDelta:
        def noted(text: str, channel: Channel) -> None:
            self.something = True
            on_delta(text, channel)

        return noted


_SETTLING: set[asyncio.Future[Any]] = set()  # somebody has to hold them until they are over


def _priced(made: Completion, entry: ModelEntry) -> tuple[Usage, Decimal | None]:
    """Return the use with its cost, and the cost: as the provider tells it, else by the price."""
    cost = made.cost_usd
    if cost is None and entry.price is not None:
        cost = entry.price.of(made.usage, made.cache_write_tokens)
    return replace(made.usage, cost_usd=cost or Decimal(0)), cost
