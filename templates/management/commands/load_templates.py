"""Brings the gallery in step with the templates that come with this software."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from templates.loading import load


class Command(BaseCommand):
    help = "Load the templates of templates/library into the gallery; twice is once."

    def handle(self, *arguments: Any, **options: Any) -> None:
        changed, count = load()
        self.stdout.write(f"{count} templates, {changed} changed")
