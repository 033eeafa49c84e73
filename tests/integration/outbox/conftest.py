from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.outbox.kinds import kinds
from tests.integration.outbox.kinds import DONE, OPEN


@pytest.fixture
def test_kinds(settings: Any) -> Iterator[None]:
    """Let the outbox know the kinds of tests."""
    settings.OUTBOX_KINDS = [*settings.OUTBOX_KINDS, "tests.integration.outbox.kinds.KINDS"]
    kinds.cache_clear()
    DONE.clear()
    OPEN.clear()
    yield
    OPEN.set()
    kinds.cache_clear()
