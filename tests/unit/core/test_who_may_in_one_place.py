"""Who may see what is asked in one place: nothing else compares whose a row is.

Found are look-ups by an account's column (`filter(owner_id=…)`, `Q(owner_id=…)`) and comparisons with one
(`row.owner_id == …`). Those below do not decide who may: each says what it does instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
APPS = (
    "core",
    "credentials",
    "nodes",
    "executor",
    "orchestrator",
    "streaming",
    "inference",
    "mcp_integration",
    "logs",
    "templates",
)
LOOK_UPS = {"filter", "exclude", "get", "Q", "get_or_create", "update_or_create", "When", "aget"}
COLUMNS = ("owner_id", "owner", "user_id", "invited_by_id")
NOT_PERMISSIONS = {
    "core/access/reach.py": "the one place",
    "core/accounts/log_ins.py": "asks whether a key is still its user's, as the log-in does",
    "core/accounts/people.py": "ends all log-ins that came of one",
    "core/asgi/owners.py": "shares the places of a process fairly among callers",
    "core/asgi/request_threads.py": "shares the threads of a process fairly among callers",
    "core/storage/blob_lifetime.py": "counts and sweeps an account's files",
    "core/storage/blobs.py": "reads a file in the account that a run is made on",
    "core/datastore/quotas.py": "counts an account's tables",
    "core/datastore/clearing.py": "removes what an account had",
    "executor/verbs/why.py": "counts what stands before a run in its account's line",
    "nodes/services.py": "counts an account's node types and keeps their names once",
    "orchestrator/triggers/listening.py": "an account is part of a test address",
    "orchestrator/triggers/webhooks.py": "an account is part of a webhook's address",
    "orchestrator/sharing/collaborators.py": "which rows of roles there are, behind who may choose them",
    "orchestrator/sharing/invitations.py": "to whom an invitation goes",
    "orchestrator/sharing/mails.py": "whether an address is of somebody who works with others",
    "orchestrator/people/mails.py": "whether who asks and who is asked work together",
    "orchestrator/sharing/offers.py": "to whom a workflow is offered",
    "orchestrator/workflows/transferring.py": "writes who has which role",
    "orchestrator/workflows/leaving.py": "removes what an account had",
    "orchestrator/repair/retries.py": "whether a workflow changed hands since",
    "credentials/sharing.py": "writes who is lent what",
    "credentials/selectors.py": "who is lent what",
    "credentials/oauth.py": "the account that began a log-in ends it",
}  # fmt: skip


def is_column(name: str) -> bool:
    return name in COLUMNS or name.endswith(tuple(f"__{column}" for column in COLUMNS))


def found(tree: ast.AST) -> Iterator[int]:
    for step in ast.walk(tree):
        if isinstance(step, ast.Call):
            called = step.func.attr if isinstance(step.func, ast.Attribute) else getattr(step.func, "id", "")
            if called in LOOK_UPS and any(is_column(keyword.arg or "") for keyword in step.keywords):
                yield step.lineno
        elif isinstance(step, ast.Compare) and any(
            isinstance(one, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for one in step.ops
        ):
            sides = [step.left, *step.comparators]
            if any(isinstance(side, ast.Attribute) and is_column(side.attr) for side in sides):
                yield step.lineno


def test_whose_a_row_is_is_compared_in_one_place_alone() -> None:
    places: dict[str, list[int]] = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if "/migrations/" not in name and (lines := list(found(ast.parse(path.read_text())))):
                places[name] = lines
    new = {name: lines for name, lines in places.items() if name not in NOT_PERMISSIONS}
    assert new == {}, "ask core.access instead"
    assert set(NOT_PERMISSIONS) <= set(places), "these compare nothing any more"
