"""Which model is asked: that of the step, else the default of the workflow, the user, the installation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inference.models.endpoint import BASE_URLS
from nodes.base import NodeFailed
from nodes.language_models import PROVIDERS, ChosenModel, ModelChoice

NEEDS_NO_KEY = frozenset({"ollama", "openai_compatible"})
HOW = (
    "Choose a model and a credential in the node, in the workflow's settings or in your account; whoever runs this "
    "server can set HEDDLE_LLM_PROVIDER, HEDDLE_LLM_MODEL and a key"
)


@dataclass(frozen=True, slots=True)
class Default:
    """A model that is asked where a step names none; each part may be missing."""

    provider: str | None = None
    model: str | None = None
    credential_id: str | None = None

    @staticmethod
    def of(stored: Mapping[str, object] | None) -> Default:
        """Return a stored `{provider, model, credential_id}`."""
        found = stored or {}
        parts = (found.get("provider"), found.get("model"), found.get("credential_id"))
        return Default(*(str(part) if part else None for part in parts))


@dataclass(frozen=True, slots=True, repr=False)
class Installation:
    """What the operator has configured: a default, and keys and addresses by provider."""

    provider: str = ""
    model: str = ""
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    base_urls: Mapping[str, str] = field(default_factory=dict[str, str])

    def can_serve(self, provider: str) -> bool:
        """Tell whether a provider can be asked without a credential of anybody."""
        return bool(self.base_urls.get(provider) if provider in NEEDS_NO_KEY else self.keys.get(provider))

    @property
    def default(self) -> Default:
        keyed = next((provider for provider, key in self.keys.items() if key), None)
        return Default(self.provider or keyed, self.model or None)


def chosen(choice: ModelChoice, kind: str | None, defaults: Sequence[Default], own: Installation) -> ChosenModel:
    """Return the model of a step. `kind`: the type of the credential that the step has, None where it has none.

    A default gives only what fits: its model and its credential are of its provider. Raises: NodeFailed.
    """
    named = choice.provider or kind
    if named is not None and named not in PROVIDERS:
        raise NodeFailed("invalid_params", f"There is no provider of models called {named!r}"[:200])
    if kind is not None and kind != named:
        raise NodeFailed("credential_invalid", f"The credential is one of {kind}, and {named} is to be asked")
    known = [*defaults, own.default]
    if named is None:
        named = next((one.provider for one in known if one.provider and (one.model or choice.model)), None)
    fitting = [one for one in known if one.provider == named]
    model = choice.model or next((one.model for one in fitting if one.model), None)
    if named is None or model is None:
        missing = "No model is configured" if named is None else f"No model of {named} is named"
        raise NodeFailed("llm_not_configured", f"{missing}. {HOW}.")
    credential_id = choice.credential_id
    if credential_id is None and kind is None:
        credential_id = next((one.credential_id for one in fitting if one.credential_id), None)
    if credential_id is None and kind is None and not own.can_serve(named):
        raise NodeFailed("llm_not_configured", f"There is no key for {named}. {HOW}.")
    return ChosenModel(named, model, credential_id)


def address_of(provider: str, told: str | None) -> str:
    """Return where a provider is asked. Raises: NodeFailed "credential_invalid"."""
    address = (told or "").strip() or BASE_URLS.get(provider, "")
    if not address:
        raise NodeFailed("credential_invalid", f"The credential of {provider} names no base URL")
    return address
