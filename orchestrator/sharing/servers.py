"""Which MCP servers an editor may make a workflow use: runs find them in its owner's name, with their credentials."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from compiler.definition import Definition, NodeSpec
from core.errors import Forbidden
from core.models import User
from mcp_integration.selectors import usable_by
from nodes.abilities import MCP_SERVER
from nodes.registry import builtin_catalogue
from orchestrator.sharing.accepted import Document


class McpServerGuarded(Forbidden):
    """It would use an MCP server of the owner's that the node has not used so far."""

    code = "mcp_server_guarded"


def server_of(node: NodeSpec) -> str:
    """Return the MCP server that a node names, by whichever of its params does; an expression as it stands."""
    node_type = builtin_catalogue().find(node.type, node.data.version)
    for name, field in node_type.Params.model_fields.items() if node_type is not None else ():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("control") == MCP_SERVER:
            return str(node.data.params.get(name) or "").strip().lower()
    return ""


def check_servers(actor: User, accepted: Iterable[Document], new: Definition) -> None:
    """Refuse servers that are the owner's alone in nodes where they did not stand before. Raises: McpServerGuarded."""
    named = {node.id: server for node in new.nodes if (server := server_of(node))}
    wanted = [one for one in map(_id, named.values()) if one is not None]
    own = (
        {str(pk) for pk in usable_by(actor.pk).filter(pk__in=wanted).values_list("pk", flat=True)} if wanted else set()
    )
    for node in new.nodes:
        server = named.get(node.id, "")
        if not server or str(_id(server)) in own or any(_stood(old, node, server) for old in accepted):
            continue
        message = f"{node.data.label or node.id} would use an MCP server that is not yours to choose"
        raise McpServerGuarded(message, node_ids=[node.id])


def _stood(old: Document, node: NodeSpec, server: str) -> bool:
    was = old.node(node.id)
    return was is not None and was.type == node.type and server_of(was) == server


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
