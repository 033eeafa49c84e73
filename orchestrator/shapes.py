"""Shapes of graphs and runs, as the OpenAPI document names them. Values pass as they are."""

from __future__ import annotations

from rest_framework import serializers

from core.web.shapes import (
    any_json,
    by_name,
    maybe_text,
    moment,
    number,
    one_of,
    shape,
    text,
    texts,
    whole,
    yes_or_no,
)  # fmt: skip
from executor.domain.lifecycle import STATUS_CHOICES

WAITS = ("human_task", "timer", "signal", "retry_backoff", "rate_limit", "remote_node", "sub_workflow")

# -- graphs -----------------------------------------------------------------------------------------------------------
Position = shape("Position", "Where a node stands on the canvas.", x=number(), y=number())
Viewport = shape("Viewport", x=number(required=False), y=number(required=False), zoom=number(required=False))
Retry = shape(
    "NodeRetry", max_attempts=whole(required=False), delay_s=number(required=False), backoff=number(required=False)
)
NodeSettings = shape(
    "NodeSettings", "How a node runs, whatever its type.",
    retry=Retry(required=False), timeout_s=number(required=False, allow_null=True),
    on_error=one_of("fail", "continue", "error_handle", "ask", required=False), disabled=yes_or_no(required=False),
    queue=maybe_text(required=False),
)  # fmt: skip
NodeData = shape(
    "NodeData", "Further names are kept as they are.",
    label=text(required=False), version=whole(required=False), params=by_name(required=False),
    credentials=by_name(maybe_text(), required=False), settings=NodeSettings(required=False),
)  # fmt: skip
WorkflowNode = shape(
    "WorkflowNode", "A node; what the canvas keeps beside these names is kept as it is.",
    id=text(), type=text(), position=Position(required=False), width=number(required=False),
    height=number(required=False), data=NodeData(required=False),
)  # fmt: skip
WorkflowEdge = shape(
    "WorkflowEdge", "An edge; without handles it goes from `main` to `main`.",
    id=text(required=False), source=text(), sourceHandle=maybe_text(required=False), target=text(),
    targetHandle=maybe_text(required=False),
)  # fmt: skip
Concurrency = shape("WorkflowConcurrency", max=whole(), key=text(required=False))
Retention = shape(
    "WorkflowRetention", days=number(required=False), count=whole(required=False), statuses=texts(required=False)
)
McpToolSettings = shape(
    "WorkflowMcp", enabled=yes_or_no(), name=text(required=False), description=text(required=False),
    wait_s=number(required=False),
)  # fmt: skip
WorkflowBudget = shape(
    "WorkflowBudget", max_cost_usd=number(required=False, allow_null=True),
    max_tokens=whole(required=False, allow_null=True),
)  # fmt: skip
WorkflowSettings = shape(
    "WorkflowSettings",
    timeout_s=number(required=False), timezone=text(required=False),
    error_policy=one_of("fail_fast", "let_others_finish", required=False), max_nesting_depth=whole(required=False),
    keeps_test_state=yes_or_no(required=False),
    error_workflow_id=maybe_text(required=False), require_test=yes_or_no(required=False),
    concurrency=Concurrency(required=False, allow_null=True), priority=whole(required=False),
    retention=Retention(required=False, allow_null=True), mcp=McpToolSettings(required=False, allow_null=True),
    budget=WorkflowBudget(required=False, allow_null=True),
)  # fmt: skip
WorkflowLlm = shape("WorkflowLlm", provider=maybe_text(), model=maybe_text(), credential_id=maybe_text())
LastTest = shape(
    "LastTest", id=serializers.UUIDField(), status=one_of("running", "passed", "failed", "timeout", "error"),
    definition_hash=text(),
)  # fmt: skip
Graph = shape(
    "Graph", nodes=WorkflowNode(many=True), edges=WorkflowEdge(many=True), viewport=Viewport(),
    settings=WorkflowSettings(),
)  # fmt: skip
Person = shape("Person", id=serializers.UUIDField(), name=text(), email=text())
LastRun = shape(
    "LastRun",
    id=serializers.UUIDField(),
    status=serializers.ChoiceField(choices=STATUS_CHOICES),
    trigger=text(),
    created_at=moment(),
)
FieldChange = shape("FieldChange", field=text(), before=any_json(allow_null=True), after=any_json(allow_null=True))
NodeChange = shape("NodeChange", id=text(), label=text(), changes=FieldChange(many=True))
NodesDiff = shape("NodesDiff", added=texts(), removed=texts(), changed=NodeChange(many=True))
EdgesDiff = shape("EdgesDiff", added=texts(), removed=texts())

# -- items and runs ---------------------------------------------------------------------------------------------------
BinaryFile = shape(
    "BinaryFile", id=serializers.UUIDField(), file_name=text(), mime_type=text(), size_bytes=whole(), url=text()
)
Item = shape(
    "Item", "One of the values that go from node to node.",
    json=by_name(), binary=by_name(BinaryFile(), required=False), pairedItem=any_json(required=False, allow_null=True),
)  # fmt: skip
ErrorBrief = shape("ErrorBrief", code=text(), message=text())
RunError = shape(
    "RunError", "Why a run or a node failed.",
    code=text(), message=text(), node_id=maybe_text(required=False), node_label=maybe_text(required=False),
    path=text(required=False), retryable=yes_or_no(required=False), details=by_name(required=False),
)  # fmt: skip
RunWarning = shape("RunWarning", code=text(), node_id=maybe_text(), field=maybe_text(), message=text())
Attempt = shape(
    "NodeAttempt", number=whole(), started_at=moment(allow_null=True), finished_at=moment(allow_null=True),
    error=ErrorBrief(allow_null=True),
)  # fmt: skip
Waiting = shape(
    "Waiting", "The wait that ends first.",
    reason=one_of(*WAITS), node_id=text(), since=moment(), until=moment(allow_null=True),
    human_task_id=maybe_text(), signal=maybe_text(),
)  # fmt: skip
Reason = shape(
    "WhyReason", "One reason why a run does not go on.",
    code=text(), message=text(), node_id=maybe_text(), since=moment(allow_null=True), until=moment(allow_null=True),
    human_task_id=maybe_text(), signal=maybe_text(), limit=any_json(allow_null=True), holders=texts(),
    position=whole(allow_null=True),
)  # fmt: skip
Progress = shape("Progress", done=whole(), total=whole())
Tokens = shape("Tokens", input=whole(), output=whole(), cached=whole(), reasoning=whole())
Goal = shape("Goal", min_rows=whole(allow_null=True, required=False), max_errors=whole(allow_null=True, required=False))
Refused = shape("Refused", id=text(), code=text())
BulkResult = shape("BulkResult", matched=whole(), started=whole(), refused=Refused(many=True))

# -- human tasks, tests, previews -------------------------------------------------------------------------------------
TaskOption = shape("HumanTaskOption", value=text(), label=text())
TaskResponse = shape(
    "HumanTaskResponse", action=text(), data=any_json(allow_null=True, required=False), comment=text(required=False)
)
Difference = shape("Difference", path=text(), expected=any_json(allow_null=True), actual=any_json(allow_null=True))
PreviewError = shape("PreviewError", code=text(), position=whole(allow_null=True), message=text())
PreviewContext = shape(
    "PreviewContext",
    "What expressions see: of a node of a run (`execution_id`), of the pinned data of a workflow (`workflow_id`), or "
    "of `items` that are sent.",
    execution_id=serializers.UUIDField(required=False, allow_null=True),
    workflow_id=serializers.UUIDField(required=False, allow_null=True), node_id=maybe_text(required=False),
    path=text(required=False), item_index=whole(required=False),
    items=serializers.ListField(child=any_json(allow_null=True), required=False, allow_null=True),
    variables=by_name(required=False),
)  # fmt: skip
PreviewPart = shape(
    "PreviewPart", start=whole(), end=whole(), value=any_json(allow_null=True), error=PreviewError(allow_null=True)
)
