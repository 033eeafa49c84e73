"""`manage.py backup FILE`: write the database to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflow_backend import backups


class Command(BaseCommand):
    help = "Write the database to a file, while everything runs. Keep the credential keys elsewhere."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            size = backups.write(options["file"])
        except backups.BackupFailed as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"{options['file']}: {size:,} bytes")
