"""What can be wrong with a table, a row, or what is asked of them."""

from __future__ import annotations

from core.errors import Conflict, Invalid, Missing, TooLarge, Unavailable


class TableMissing(Missing):
    code = "table_missing"


class InvalidTableName(Invalid):
    """A name that reads as the id of a table."""

    code = "invalid_table_name"


class UnknownColumn(Invalid):
    code = "unknown_column"


class InvalidColumn(Invalid):
    code = "invalid_column"


class InvalidCell(Invalid):
    """A value that its column does not take."""

    code = "invalid_cell"


class InvalidFilter(Invalid):
    code = "invalid_filter"


class NoKey(Invalid):
    """The table has no unique column, or the row no value in it."""

    code = "no_unique_key"


class TableNameTaken(Conflict):
    code = "name_taken"


class RowExists(Conflict):
    """Another row has the same value in the unique column."""

    code = "row_exists"


class KeyColumn(Conflict):
    """The column holds the unique key, and goes with its table only."""

    code = "key_column"


class StateConflict(Conflict):
    """Somebody else has changed the state meanwhile."""

    code = "state_conflict"


class InvalidState(Invalid):
    code = "invalid_state"


class TooManyTables(TooLarge):
    code = "tables_limit"


class TooManyRows(TooLarge):
    code = "rows_limit"


class RowTooLarge(TooLarge):
    code = "row_too_large"


class TablesTooLarge(TooLarge):
    code = "tables_bytes_limit"


class ResultTooLarge(TooLarge):
    code = "rows_too_large"


class StateTooLarge(TooLarge):
    code = "state_too_large"


class TableBusy(Unavailable):
    """Others hold the rows that are asked for: in a moment it may go."""

    code = "table_busy"
    retry_in_s = 1


class TableTooSlow(Unavailable):
    """What was asked for reads too much of the table."""

    code = "table_too_slow"


class InvalidConversation(Invalid):
    code = "invalid_conversation"


class ConversationTooLarge(TooLarge):
    """A turn that is more than a conversation keeps."""

    code = "conversation_too_large"
