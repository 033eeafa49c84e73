"""A custom node as a node type: its params from its fields, its work done in the jail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field, create_model

from nodes.abilities import CodeRequest
from nodes.base import BatchNodeType, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType, Port
from nodes.custom.declaration import Declaration, FieldSpec
from nodes.handlers.code.code import failure_of
from nodes.items import Item, Items, linked_by_place, numbered


@dataclass(frozen=True, slots=True)
class Source:
    """The code of one version, and what its class declares."""

    code: str
    declaration: Declaration


class CustomNodeType(NodeType[NodeParams]):
    """Runs the class on one item at a time."""

    is_custom = True
    in_jail = True
    source: ClassVar[Source]

    async def depends_on(self, params: NodeParams, item: Item, ctx: NodeContext) -> Any:
        return self.source.code

    async def run(self, params: NodeParams, item: Item, ctx: NodeContext) -> NodeResult:
        made = await run_in_jail(self.source, params, [item], ctx)
        for items in made.outputs.values():
            for one in items:
                one.pop("pairedItem", None)  # it was the only one there; its place among all is known outside
        return made


class CustomBatchNodeType(BatchNodeType[NodeParams]):
    """Runs the class on all items at once."""

    is_custom = True
    in_jail = True
    source: ClassVar[Source]

    async def depends_on(self, params: NodeParams, item: Item, ctx: NodeContext) -> Any:
        return self.source.code

    async def run_all(self, params: NodeParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        return await run_in_jail(self.source, params, next(iter(inputs.values()), []), ctx)


async def run_in_jail(source: Source, params: NodeParams, items: Items, ctx: NodeContext) -> NodeResult:
    outcome = await ctx.run_code(request_for(source, params.model_dump(mode="json"), items, ctx.variables))
    if outcome.kind != "ok":
        raise failure_of(outcome)
    outputs: dict[str, Items] = {port.name: [] for port in source.declaration.outputs}
    for made in outcome.items:
        handle = made.pop("handle", None)
        if handle not in outputs:
            raise NodeFailed("code_error", "The code sent items to an output that it does not have")
        outputs[handle].append(made)
    linked = {handle: linked_by_place(made, len(items)) for handle, made in outputs.items()}
    return NodeResult(linked, outcome.logs)


def request_for(
    source: Source, params: Mapping[str, Any], items: Items, variables: Mapping[str, Any] | None = None
) -> CodeRequest:
    declared = source.declaration
    return CodeRequest(
        "python", source.code, "each_item" if declared.per_item else "all_items", numbered(items), variables or {},
        declared.timeout_s, declared.memory_mb * 2**20, declared.class_name, params,
        tuple(port.name for port in declared.outputs),
    )  # fmt: skip


def node_type_of(source: Source, version: int) -> NodeType[NodeParams]:
    """Return the node type of one version of a custom node."""
    declared = source.declaration
    base: type[NodeType[NodeParams]] = CustomNodeType if declared.per_item else CustomBatchNodeType
    made = type(
        "Custom",
        (base,),
        {
            "kind": declared.node_type,
            "version": version,
            "source": source,
            "Params": params_of(declared),
            "default_timeout_s": declared.timeout_s + 30,  # for a place in the jail
            "outputs": tuple(Port(port.name, port.label or port.name.replace("_", " ")) for port in declared.outputs),
            "look": Look(
                label=declared.name, description=declared.description, category=declared.category, icon=declared.icon,
                color=declared.color, summary=declared.summary, output_fields=_output_fields(declared.output_schema),
                docs="A custom node: it runs in the jail, without network and files.",
            ),
        },
    )  # fmt: skip
    node_type: NodeType[NodeParams] = made()
    return node_type


def params_of(declared: Declaration) -> type[NodeParams]:
    """Return the params model of a class's fields."""
    fields: dict[str, Any] = {}
    for spec in declared.fields:
        extra: dict[str, Any] = {"field": spec.type, "placeholder": spec.placeholder, "language": spec.language}
        if spec.type == "code":
            extra["raw"] = True
        default = ... if spec.required else spec.default
        info = Field(default=default, title=spec.label or None, description=spec.help or None, json_schema_extra=extra)
        python = _python_type(spec)
        fields[spec.name] = (python if spec.required or spec.default is not None else python | None, info)
    model: type[NodeParams] = create_model("CustomParams", __base__=NodeParams, **fields)
    return model


def _python_type(spec: FieldSpec) -> Any:
    if spec.type in ("select", "multi_select") and spec.options:
        choice = Literal[tuple(option.value for option in spec.options)]  # type: ignore[valid-type]  # made at run time
        return choice if spec.type == "select" else list[choice]  # type: ignore[valid-type]  # made at run time
    return {"string": str, "code": str, "number": float, "boolean": bool, "select": str, "multi_select": list[str]}.get(
        spec.type, Any
    )


def _output_fields(schema: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return ()
    known = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean"}
    return tuple(
        (str(name)[:100], known.get(str(entry.get("type")) if isinstance(entry, Mapping) else "", "json"))
        for name, entry in list(properties.items())[:100]
    )
