"""The manual trigger: a person or program starts the run with an input."""

from nodes.base import Look, NoParams, TriggerType


class ManualTrigger(TriggerType[NoParams]):
    """Start on request; the input's objects are the items."""

    kind = "manual_trigger"
    Params = NoParams
    look = Look(
        label="Manual Trigger",
        description="Starts when somebody runs the workflow.",
        category="trigger",
        icon="play",
        color="#16a34a",
        aliases=("start", "run", "button"),
        docs="Gives the run's input: an object is one item, a list of objects one item each, anything else `{value}`.",
    )
