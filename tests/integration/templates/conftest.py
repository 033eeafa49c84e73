"""Tests of the gallery ask no model, but those that say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.errors import Unavailable
from inference.embeddings import asking
from templates import meaning


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*texts: object, **more: object) -> None:
        raise Unavailable("nobody is there")

    monkeypatch.setattr(asking, "embed", away)


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    """Forget that nobody answered."""
    meaning._silent_until = 0.0
    yield
    meaning._silent_until = 0.0
