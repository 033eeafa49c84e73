"""Routes under /api/orchestrator/."""

from django.urls import path

from core.waiting import can_wait
from orchestrator.views import (
    blobs,
    compiling,
    dead_letters,
    executions,
    human_tasks,
    repairing,
    schedules,
    test_cases,
    testing,
    triggers,
    usage,
    verbs,
    workflows,
)

WORKFLOW = "workflows/<uuid:workflow_id>/"
EXECUTION = "executions/<uuid:execution_id>/"

urlpatterns = [
    path("workflows/", workflows.WorkflowsView.as_view()),
    path(WORKFLOW, workflows.WorkflowView.as_view()),
    path(f"{WORKFLOW}clone/", workflows.WorkflowCloneView.as_view()),
    path(f"{WORKFLOW}archive/", workflows.WorkflowArchiveView.as_view()),
    path(f"{WORKFLOW}unarchive/", workflows.WorkflowUnarchiveView.as_view()),
    path(f"{WORKFLOW}versions/", workflows.VersionsView.as_view()),
    path(f"{WORKFLOW}versions/<int:number>/", workflows.VersionView.as_view()),
    path(f"{WORKFLOW}versions/<int:number>/restore/", workflows.VersionRestoreView.as_view()),
    path(f"{WORKFLOW}versions/<int:number>/diff/", workflows.VersionDiffView.as_view()),
    path(f"{WORKFLOW}deploy/", workflows.DeployView.as_view()),
    path(f"{WORKFLOW}undeploy/", workflows.UndeployView.as_view()),
    path(f"{WORKFLOW}triggers/", triggers.TriggersView.as_view()),
    path(f"{WORKFLOW}triggers/<str:node_id>/listen/", triggers.ListenView.as_view()),
    path(f"{WORKFLOW}triggers/<str:node_id>/try/", triggers.TryTriggerView.as_view()),
    path(f"{WORKFLOW}graph/", compiling.GraphView.as_view()),
    path(f"{WORKFLOW}execute/", can_wait(executions.ExecuteView.as_view())),
    path(f"{WORKFLOW}partial-execute/", can_wait(repairing.PartialExecuteView.as_view())),
    path(f"{WORKFLOW}test/", testing.WorkflowTestStart.as_view()),
    path(f"{WORKFLOW}tests/", testing.WorkflowTestsView.as_view()),
    path(f"{WORKFLOW}tests/<uuid:test_id>/", testing.WorkflowTestView.as_view()),
    path(f"{WORKFLOW}test-cases/", test_cases.TestCasesView.as_view()),
    path(f"{WORKFLOW}test-cases/run/", test_cases.RunTestCasesView.as_view()),
    path(f"{WORKFLOW}test-cases/<uuid:case_id>/", test_cases.TestCaseView.as_view()),
    path(f"{WORKFLOW}test-cases/<uuid:case_id>/run/", test_cases.RunTestCaseView.as_view()),
    path(f"{EXECUTION}keep-as-test/", test_cases.ExecutionKeepView.as_view()),
    path("executions/", executions.ExecutionsView.as_view()),
    path(EXECUTION, executions.ExecutionView.as_view()),
    path(f"{EXECUTION}status/", can_wait(executions.ExecutionStatusView.as_view())),
    path("executions/bulk-retry/", repairing.BulkRetryView.as_view()),
    path("executions/bulk-stop/", repairing.BulkStopView.as_view()),
    path("jobs/<uuid:job_id>/", repairing.JobView.as_view()),
    path(f"{EXECUTION}retry/", can_wait(repairing.RetryView.as_view())),
    path(f"{EXECUTION}why/", repairing.WhyView.as_view()),
    path(f"{EXECUTION}pause/", verbs.ExecutionPauseView.as_view()),
    path(f"{EXECUTION}resume/", verbs.ExecutionResumeView.as_view()),
    path(f"{EXECUTION}stop/", verbs.ExecutionStopView.as_view()),
    path(f"{EXECUTION}signals/<str:name>/", verbs.ExecutionSignalView.as_view()),
    path(f"{EXECUTION}definition/", executions.ExecutionDefinitionView.as_view()),
    path(f"{EXECUTION}node-runs/", executions.NodeRunsView.as_view()),
    path(f"{EXECUTION}node-runs/<uuid:node_run_id>/", executions.NodeRunView.as_view()),
    path(f"{EXECUTION}node-runs/<uuid:node_run_id>/items/", executions.NodeRunItemsView.as_view()),
    path("hitl/", human_tasks.HumanTasksView.as_view()),
    path("hitl/pending/", human_tasks.PendingTasksView.as_view()),
    path("hitl/<uuid:task_id>/", human_tasks.HumanTaskView.as_view()),
    path("hitl/<uuid:task_id>/respond/", human_tasks.RespondView.as_view()),
    path("schedules/", schedules.SchedulesView.as_view()),
    path("schedules/preview/", schedules.SchedulePreviewView.as_view()),
    path("schedules/<uuid:schedule_id>/", schedules.ScheduleView.as_view()),
    path("schedules/<uuid:schedule_id>/occurrences/", schedules.OccurrencesView.as_view()),
    path("schedules/<uuid:schedule_id>/run-now/", schedules.RunNowView.as_view()),
    path("schedules/<uuid:schedule_id>/backfill/", schedules.BackfillView.as_view()),
    path("dead-letters/", dead_letters.DeadLettersView.as_view()),
    path("dead-letters/stats/", dead_letters.DeadLetterStatsView.as_view()),
    path("dead-letters/clean/", dead_letters.DeadLetterCleanView.as_view()),
    path("dead-letters/<uuid:letter_id>/", dead_letters.DeadLetterView.as_view()),
    path("dead-letters/<uuid:letter_id>/retry/", dead_letters.DeadLetterRetryView.as_view()),
    path("dead-letters/<uuid:letter_id>/resolve/", dead_letters.DeadLetterResolveView.as_view()),
    path("blobs/", blobs.BlobsView.as_view()),
    path("blobs/<uuid:blob_id>/", blobs.BlobView.as_view()),
]

compile_urlpatterns = [
    path("compile/", compiling.CompileView.as_view()),
    path("compile/validate/", compiling.ValidateView.as_view()),
    path("compile/expressions/preview/", compiling.PreviewView.as_view()),
    path("workflows/<uuid:workflow_id>/compile/", compiling.StoredCompileView.as_view()),
    path("workflows/<uuid:workflow_id>/validate/", compiling.StoredValidateView.as_view()),
]

usage_urlpatterns = [
    path("usage/", usage.UsageView.as_view()),
    path("billing/plans/", usage.PlansView.as_view()),
    path("billing/plan/", usage.PlanView.as_view()),
]
