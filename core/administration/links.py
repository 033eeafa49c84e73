"""Columns that lead to what they name: an id without a foreign key, too, has a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

PEOPLE = frozenset(
    {"owner_id", "user_id", "started_by_id", "command_by_id", "responded_by_id", "author_id", "invited_by_id"}
)
_RUNS = (
    "execution_id", "last_execution_id", "parent_execution_id", "retry_of_id", "error_execution_id",
    "source_execution_id", "awaits_id", "root_execution_id",
)  # fmt: skip
TARGETS: dict[str, str] = {
    **dict.fromkeys(PEOPLE, "core_user"),
    **dict.fromkeys(_RUNS, "executor_execution"),
    **dict.fromkeys(("workflow_id", "error_workflow_id", "parent_template_id"), "orchestrator_workflow"),
    **dict.fromkeys(("worker_id", "taken_by_id"), "core_processheartbeat"),
    **dict.fromkeys(("definition_hash", "deployed_hash"), "executor_definition"),
    "layout_hash": "executor_layout",
    "credential_id": "credentials_credential",
    "task_id": "executor_humantask",
}


def email_column(name: str) -> str:
    """Return under which name a list holds the e-mail address of a person that a column names."""
    return f"{name}_email"


@cache
def linked(name: str) -> Callable[[Any], SafeString | str]:
    """Return a column that shows what a row names there, as a link."""
    target = TARGETS[name]

    @admin.display(description=name.removesuffix("_id").replace("_", " "), ordering=name)
    def shown(row: Any) -> SafeString | str:
        value = getattr(row, name)
        if not value:
            return "-"
        address = reverse(f"admin:{target}_change", args=[quote(str(value))])
        return format_html('<a href="{}">{}</a>', address, getattr(row, email_column(name), None) or value)

    shown.__name__ = name
    return shown


def lists(row: Any, others: tuple[tuple[str, str, str], ...]) -> SafeString:
    """Return links to lists of what belongs to a row: (label, list, column) each."""
    found = (
        (reverse(f"admin:{target}_changelist"), urlencode({column: row.pk}), label) for label, target, column in others
    )
    return format_html_join(" · ", '<a href="{}?{}">{}</a>', found)
