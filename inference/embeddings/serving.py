"""The model of this process, loaded at its first use: for the process of the queue `inference` alone."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any

from django.conf import settings

from inference.embeddings.port import EmbeddingFailed, EmbeddingModel

PROVIDERS = {
    "onnx": "inference.embeddings.onnx_model.OnnxModel",
    "openai": "inference.embeddings.wire_model.WireModel",
    "ollama": "inference.embeddings.wire_model.WireModel",
}
_model: EmbeddingModel | None = None
_loading = threading.Lock()


def model() -> EmbeddingModel:
    """Return the installation's embedding model. Raises: EmbeddingFailed."""
    global _model
    with _loading:
        if _model is None:
            _model = made(settings.EMBEDDING_PROVIDER)
        return _model


def made(provider: str) -> EmbeddingModel:
    """Return a new model of a provider. Raises: EmbeddingFailed where its packages are missing."""
    module, _, name = PROVIDERS[provider].rpartition(".")
    try:
        kind: Any = getattr(import_module(module), name)
    except ImportError as exc:
        raise EmbeddingFailed(f"The embedding provider {provider} needs {exc.name}, which is not installed") from exc
    found: EmbeddingModel = kind()
    return found
