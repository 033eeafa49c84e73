"""Loaded by pytest before anything else: how tests are dealt out to several processes, each with servers of its own."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
TOLD = 6000  # characters of the end of each failure that did not come again

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    folder = Path(os.environ.get("HEDDLE_DATA_DIR") or ROOT / ".data") / worker
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["HEDDLE_DATA_DIR"] = str(folder)


STACK = ("tests/browser/", "tests/e2e/")
# What takes longest comes first, so that no process is left alone with it in the end.
LONG = (
    "tests/integration/executor/test_quarantine.py",
    "tests/integration/streaming/test_unread_streams.py",
    "tests/integration/outbox/test_lost_processes.py",
    "tests/integration/processes/",
    "tests/chaos/",
    "tests/integration/executor/test_neighbours.py",
    "tests/conformance/core/test_generated_calls.py",
    "tests/integration/nodes/test_custom_nodes.py",
    "tests/integration/orchestrator/test_sub_workflows.py",
    "tests/integration/orchestrator/test_polls.py",
    "tests/integration/orchestrator/test_polls_of_mailboxes.py",
    "tests/integration/sandbox/",
)


class Scheduling(LoadScopeScheduling):
    """Deals out whole files, which keep what they share; all tests of the whole stack go to one process.

    That stack takes half a minute to start, and two browsers take both cores.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "the whole stack" if nodeid.startswith(STACK) else nodeid.split("::", 1)[0]

    def _assign_work_unit(self, node: Any) -> None:
        if not any(self.assigned_work.values()):  # the first of all
            for scope in sorted(self.workqueue, key=_turn):
                self.workqueue.move_to_end(scope)
        super()._assign_work_unit(node)


def _turn(scope: str) -> int:
    """Return when a file's turn is; files with the same one stay as they are, those with many tests first."""
    if scope == "the whole stack":
        return -1
    return next((turn for turn, prefix in enumerate(LONG) if scope.startswith(prefix)), len(LONG))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Deal out tests in our own way, whatever `--dist` says."""
    return Scheduling(config, log)


def pytest_collection_finish() -> None:
    """Take what was loaded for the tests out of garbage collection: each full one would walk all of it."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say why tests failed that passed when they were run again: nothing else does, and each has a cause."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.write_sep("_", f"{report.nodeid} failed, and was run again")
        terminalreporter.write_line(report.longreprtext[-TOLD:])


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
