"""Errors that several features raise."""

from __future__ import annotations

from core.errors import Conflict


class WorkflowArchived(Conflict):
    """An archived workflow is not run, tested or deployed."""

    code = "workflow_archived"
