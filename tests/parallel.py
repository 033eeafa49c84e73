"""Loaded by pytest before anything else: each of several test processes has servers and a data folder of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    folder = Path(os.environ.get("HEDDLE_DATA_DIR") or ROOT / ".data") / worker
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["HEDDLE_DATA_DIR"] = str(folder)


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Keep the tests of one whole stack in one process: it takes seconds to start."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("stack"))
