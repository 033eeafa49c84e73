"""An engine in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from executor.process.engine_thread import EngineThread
from tests.integration.executor.running import GATE, SEEN, engine_thread


@pytest.fixture
def engine(db: None) -> Iterator[EngineThread]:
    SEEN.clear()
    GATE.clear()
    thread = engine_thread()
    thread.start()
    yield thread
    GATE.set()
    thread.stop(grace_s=1)
