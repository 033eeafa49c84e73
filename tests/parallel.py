"""Loaded by pytest before anything else: each of several test processes has servers and a data folder of its own."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    folder = Path(os.environ.get("HEDDLE_DATA_DIR") or ROOT / ".data") / worker
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["HEDDLE_DATA_DIR"] = str(folder)


def pytest_itemcollected(item: Any) -> None:
    """Keep the tests of one whole stack in one process: it takes seconds to start, and two browsers take both cores."""
    if "stack" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Let reports cross to the process that prints them, whatever text a test has captured."""
    return _sendable((yield))


def _sendable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_sendable(key): _sendable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_sendable, value))
    return value
