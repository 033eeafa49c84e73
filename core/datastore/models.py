"""Tables of rows, states of nodes, conversations, and what runs have done to them."""

from __future__ import annotations

from django.db import models

from core.access.reach import SharedRow
from core.database.packing import JsonField, OrderedJsonField, PackedJSONField
from core.ids import new_id


class DataTable(SharedRow):
    """A table of an owner: of one workflow, or shared by all of them.

    Cells stand in rows by a column's id, so that a column is renamed here alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    workflow_id = models.UUIDField(null=True)
    name = models.CharField(max_length=120)
    columns = JsonField(default=list)  # [{"id", "name", "type"}]
    key_column = models.CharField(max_length=12, blank=True, default="")  # the id of the one whose values are unique
    columns_made = models.IntegerField(default=0)  # ids are never given twice
    row_count = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    is_deleted = models.BooleanField(default=False)  # its rows go in slices
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow_id", "name"], name="data_table_once",
                condition=models.Q(is_deleted=False, workflow_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["owner_id", "name"], name="data_table_shared_once",
                condition=models.Q(is_deleted=False, workflow_id__isnull=True),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["owner_id"], name="data_table_owner")]

    def __str__(self) -> str:
        return self.name


class DataRow(models.Model):
    """A row of a table. `key` is the digest of its value in the table's unique column."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    table = models.ForeignKey(DataTable, on_delete=models.CASCADE, related_name="rows", db_index=False)
    key = models.BinaryField(null=True)
    cells = OrderedJsonField(default=dict)
    size_bytes = models.IntegerField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "key"], name="data_row_key_once")]
        indexes = [models.Index(fields=["table", "id"], name="data_row_table")]

    def __str__(self) -> str:
        return str(self.pk)


class OwnTableName(models.Model):
    """A name that means a workflow's own table alone, whether that is there or not, and never a shared one.

    Somebody other than the owner wrote a document with it, or took it off a table.
    """

    workflow_id = models.UUIDField()
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow_id", "name"], name="own_table_name_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.workflow_id}"


class NodeState(models.Model):
    """What a node keeps from run to run. With a run's id it is what that run alone sees."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow_id = models.UUIDField()
    node_id = models.CharField(max_length=200)
    execution_id = models.UUIDField(null=True)
    value = PackedJSONField()
    revision = models.BigIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow_id", "node_id"], name="node_state_once", condition=models.Q(execution_id__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["execution_id", "node_id"], name="node_state_of_run_once",
                condition=models.Q(execution_id__isnull=False),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["workflow_id"], name="node_state_workflow")]

    def __str__(self) -> str:
        return f"state of {self.node_id}"


class Conversation(SharedRow):
    """What was said under a key, in a workflow. `summary` is of the turns up to the number `summed_up`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    workflow_id = models.UUIDField(null=True)  # of a run without one it is the run's id
    key = models.CharField(max_length=500)
    summary = models.TextField(blank=True, default="")
    summed_up = models.IntegerField(default=0)
    turn_count = models.IntegerField(default=0)  # numbers are never given twice
    message_count = models.IntegerField(default=0)
    is_deleted = models.BooleanField(default=False)  # its turns go in slices
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow_id", "key"], name="conversation_once", condition=models.Q(is_deleted=False)
            )
        ]
        indexes = [
            models.Index(fields=["owner_id", "-updated_at"], name="conversation_owner"),
            models.Index(fields=["workflow_id"], name="conversation_workflow"),
            models.Index(fields=["id"], name="conversation_deleted", condition=models.Q(is_deleted=True)),
        ]

    def __str__(self) -> str:
        return self.key


class ConversationTurn(models.Model):
    """A question with all that was said to it: `messages` as models are told them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns", db_index=False)
    number = models.IntegerField()
    messages = PackedJSONField()
    message_count = models.IntegerField()
    execution_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "number"], name="conversation_turn_once")]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.number}"


class Applied(models.Model):
    """A change that a run has made, by the digest of its key: whoever asks for it again gets what came of it."""

    digest = models.BinaryField(primary_key=True)
    execution_id = models.UUIDField()
    result = PackedJSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["execution_id"], name="data_applied_run"),
            models.Index(fields=["at"], name="data_applied_at"),
        ]

    def __str__(self) -> str:
        return str(self.execution_id)
