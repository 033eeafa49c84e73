"""Who may call what: for each route and method the least that lets in. `docs/permissions.md` is made of it.

Roles are those on the workflow that the object is of, each with all that come after it. What is of no workflow is whose
it is alone. Where somebody may not see an object it is not there (404); where he sees it and his role is too small, 403.
"""

from __future__ import annotations

ANYBODY, USER, STAFF = "anybody", "user", "staff"
VIEWER, RUNNER, EDITOR, OWNER = "viewer", "runner", "editor", "owner"
COLLABORATOR = "collaborator"  # any role but the owner's
OWN, OWN_STAFF_READS = "own", "own, and staff may look"
AUTHOR = "its author; everybody reads it"
COMMENTER = "its author, and staff"
SESSION, OWN_SESSION = "user, not by a key", "own, not by a key"
A, C, O = "api/", "api/credentials/", "api/orchestrator/"  # noqa: E741
T, M, D = "api/data-tables/", "api/mcp/servers/", "api/inference/documents/"
G = f"{O}templates/"
W, X = f"{O}workflows/<workflow_id>/", f"{O}executions/<execution_id>/"

MATRIX: dict[str, dict[str, str]] = {
    f"{A}auth/register/": {"post": ANYBODY}, f"{A}auth/login/": {"post": ANYBODY}, f"{A}auth/refresh/": {"post": ANYBODY},
    f"{A}auth/logout/": {"post": USER}, f"{A}auth/google/init/": {"post": ANYBODY},
    f"{A}auth/google/callback/": {"post": ANYBODY}, f"{A}auth/password/forgot/": {"post": ANYBODY},
    f"{A}auth/password/reset/": {"post": ANYBODY},
    f"{A}users/me": {"get": USER, "patch": USER}, f"{A}users/me/notifications": {"get": USER, "patch": USER},
    f"{A}users/me/two-factor/": {"get": USER, "post": SESSION, "delete": SESSION},
    f"{A}users/me/two-factor/confirm/": {"post": SESSION},
    f"{A}users/password": {"post": SESSION}, f"{A}users/": {"get": STAFF, "post": STAFF},
    f"{A}users/<user_id>": {"get": STAFF, "patch": STAFF, "delete": STAFF},
    f"{A}users/<user_id>/password-link/": {"post": STAFF},
    f"{A}admin/blocked-ips/": {"get": STAFF}, f"{A}admin/blocked-ips/<ip>/": {"delete": STAFF},
    f"{A}admin/prompt-patterns/": {"get": STAFF, "put": STAFF},
    f"{A}admin/model-prices/": {"get": STAFF, "put": STAFF},
    f"{A}auth/options/": {"get": ANYBODY}, f"{A}admin/workers/": {"get": STAFF},
    f"{A}auth/link/": {"post": ANYBODY},
    f"{A}keys/": {"get": USER, "post": SESSION}, f"{A}keys/<key_id>": {"get": OWN, "patch": OWN_SESSION, "delete": OWN_SESSION},
    f"{A}keys/<key_id>/rotate": {"post": OWN_SESSION},
    f"{A}health/": {"get": ANYBODY}, f"{A}health/live/": {"get": ANYBODY}, f"{A}health/ready/": {"get": ANYBODY},
    f"{A}compile/": {"post": USER}, f"{A}compile/validate/": {"post": USER},
    f"{A}compile/expressions/preview/": {"post": USER},
    f"{A}workflows/<workflow_id>/compile/": {"post": VIEWER}, f"{A}workflows/<workflow_id>/validate/": {"post": VIEWER},
    f"{A}usage/": {"get": USER}, f"{A}billing/plans/": {"get": USER}, f"{A}billing/plan/": {"get": USER, "put": STAFF},
    C: {"get": USER, "post": USER}, f"{C}types/": {"get": USER}, f"{C}types/<slug>/": {"get": USER},
    f"{C}audit/": {"get": USER}, f"{C}oauth/start/": {"post": USER}, f"{C}oauth/callback/": {"get": ANYBODY},
    f"{C}<credential_id>/": {"get": OWN, "patch": OWN, "delete": OWN},
    f"{C}<credential_id>/verify/": {"post": OWN}, f"{C}<credential_id>/refresh/": {"post": OWN},
    f"{C}<credential_id>/usage/": {"get": OWN}, f"{C}<credential_id>/shares/": {"get": OWN, "post": OWN},
    f"{C}<credential_id>/shares/<user_id>/": {"delete": OWN},
    T: {"get": USER, "post": USER}, f"{T}<table_id>/": {"get": VIEWER, "patch": EDITOR, "delete": OWNER},
    f"{T}<table_id>/rows/": {"get": VIEWER, "post": EDITOR, "delete": EDITOR},
    f"{T}<table_id>/rows/upsert/": {"post": EDITOR}, f"{T}<table_id>/rows/bulk/": {"post": EDITOR},
    f"{T}<table_id>/rows/<row_id>/": {"get": VIEWER, "patch": EDITOR, "delete": EDITOR},
    f"{T}<table_id>/export/": {"get": VIEWER}, f"{T}<table_id>/import/": {"post": EDITOR},
    f"{A}variables/": {"get": USER, "post": USER},
    f"{A}variables/<variable_id>/": {"get": VIEWER, "patch": EDITOR, "delete": EDITOR},
    D: {"get": USER, "post": USER}, f"{D}<document_id>/": {"get": OWN, "patch": OWN, "delete": OWN},
    f"{D}<document_id>/download/": {"get": OWN}, f"{D}<document_id>/chunks/": {"get": OWN},
    f"{D}<document_id>/read/": {"post": OWN}, f"{D}<document_id>/share/": {"post": OWN},
    f"{A}inference/rag/search/": {"post": USER}, f"{A}inference/rag/query/": {"post": USER},
    M: {"get": USER, "post": USER}, f"{M}tools/": {"get": USER},
    f"{M}<server_id>/": {"get": OWN, "put": OWN, "patch": OWN, "delete": OWN}, f"{M}<server_id>/tools/": {"get": OWN},
    f"{M}<server_id>/validate_credentials/": {"post": OWN}, f"{M}<server_id>/tools/<name>/call/": {"post": OWN},
    f"{A}nodes/": {"get": USER}, f"{A}nodes/models/": {"get": USER}, f"{A}nodes/categories/": {"get": USER},
    f"{A}nodes/<kind>/schema/": {"get": USER}, f"{A}nodes/custom/": {"get": USER, "post": USER},
    f"{A}nodes/custom/<custom_node_id>": {"get": OWN_STAFF_READS, "patch": OWN, "delete": OWN},
    f"{A}nodes/custom/<custom_node_id>/submit/": {"post": OWN}, f"{A}nodes/custom/<custom_node_id>/review/": {"post": STAFF},
    f"{O}workflows/": {"get": USER, "post": USER}, W: {"get": VIEWER, "put": EDITOR, "patch": EDITOR, "delete": OWNER},
    f"{O}workflows/import/": {"post": USER}, f"{W}export/": {"get": VIEWER},
    f"{W}clone/": {"post": VIEWER}, f"{W}archive/": {"post": OWNER}, f"{W}unarchive/": {"post": OWNER},
    f"{W}versions/": {"get": VIEWER, "post": EDITOR}, f"{W}versions/<number>/": {"get": VIEWER},
    f"{W}versions/<number>/restore/": {"post": EDITOR}, f"{W}versions/<number>/diff/": {"get": VIEWER},
    f"{W}deploy/": {"post": EDITOR}, f"{W}undeploy/": {"post": EDITOR}, f"{W}triggers/": {"get": VIEWER},
    f"{W}triggers/<node_id>/listen/": {"get": VIEWER, "post": RUNNER}, f"{W}triggers/<node_id>/try/": {"post": RUNNER},
    f"{W}triggers/<node_id>/retry/": {"post": EDITOR}, f"{W}triggers/<node_id>/rotate-secret/": {"post": OWNER},
    f"{W}triggers/<node_id>/removals/<registration_id>/": {"delete": EDITOR},
    f"{W}collaborators/": {"get": OWNER, "post": OWNER},
    f"{W}collaborators/<collaborator_id>/": {"patch": OWNER, "delete": OWNER},
    f"{W}transfer/": {"get": OWNER, "post": OWNER, "delete": OWNER}, f"{W}leave/": {"post": COLLABORATOR},
    f"{O}invitations/": {"get": USER}, f"{O}invitations/open/": {"post": USER},
    f"{O}invitations/<invitation_id>/accept/": {"post": OWN}, f"{O}invitations/<invitation_id>/decline/": {"post": OWN},
    f"{O}transfers/": {"get": USER}, f"{O}transfers/<offer_id>/accept/": {"post": OWN},
    f"{O}transfers/<offer_id>/decline/": {"post": OWN},
    f"{W}graph/": {"get": VIEWER}, f"{W}estimate/": {"post": VIEWER}, f"{W}execute/": {"post": RUNNER}, f"{W}partial-execute/": {"post": RUNNER},
    f"{W}test/": {"post": EDITOR}, f"{W}tests/": {"get": VIEWER}, f"{W}tests/<test_id>/": {"get": VIEWER},
    f"{W}test-cases/": {"get": VIEWER}, f"{W}test-cases/run/": {"post": EDITOR},
    f"{W}test-cases/<case_id>/": {"get": VIEWER, "patch": EDITOR, "delete": EDITOR},
    f"{W}test-cases/<case_id>/run/": {"post": EDITOR},
    f"{O}executions/": {"get": USER}, X: {"get": VIEWER, "delete": OWNER}, f"{X}keep-as-test/": {"post": EDITOR},
    f"{X}status/": {"get": VIEWER}, f"{O}executions/bulk-retry/": {"post": USER}, f"{O}executions/bulk-stop/": {"post": USER},
    f"{X}retry/": {"post": RUNNER}, f"{X}why/": {"get": VIEWER}, f"{X}pause/": {"post": RUNNER}, f"{X}resume/": {"post": RUNNER},
    f"{X}stop/": {"post": RUNNER}, f"{X}signals/<name>/": {"post": RUNNER}, f"{X}definition/": {"get": VIEWER},
    f"{X}node-runs/": {"get": VIEWER}, f"{X}node-runs/<node_run_id>/": {"get": VIEWER},
    f"{X}node-runs/<node_run_id>/items/": {"get": VIEWER}, f"{X}node-runs/<node_run_id>/steps/": {"get": VIEWER},
    f"{O}conversations/": {"get": USER}, f"{O}conversations/<conversation_id>/": {"get": VIEWER, "delete": EDITOR},
    f"{O}conversations/<conversation_id>/export/": {"get": VIEWER},
    G: {"get": USER}, f"{G}search/": {"get": USER}, f"{G}categories/": {"get": USER}, f"{G}publish/": {"post": USER},
    f"{G}reports/": {"get": STAFF}, f"{G}reports/<report_id>/resolve/": {"post": STAFF},
    f"{G}authors/<author_id>/": {"get": USER}, f"{G}<template_id>/": {"get": USER, "patch": AUTHOR, "delete": AUTHOR},
    f"{G}<template_id>/similar/": {"get": USER}, f"{G}<template_id>/versions/": {"get": USER},
    f"{G}<template_id>/versions/<number>/": {"get": USER}, f"{G}<template_id>/clone/": {"post": USER},
    f"{G}<template_id>/rating/": {"put": USER, "delete": USER}, f"{G}<template_id>/reviews/": {"get": USER},
    f"{G}<template_id>/bookmark/": {"put": USER, "delete": USER},
    f"{G}<template_id>/comments/": {"get": USER, "post": USER},
    f"{G}<template_id>/comments/<comment_id>/": {"delete": COMMENTER},
    f"{G}<template_id>/report/": {"post": USER}, f"{G}<template_id>/review/": {"post": STAFF},
    f"{O}jobs/<job_id>/": {"get": OWN}, f"{O}hitl/": {"get": USER}, f"{O}hitl/pending/": {"get": USER},
    f"{O}hitl/<task_id>/": {"get": VIEWER}, f"{O}hitl/<task_id>/respond/": {"post": RUNNER},
    f"{O}hitl/<task_id>/reassign/": {"post": OWNER},
    f"{O}schedules/": {"get": USER}, f"{O}schedules/preview/": {"post": USER},
    f"{O}schedules/<schedule_id>/": {"get": VIEWER, "patch": EDITOR}, f"{O}schedules/<schedule_id>/occurrences/": {"get": VIEWER},
    f"{O}schedules/<schedule_id>/run-now/": {"post": RUNNER}, f"{O}schedules/<schedule_id>/backfill/": {"post": EDITOR},
    f"{O}dead-letters/": {"get": STAFF}, f"{O}dead-letters/stats/": {"get": STAFF}, f"{O}dead-letters/clean/": {"post": STAFF},
    f"{O}dead-letters/<letter_id>/": {"get": STAFF, "delete": STAFF}, f"{O}dead-letters/<letter_id>/retry/": {"post": STAFF},
    f"{O}dead-letters/<letter_id>/resolve/": {"post": STAFF},
    f"{O}blobs/": {"get": USER, "post": USER}, f"{O}blobs/<blob_id>/": {"get": OWN, "delete": OWN},
    f"{A}streaming/tickets/": {"post": USER}, f"{A}streaming/executions/<execution_id>/stream/": {"get": VIEWER},
    f"{A}streaming/executions/<execution_id>/events/": {"get": VIEWER},
    f"{A}schema/": {"get": ANYBODY}, f"{A}docs/": {"get": ANYBODY},
}  # fmt: skip

# What an API key needs for each call: `read` for what only looks, `admin` for what staff alone may, and for the rest
# `edit`; these differ.
_LOOKS = (f"{A}compile/", f"{A}compile/validate/", f"{A}compile/expressions/preview/", f"{A}streaming/tickets/",
          f"{A}workflows/<workflow_id>/compile/", f"{A}workflows/<workflow_id>/validate/", f"{O}schedules/preview/", f"{W}estimate/", f"{A}inference/rag/search/")  # fmt: skip
_RUNS = (f"{W}execute/", f"{W}partial-execute/", f"{W}test/", f"{W}test-cases/run/", f"{W}test-cases/<case_id>/run/",
         f"{W}triggers/<node_id>/listen/", f"{W}triggers/<node_id>/try/", f"{O}executions/bulk-retry/",
         f"{O}executions/bulk-stop/", f"{X}retry/", f"{X}pause/", f"{X}resume/", f"{X}stop/", f"{X}signals/<name>/",
         f"{O}hitl/<task_id>/respond/", f"{O}hitl/<task_id>/reassign/", f"{O}schedules/<schedule_id>/run-now/",
         f"{O}schedules/<schedule_id>/backfill/", f"{O}blobs/", f"{M}<server_id>/tools/<name>/call/", f"{A}inference/rag/query/")  # fmt: skip


def scope_of(path: str, method: str) -> str:
    """Return the scope an API key needs for a call; "" where nobody is asked who he is, "session" where no key may."""
    who = MATRIX[path][method]
    if who == ANYBODY:
        return ""
    if who in (SESSION, OWN_SESSION):
        return "session"
    if who == STAFF:
        return "admin"
    if method == "get" or path in _LOOKS:
        return "read"
    return "run" if path in _RUNS else "edit"
