"""A backup is brought back whole, and nothing is thrown away for one that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from core.accounts import people
from core.models import User
from workflow_backend import backups

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backup(tmp_path: Path) -> Iterator[Path]:
    """Return a backup with one account in it; afterwards the database has the tables that it had."""
    people.register(email="kept@example.org", password="correct horse battery")
    written = tmp_path / "heddle.dump"
    call_command("backup", written)
    yield written
    call_command("restore", written, replace=True)


def emails() -> set[str]:
    return set(User.objects.values_list("email", flat=True))


def test_a_backup_brings_back_what_there_was(backup: Path) -> None:
    people.register(email="later@example.org", password="correct horse battery")

    call_command("restore", backup, replace=True)

    assert emails() == {"kept@example.org"}
    call_command("migrate", interactive=False, verbosity=0)
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    people.register(email="new@example.org", password="correct horse battery")
    assert backup.stat().st_mode & 0o077 == 0


def test_a_filled_database_is_kept_unless_it_is_to_be_replaced(backup: Path) -> None:
    people.register(email="later@example.org", password="correct horse battery")

    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", backup)
    assert emails() == {"kept@example.org", "later@example.org"}


@pytest.mark.parametrize("cut", [0, 100, -2000])
def test_a_broken_backup_leaves_the_database_as_it_was(backup: Path, tmp_path: Path, cut: int) -> None:
    broken = tmp_path / "broken.dump"
    broken.write_bytes(backup.read_bytes()[:cut])

    with pytest.raises(CommandError):
        call_command("restore", broken, replace=True)
    assert emails() == {"kept@example.org"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'replaced'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("cut_off", [KeyboardInterrupt, SystemExit])
def test_a_restore_that_is_cut_off_leaves_the_database_as_it_was(
    backup: Path, monkeypatch: pytest.MonkeyPatch, cut_off: type[BaseException]
) -> None:
    run = backups._run

    def cut(program: str, *arguments: str) -> None:
        if "--single-transaction" in arguments:
            raise cut_off
        run(program, *arguments)

    monkeypatch.setattr(backups, "_run", cut)
    with pytest.raises(cut_off):
        call_command("restore", backup, replace=True)
    monkeypatch.undo()
    assert emails() == {"kept@example.org"}


def test_a_restore_that_was_killed_says_how_to_get_back(backup: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(backups.PUT_ASIDE)

    with pytest.raises(CommandError, match="an earlier restore was cut off") as refused:
        call_command("restore", backup, replace=True)
    assert backups.PUT_BACK in str(refused.value)
    with connection.cursor() as cursor:
        cursor.execute(backups.PUT_BACK)
    assert emails() == {"kept@example.org"}


def test_a_backup_stands_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be made"):
        call_command("backup", tmp_path / "no such folder" / "heddle.dump")
    (tmp_path / "taken.dump.part").touch()
    with pytest.raises(CommandError, match="cannot be made"):
        call_command("backup", tmp_path / "taken.dump")
    assert not (tmp_path / "taken.dump").exists()
