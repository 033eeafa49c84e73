"""`manage.py prune`: remove runs that the retention policies no longer keep."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from orchestrator.executions import pruning


class Command(BaseCommand):
    help = "Remove old runs, in small batches, by each workflow's settings.retention and HEDDLE_KEEP_RUNS_DAYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *args: Any, **options: Any) -> None:
        count = pruning.prune(now=timezone.now(), dry_run=options["dry_run"])
        self.stdout.write(f"{count} runs {'would be' if options['dry_run'] else 'were'} removed")
