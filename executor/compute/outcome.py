"""What a call in a child can come to, as failures of its node: told apart by who ended the child, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodes.base import NodeFailed

SIGXCPU = -24
OUT_OF_MEMORY = 72
MOSTLY_MEMORY = 0.4  # a child that took so much of what it may, and fell, fell for want of memory


def told(said: Mapping[str, Any], output_bytes: int) -> NodeFailed:
    """Return the failure that a child tells of."""
    if said["kind"] == "failed":
        retryable, details = bool(said["retryable"]), {str(name): value for name, value in said["details"].items()}
        return NodeFailed(said["code"], said["message"], retryable=retryable, **details)
    if said["kind"] == "output":
        most = output_bytes // 2**20
        return NodeFailed("invalid_output", f"The output is larger than {most} MiB", limit=output_bytes)
    if said["kind"] == "invalid_output":
        return NodeFailed("invalid_output", f"The output cannot be stored: {said['message']}")
    return NodeFailed("node_failed", str(said["message"]))


def fallen(report: Mapping[str, Any], memory_bytes: int, cpu_s: float) -> NodeFailed:
    """Return the failure of a child that ended without a whole answer."""
    if report["exit"] == SIGXCPU:
        return NodeFailed("compute_timeout", f"The work used more than {cpu_s:g} s of processor time")
    mostly_memory = report.get("taken_bytes", 0) >= MOSTLY_MEMORY * memory_bytes
    if report.get("over_memory") or report["exit"] == OUT_OF_MEMORY or mostly_memory:
        most = memory_bytes // 2**20
        return NodeFailed("compute_memory", f"The work needs more memory than the {most} MiB it may have")
    return NodeFailed("compute_crash", "The work brought its process down")
