"""Answers from documents for somebody who asks over HTTP: found, told to his model, and checked for what it cites."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from core.errors import Unavailable, Upstream
from core.fairness.blocking_places import BlockingPlaces
from core.http.client import GuardedClient
from core.ids import new_id
from core.models import User
from credentials import vault
from inference.models import asking, choosing
from inference.models.choosing import Default, Installation
from inference.models.endpoint import Call, Endpoint
from inference.search import searching
from inference.search.searching import Asked, Place
from nodes.base import NodeFailed
from nodes.handlers.ai.knowledge import cited
from nodes.language_models import ChosenModel, Completion, CompletionRequest, ModelChoice

PLACES = BlockingPlaces(8)  # calls of models that threads of this process wait for
PATIENCE_S = 20.0
TIMEOUT_S = 90.0
NOT_CONFIGURED = "llm_not_configured"


class LlmNotConfigured(Unavailable):
    """No model is chosen anywhere, or nobody has a key for it."""

    code = NOT_CONFIGURED


class ModelFailed(Upstream):
    """The model gave no answer; `reason` is the code that a node would fail with."""

    code = "model_failed"


class ModelsBusy(Unavailable):
    """Too many answers are being waited for."""

    code = "busy"


@dataclass(frozen=True, slots=True)
class Answer:
    """`answer` is None where nothing was found, or what was found holds none."""

    answer: str | None
    citations: list[dict[str, Any]]
    sources: list[Place]
    model: str | None
    tokens: int


def answer(actor: User, asked: Asked, *, model: str | None, credential_id: str | None) -> Answer:
    """Return an answer. It counts to what its caller may spend in a day and a month.

    Raises: what `search` does, LlmNotConfigured, ModelFailed, ModelsBusy, CredentialMissing, PaymentNeeded.
    """
    chosen, endpoint = _chosen(actor, model, credential_id)
    found = searching.search(actor, asked).results
    if not found:
        return Answer(None, [], [], chosen.model, 0)
    places: list[Mapping[str, Any]] = [
        {**asdict(place), "document_id": str(place.document_id)} for place in found
    ]  # fmt: skip
    request = CompletionRequest(cited.messages(asked.query, places), timeout_s=TIMEOUT_S, stream=False)
    if not PLACES.take(actor.pk, PATIENCE_S):
        raise ModelsBusy("Too many answers are being made; try again")
    spending = import_string(settings.PERSONAL_SPENDING)(actor.pk, endpoint.provider, endpoint.model, request)
    try:
        with spending as came:
            made = asyncio.run(_completed(Call(endpoint, request)))
            came(made)
    except NodeFailed as exc:
        raise ModelFailed(exc.message, reason=exc.node_code) from exc
    finally:
        PLACES.give_back(actor.pk)
    text, citations = cited.answer_of(made.text, places)
    return Answer(text, citations, found, made.model, made.usage.input_tokens + made.usage.output_tokens)


def _chosen(actor: User, model: str | None, credential_id: str | None) -> tuple[ChosenModel, Endpoint]:
    """Return which model is asked, and where: as named, else the default of the user, else that of the server."""
    own = Installation(settings.LLM_PROVIDER, settings.LLM_MODEL, settings.LLM_KEYS, settings.LLM_BASE_URLS)
    secret = vault.reveal(owner_id=actor.pk, credential_id=credential_id) if credential_id else None
    try:
        choice = ModelChoice(None, model, credential_id=credential_id)
        found = choosing.chosen(choice, secret.type if secret else None, [Default.of(actor.llm)], own)
        if secret is None and found.credential_id is not None:
            secret = vault.reveal(owner_id=actor.pk, credential_id=found.credential_id)
        fields = secret.fields if secret else {}
        key = fields.get("api_key") or fields.get("token") or ("" if secret else own.keys.get(found.provider, ""))
        told = fields.get("base_url") or ("" if secret else own.base_urls.get(found.provider, ""))
        address = choosing.address_of(found.provider, told)
    except NodeFailed as exc:
        if exc.node_code == NOT_CONFIGURED:
            raise LlmNotConfigured(exc.message) from exc
        raise ModelFailed(exc.message, reason=exc.node_code) from exc
    return found, Endpoint(found.provider, found.model, key, address, actor.pk, str(new_id()))


async def _completed(call: Call) -> Completion:
    client = GuardedClient(settings.HTTP_ALLOWED_PRIVATE_HOSTS, kept=0)
    try:
        return await asking.complete(client, call)
    finally:
        await client.close()
