"""The node types we ship."""

from typing import Any

from nodes.base import NodeType
from nodes.handlers.flow.no_op import NoOp
from nodes.handlers.transform.set import SetFields
from nodes.handlers.trigger.manual_trigger import ManualTrigger
from nodes.handlers.trigger.webhook_trigger import WebhookTrigger

BUILTIN: tuple[type[NodeType[Any]], ...] = (ManualTrigger, NoOp, SetFields, WebhookTrigger)
