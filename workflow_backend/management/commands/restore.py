"""`manage.py restore FILE`: fill the database from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflow_backend import backups


class Command(BaseCommand):
    help = "Fill the database from a backup. End web, workers and beat first; run migrate afterwards."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="throw away what the database holds")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backups.bring_back(options["file"], replace=options["replace"])
        except backups.BackupFailed as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(f"{options['file']} is brought back; run migrate before you start Heddle")
