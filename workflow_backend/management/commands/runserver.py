"""`manage.py runserver`: the web process alone, by uvicorn."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflow_backend.server import serve


class Command(BaseCommand):
    help = "Serve REST, SSE, WebSockets and webhooks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("addrport", nargs="?", default="127.0.0.1:8000", help="host:port, or a port")
        parser.add_argument("--reload", action="store_true", help="start again when code changes")

    def handle(self, *arguments: Any, **options: Any) -> None:
        host, _, port = options["addrport"].rpartition(":")
        if not port.isdigit():
            raise CommandError("write host:port, or a port")
        serve(host=host or "127.0.0.1", port=int(port), reload=options["reload"])
