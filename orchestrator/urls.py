"""Routes under /api/orchestrator/."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from core.asgi.large_bodies import reads_documents, takes_large_bodies
from core.redis.run_ends import can_wait
from orchestrator.conversations import views as conversations
from orchestrator.executions import verb_views, worker_views
from orchestrator.executions import views as executions
from orchestrator.files import views as blobs
from orchestrator.people import views as human_tasks
from orchestrator.repair import dead_letter_views
from orchestrator.repair import views as repairing
from orchestrator.sharing import views as sharing
from orchestrator.testing import kept_run_views
from orchestrator.testing import views as testing
from orchestrator.triggers import schedule_views
from orchestrator.triggers import views as triggers
from orchestrator.usage import views as usage
from orchestrator.workflows import compile_views, estimate_views, file_views
from orchestrator.workflows import transfer_views as transfers
from orchestrator.workflows import views as workflows

WORKFLOW = "workflows/<uuid:workflow_id>/"
EXECUTION = "executions/<uuid:execution_id>/"


def _of_workflow(route: str, view: Any, wrapped: Callable[..., Any] = takes_large_bodies) -> URLPattern:
    """Return the path of what reads a workflow, or what it was."""
    found: URLPattern = path(f"{WORKFLOW}{route}", wrapped(reads_documents(view)))
    return found


urlpatterns = [
    path("workflows/", takes_large_bodies(workflows.WorkflowsView.as_view())),
    path("workflows/import/", takes_large_bodies(reads_documents(file_views.ImportView.as_view()))),
    _of_workflow("export/", file_views.ExportView.as_view()),
    _of_workflow("", workflows.WorkflowView.as_view()),
    _of_workflow("clone/", workflows.WorkflowCloneView.as_view()),
    _of_workflow("archive/", workflows.WorkflowArchiveView.as_view()),
    _of_workflow("unarchive/", workflows.WorkflowUnarchiveView.as_view()),
    _of_workflow("versions/", workflows.VersionsView.as_view()),
    _of_workflow("versions/<int:number>/", workflows.VersionView.as_view()),
    _of_workflow("versions/<int:number>/restore/", workflows.VersionRestoreView.as_view()),
    _of_workflow("versions/<int:number>/diff/", workflows.VersionDiffView.as_view()),
    _of_workflow("deploy/", workflows.DeployView.as_view()),
    _of_workflow("undeploy/", workflows.UndeployView.as_view()),
    _of_workflow("transfer/", transfers.TransferView.as_view()),
    _of_workflow("leave/", sharing.LeaveView.as_view()),
    _of_workflow("collaborators/", sharing.CollaboratorsView.as_view()),
    _of_workflow("collaborators/<uuid:collaborator_id>/", sharing.CollaboratorView.as_view()),
    path("conversations/", conversations.ConversationsView.as_view()),
    path("conversations/<uuid:conversation_id>/", conversations.ConversationView.as_view()),
    path("conversations/<uuid:conversation_id>/export/", conversations.ConversationExportView.as_view()),
    path("invitations/", sharing.InvitationsView.as_view()),
    path("invitations/open/", sharing.InvitationLinkView.as_view()),
    path("invitations/<uuid:invitation_id>/accept/", sharing.InvitationAcceptView.as_view()),
    path("invitations/<uuid:invitation_id>/decline/", sharing.InvitationDeclineView.as_view()),
    path("transfers/", transfers.TransferOffersView.as_view()),
    path("transfers/<uuid:offer_id>/accept/", reads_documents(transfers.TransferAcceptView.as_view())),
    path("transfers/<uuid:offer_id>/decline/", transfers.TransferDeclineView.as_view()),
    _of_workflow("triggers/", triggers.TriggersView.as_view()),
    _of_workflow("triggers/<str:node_id>/listen/", triggers.ListenView.as_view()),
    _of_workflow("triggers/<str:node_id>/try/", triggers.TryTriggerView.as_view()),
    _of_workflow("triggers/<str:node_id>/retry/", triggers.RetryRegistrationView.as_view()),
    _of_workflow("triggers/<str:node_id>/rotate-secret/", triggers.RotateSecretView.as_view()),
    _of_workflow("triggers/<str:node_id>/removals/<uuid:registration_id>/", triggers.RemovalView.as_view()),
    _of_workflow("estimate/", estimate_views.EstimateView.as_view()),
    _of_workflow("graph/", compile_views.GraphView.as_view()),
    _of_workflow("execute/", executions.ExecuteView.as_view(), can_wait),
    _of_workflow("partial-execute/", repairing.PartialExecuteView.as_view(), can_wait),
    _of_workflow("test/", testing.WorkflowTestStart.as_view()),
    _of_workflow("tests/", testing.WorkflowTestsView.as_view()),
    _of_workflow("tests/<uuid:test_id>/", testing.WorkflowTestView.as_view()),
    _of_workflow("test-cases/", kept_run_views.TestCasesView.as_view()),
    _of_workflow("test-cases/run/", kept_run_views.RunTestCasesView.as_view()),
    _of_workflow("test-cases/<uuid:case_id>/", kept_run_views.TestCaseView.as_view()),
    _of_workflow("test-cases/<uuid:case_id>/run/", kept_run_views.RunTestCaseView.as_view()),
    path(f"{EXECUTION}keep-as-test/", takes_large_bodies(reads_documents(kept_run_views.ExecutionKeepView.as_view()))),
    path("executions/", executions.ExecutionsView.as_view()),
    path(EXECUTION, executions.ExecutionView.as_view()),
    path(f"{EXECUTION}status/", can_wait(executions.ExecutionStatusView.as_view())),
    path("executions/bulk-retry/", repairing.BulkRetryView.as_view()),
    path("executions/bulk-stop/", repairing.BulkStopView.as_view()),
    path("jobs/<uuid:job_id>/", repairing.JobView.as_view()),
    path(f"{EXECUTION}retry/", can_wait(reads_documents(repairing.RetryView.as_view()))),
    path(f"{EXECUTION}why/", repairing.WhyView.as_view()),
    path(f"{EXECUTION}pause/", verb_views.ExecutionPauseView.as_view()),
    path(f"{EXECUTION}resume/", verb_views.ExecutionResumeView.as_view()),
    path(f"{EXECUTION}stop/", verb_views.ExecutionStopView.as_view()),
    path(f"{EXECUTION}signals/<str:name>/", takes_large_bodies(verb_views.ExecutionSignalView.as_view())),
    path(f"{EXECUTION}definition/", takes_large_bodies(reads_documents(executions.ExecutionDefinitionView.as_view()))),
    path(f"{EXECUTION}node-runs/", executions.NodeRunsView.as_view()),
    path(f"{EXECUTION}node-runs/<uuid:node_run_id>/", executions.NodeRunView.as_view()),
    path(f"{EXECUTION}node-runs/<uuid:node_run_id>/items/", executions.NodeRunItemsView.as_view()),
    path(f"{EXECUTION}node-runs/<uuid:node_run_id>/steps/", executions.StepsView.as_view()),
    path("hitl/", human_tasks.HumanTasksView.as_view()),
    path("hitl/pending/", human_tasks.PendingTasksView.as_view()),
    path("hitl/<uuid:task_id>/", human_tasks.HumanTaskView.as_view()),
    path("hitl/<uuid:task_id>/respond/", takes_large_bodies(human_tasks.RespondView.as_view())),
    path("hitl/<uuid:task_id>/reassign/", human_tasks.ReassignView.as_view()),
    path("schedules/", schedule_views.SchedulesView.as_view()),
    path("schedules/preview/", schedule_views.SchedulePreviewView.as_view()),
    path("schedules/<uuid:schedule_id>/", schedule_views.ScheduleView.as_view()),
    path("schedules/<uuid:schedule_id>/occurrences/", schedule_views.OccurrencesView.as_view()),
    path("schedules/<uuid:schedule_id>/run-now/", schedule_views.RunNowView.as_view()),
    path("schedules/<uuid:schedule_id>/backfill/", schedule_views.BackfillView.as_view()),
    path("dead-letters/", dead_letter_views.DeadLettersView.as_view()),
    path("dead-letters/stats/", dead_letter_views.DeadLetterStatsView.as_view()),
    path("dead-letters/clean/", dead_letter_views.DeadLetterCleanView.as_view()),
    path("dead-letters/<uuid:letter_id>/", dead_letter_views.DeadLetterView.as_view()),
    path("dead-letters/<uuid:letter_id>/retry/", dead_letter_views.DeadLetterRetryView.as_view()),
    path("dead-letters/<uuid:letter_id>/resolve/", dead_letter_views.DeadLetterResolveView.as_view()),
    path("blobs/", blobs.BlobsView.as_view()),
    path("blobs/<uuid:blob_id>/", blobs.BlobView.as_view()),
]

compile_urlpatterns = [
    path("compile/", takes_large_bodies(compile_views.CompileView.as_view())),
    path("compile/validate/", takes_large_bodies(compile_views.ValidateView.as_view())),
    path("compile/expressions/preview/", compile_views.PreviewView.as_view()),
    _of_workflow("compile/", compile_views.StoredCompileView.as_view()),
    _of_workflow("validate/", compile_views.StoredValidateView.as_view()),
]

usage_urlpatterns = [
    path("usage/", usage.UsageView.as_view()),
    path("billing/plans/", usage.PlansView.as_view()),
    path("billing/plan/", usage.PlanView.as_view()),
    path("admin/workers/", worker_views.WorkersView.as_view()),
]
