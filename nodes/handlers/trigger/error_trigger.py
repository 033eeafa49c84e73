"""The error trigger: starts when a run of another workflow failed."""

from typing import ClassVar

from nodes.base import Armed, Look, NoParams
from nodes.trigger_types import TriggerType


class ErrorTrigger(TriggerType[NoParams]):
    """Start with what failed: {"execution": {id, error, …}, "workflow": {id, name}}."""

    kind = "error_trigger"
    armed: ClassVar[Armed | None] = "failure"
    Params = NoParams
    look = Look(
        label="Error Trigger",
        description="Starts when a run of a workflow that names this one as its error workflow failed.",
        category="trigger",
        icon="siren",
        color="#dc2626",
        aliases=("on error", "failure", "catch"),
        docs="Name this workflow in the settings of others as `error_workflow_id`. Only production runs count, and a "
        "failing error workflow starts no other.",
        output_fields=(("execution", "json"), ("workflow", "json")),
    )
