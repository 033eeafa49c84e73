"""One row of every model, with a mark in each column that nobody is to see on the administration site."""

from __future__ import annotations

import itertools
import json
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from core.database.packing import PackedJSONField
from core.ids import new_id
from core.models import ModelPrices, PromptRules, User

MARK = "a-secret-nobody-sees"
# Columns of JSON that say nothing of users' data; all others hold the mark.
OPEN_JSON = {
    "Execution.labels", "AuditEntry.changes", "ProcessHeartbeat.details", "PromptRules.patterns", "Workflow.tags",
    "NodeRun.input_counts", "NodeRun.output_counts", "NodeRun.active_handles", "Schedule.last_error",
}  # fmt: skip
SECRET_TEXTS = {
    "User.password", "Collaborator.secret_hash", "User.google_sub", "ApiKey.secret_hash", "OutstandingToken.token", "Session.session_data",
    "Credential.last_error", "McpServer.last_error", "Document.error", "Document.content_hash", "McpServer.command", "McpServer.url", "Execution.idempotency_key", "Execution.idempotency_scope", "Execution.request_hash",
    "HumanTask.message", "RunState.limit_key",
}  # fmt: skip
# Of each of these a row has one.
LEFT_OUT = {
    "Template.library_key",
    "PeriodicTask.expire_seconds",
    "PeriodicTask.crontab",
    "PeriodicTask.solar",
    "PeriodicTask.clocked",
}
BOUNDED = {"TemplateRating.stars": 4}  # columns that take few numbers
_numbers = itertools.count(1)


def make(model: type[models.Model], user: User) -> Any:
    """Store a row of a model, and what it refers to."""
    if model is PromptRules:
        return PromptRules.objects.update_or_create(id=1, defaults={"max_input_chars": 1000})[0]
    if model is ModelPrices:
        return ModelPrices.objects.update_or_create(id=1, defaults={"table": {"hidden": MARK}})[0]
    number = next(_numbers)
    fields = [one for one in model._meta.concrete_fields if not isinstance(one, models.CompositePrimaryKey)]
    values = {one.name: _value(one, number, user) for one in fields if not isinstance(one, models.AutoField)}
    return model._base_manager.create(**values)


JSON_TEXTS = {"Execution.input_text", "Execution.output_text", "Signal.payload_text"}  # values with their keys in order


def _value(field: models.Field[Any, Any], number: int, user: User) -> Any:
    model: Any = getattr(field, "model", None)  # what stands in a list has none
    name = f"{model.__name__}.{field.name}" if model is not None else ""
    if name in LEFT_OUT:
        return None
    if name in BOUNDED:
        return BOUNDED[name]
    if field.remote_field is not None:
        target: Any = field.remote_field.model
        return user if target is User and not field.unique else make(target, user)
    if isinstance(field, models.BinaryField):
        return {"main": MARK} if isinstance(field, PackedJSONField) else f"{MARK}-{number}".encode()
    if isinstance(field, models.JSONField):
        return {"shown": number} if name in OPEN_JSON else {"hidden": MARK}
    if isinstance(field, ArrayField):
        return [_value(field.base_field, number, user)]
    if field.choices:
        return next(iter(field.flatchoices))[0]
    if isinstance(field, models.UUIDField):
        return _id(field, user)
    if name in JSON_TEXTS:
        return json.dumps({"hidden": MARK})
    if isinstance(field, (models.CharField, models.TextField)):
        text = f"{MARK}-{number}" if name in SECRET_TEXTS else f"x{number}"
        return f"{text}@example.org" if isinstance(field, models.EmailField) else text
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return timezone.now().date()
    if isinstance(field, models.BooleanField):
        return False
    return number % 900 if isinstance(field, models.DecimalField) else number


def _id(field: models.Field[Any, Any], user: User) -> UUID:
    return user.pk if field.name in ("owner_id", "user_id") and not field.unique else new_id()
