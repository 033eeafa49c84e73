"""Which model is asked where no step, workflow or user names one, and what models cost."""

from typing import Any

from inference.models.prices import PricesUnfit
from inference.models.prices import checked as checked_prices
from workflow_backend import environment as env

# Which model is asked where no step, workflow or user names one; keys are for all users of the installation.
LLM_PROVIDER: str = env.choice(
    "HEDDLE_LLM_PROVIDER",
    "",
    ("", "OPENAI", "ANTHROPIC", "GEMINI", "OLLAMA", "OPENROUTER", "PERPLEXITY", "OPENAI_COMPATIBLE"),
).lower()
LLM_MODEL: str = env.text("HEDDLE_LLM_MODEL")
LLM_KEYS: dict[str, str] = {
    provider: key
    for provider, name in (
        ("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY"), ("gemini", "GOOGLE_API_KEY"),
        ("openrouter", "OPENROUTER_API_KEY"), ("perplexity", "PERPLEXITY_API_KEY"),
    )
    if (key := env.text(name))
}  # fmt: skip
LLM_BASE_URLS: dict[str, str] = {"ollama": env.text("OLLAMA_BASE_URL")}
if LLM_PROVIDER:
    LLM_BASE_URLS[LLM_PROVIDER] = env.text("HEDDLE_LLM_BASE_URL") or LLM_BASE_URLS.get(LLM_PROVIDER, "")
    LLM_KEYS[LLM_PROVIDER] = env.text("HEDDLE_LLM_API_KEY") or LLM_KEYS.get(LLM_PROVIDER, "")
MODEL_PRICES: dict[str, Any] = env.table("HEDDLE_MODEL_PRICES")
try:
    checked_prices(MODEL_PRICES)
except PricesUnfit as _unfit:
    env.refuse(f"HEDDLE_MODEL_PRICES cannot be read: {_unfit}")
