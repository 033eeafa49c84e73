"""The database backend: Django's, but for the check of pooled connections.

After a restart of the server all idle connections of a pool are dead. The pool finds that out one by one, and waits
twice as long after each: with four of them a caller waits seven seconds. Here the first dead one has all the others
looked at.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Error
from psycopg_pool import ConnectionPool


def check_connection(connection: Any) -> None:
    """Return where a connection works. Raises: psycopg.Error, after the pool let go of all others that are dead."""
    try:
        ConnectionPool.check_connection(connection)
    except Error:
        connection._pool.check()  # it has been taken from there, so it knows it
        raise


class DatabaseWrapper(base.DatabaseWrapper):
    """Django gives its pool a check of its own and takes no other."""

    @property
    def pool(self) -> Any:
        pool = super().pool
        if pool is not None:
            pool._check = check_connection
        return pool
