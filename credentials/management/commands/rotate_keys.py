"""`manage.py rotate_keys`: seal all credentials by the first key of HEDDLE_CREDENTIAL_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.secrets.sealing import key_ring
from credentials.rotation import rotate


class Command(BaseCommand):
    help = (
        "Seal all credentials by the first key of the ring, while everything runs; run it again until nothing is left."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *args: Any, **options: Any) -> None:
        found = rotate(dry_run=options["dry_run"])
        verb = "would be" if options["dry_run"] else "were"
        self.stdout.write(f"{found.done} credentials {verb} sealed by {key_ring().current!r}")
        if found.broken:
            listed = ", ".join(map(str, found.broken[:20]))
            raise CommandError(f"{len(found.broken)} cannot be opened by any key of the ring: {listed}")
