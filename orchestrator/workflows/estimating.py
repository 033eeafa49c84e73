"""What a run of a workflow would cost: by what it has cost before, else by what its steps would ask models.

Without a run of the same definition it is a guess: nobody knows before which way items go, how often a body runs, and
how long answers are. `low_usd` counts what surely runs, with short answers; `high_usd` all of it, with all that may be
asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum

from compiler.definition import Definition, NodeSpec
from core.json import dumps_lossy
from credentials.services import types_of
from executor.models import Execution, NodeRun
from executor.node.modelling import defaults_of, installation
from executor.run.state import trigger_items
from inference.catalogue import catalogue
from inference.models import choosing
from inference.models.choosing import Default
from inference.models.estimates import USUAL_OUTPUT
from inference.models.prices import Catalogue, Price
from nodes.base import NodeFailed, NodeType
from nodes.catalogue import Catalogue as NodeTypes
from nodes.handlers.ai.model_helpers import HELPERS
from nodes.language_models import CHARS_PER_TOKEN, PROVIDERS, ModelChoice
from nodes.usage import Usage
from orchestrator import selectors
from orchestrator.models import Workflow

MOST_RUNS = 50  # the newest, that are looked at
SHORT_OUTPUT = 50  # tokens of an answer, at least
LONG_OUTPUT = int(2 * USUAL_OUTPUT)  # at most, where nothing limits it
MOST_CALLS = 500  # of one node for an item, whatever its params say
MOST_TOKENS = 1_000_000  # of an answer
MODEL_CALL = "step.model"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run may cost, None where nobody knows the price of a model; `calls` of models."""

    low_usd: Decimal | None
    high_usd: Decimal | None
    basis: str  # history, static
    calls: int


@dataclass(frozen=True, slots=True)
class Asking:
    """A node that asks a model: how often for an item, with how many tokens of its own, and at which price.

    `is_certain`: no branch stands before it.
    """

    least: int
    most: int
    own_tokens: int
    reads_items: bool
    max_tokens: int | None
    price: Price | None
    is_certain: bool


def estimate(workflow: Workflow, value: Any) -> Estimate:
    """Return what a run of the working copy with an input may cost."""
    definition, _ = selectors.definition_for(workflow, "current")
    asking = list(_asking(definition, workflow))
    is_known = all(one.price is not None for one in asking)
    before = _before(workflow.pk, definition.hash)
    if before:
        costs = sorted(cost for cost, _ in before)
        calls = round(sum(count for _, count in before) / len(before))
        edge = len(costs) // 10  # one in ten at either end is left out
        low, high = costs[edge], costs[-1 - edge]
        return Estimate(low if is_known else None, high if is_known else None, "history", calls)
    items = trigger_items(value)
    widest = max((len(dumps_lossy(item["json"])) for item in items), default=0)
    count, tokens = len(items), int(widest / CHARS_PER_TOKEN)
    low = sum((_cost(one, one.least, 0, SHORT_OUTPUT) for one in asking if one.is_certain), Decimal(0)) * count
    high = sum((_cost(one, one.most, tokens, LONG_OUTPUT) for one in asking), Decimal(0)) * count
    calls = count * sum(max(one.least, 1) for one in asking)
    return Estimate(low if is_known else None, high if is_known else None, "static", calls)


# -- what was ----------------------------------------------------------------------------------------------------------
def _before(workflow_id: UUID, definition_hash: str) -> list[tuple[Decimal, int]]:
    """Return (cost, calls of models) of the newest runs of this definition that completed, with all below them."""
    runs = Execution.objects.filter(
        workflow_id=workflow_id, definition_hash=definition_hash, parent_execution_id=None, retry_of_id=None,
        state__status="completed",
    ).exclude(mode="partial")  # fmt: skip
    ids = list(runs.order_by("-created_at").values_list("pk", flat=True)[:MOST_RUNS])
    family = Execution.objects.filter(root_execution_id__in=ids)
    costs = dict(family.values_list("root_execution_id").annotate(usd=Sum("cost_usd")))
    root_of = dict(family.values_list("pk", "root_execution_id"))
    calls: dict[Any, int] = dict.fromkeys(ids, 0)
    counted = NodeRun.objects.filter(execution_id__in=list(root_of), kind=MODEL_CALL).values_list("execution_id")
    for execution_id, count in counted.annotate(calls=Count("node_id")):
        calls[root_of[execution_id]] += count
    return [(costs.get(run_id) or Decimal(0), calls[run_id]) for run_id in ids]


# -- what the definition says ------------------------------------------------------------------------------------------
def _asking(definition: Definition, workflow: Workflow) -> Iterator[Asking]:
    types: NodeTypes = selectors.catalogue_of(workflow.owner_id, definition)
    known = types_of(owner_id=workflow.owner_id)
    defaults, prices = defaults_of(workflow.owner_id, workflow.pk), catalogue()
    nodes = {node.id: node for node in definition.nodes}
    beside = {
        edge.target: nodes[edge.source]
        for edge in definition.edges
        if edge.targetHandle == "model" and edge.source in nodes and nodes[edge.source].type in HELPERS
    }
    branched = _behind_branches(definition)
    for node in definition.nodes:
        node_type = types.find(node.type, node.data.version)
        calls = None if node_type is None else node_type.model_calls(node.data.params)
        if node_type is None or calls is None or node_type.gives or node.data.settings.get("disabled"):
            continue
        told = beside.get(node.id, node)
        own = dumps_lossy(node.data.params)
        limit = told.data.params.get("max_tokens")
        least, most = (min(max(count, 0), MOST_CALLS) for count in calls)
        yield Asking(
            least, max(most, least), own_tokens=int(len(own) / CHARS_PER_TOKEN), reads_items=b"{{" in own,
            max_tokens=min(max(limit, 1), MOST_TOKENS) if isinstance(limit, int) else None,
            price=_price(told, node_type, known, defaults, prices), is_certain=node.id not in branched,
        )  # fmt: skip


def _price(
    node: NodeSpec, node_type: NodeType[Any], known: Mapping[str, str], defaults: list[Default], prices: Catalogue
) -> Price | None:
    """Return the price of the model that a node asks, or of the helper beside it; None where nobody knows it."""
    params = node.data.params
    provider = HELPERS[node.type].provider if node.type in HELPERS else params.get("provider")
    if node_type.kind in PROVIDERS and node.type not in HELPERS:
        provider = node_type.kind
    named = (provider, params.get("model"))
    if any(isinstance(part, str) and "{{" in part for part in named):
        return None
    kind = known.get(str(node.data.credentials.get("model")))
    try:
        chosen = choosing.chosen(ModelChoice(*named), kind, defaults, installation())
    except NodeFailed:
        return None
    return prices.find(chosen.provider, chosen.model).price


def _behind_branches(definition: Definition) -> set[str]:
    """Return the nodes that may not be reached: what stands before them has several outputs in use, or a failure."""
    out: dict[str, set[str]] = {}
    onward: dict[str, set[str]] = {}
    for edge in definition.edges:
        out.setdefault(edge.source, set()).add(edge.sourceHandle or "main")
        onward.setdefault(edge.source, set()).add(edge.target)
    found: set[str] = set()
    waiting = [target for source, handles in out.items() if handles != {"main"} for target in onward[source]]
    while waiting:
        node_id = waiting.pop()
        if node_id not in found:
            found.add(node_id)
            waiting += onward.get(node_id, ())
    return found


def _cost(one: Asking, calls: int, item_tokens: int, output: int) -> Decimal:
    """Return what the calls of a node cost for one item; each that is made again is told what was said before."""
    if one.price is None:
        return Decimal(0)
    made = output if one.max_tokens is None else min(output, one.max_tokens) if calls == one.least else one.max_tokens
    first = one.own_tokens + (item_tokens if one.reads_items else 0)
    told_again = made * (calls * (calls - 1) // 2)
    return one.price.of(Usage(input_tokens=first * calls + told_again, output_tokens=made * calls))
