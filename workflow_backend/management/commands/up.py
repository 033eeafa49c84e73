"""`manage.py up`: everything under one command, with the demo; `--demo` shows it and ends."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django_celery_beat.models import PeriodicTask
from rich.console import Console

from workflow_backend import embedded
from workflow_backend.supervisor import demo
from workflow_backend.supervisor.directory import start_directory
from workflow_backend.supervisor.preflight import ServerMissing, check_servers
from workflow_backend.supervisor.processes import Supervisor
from workflow_backend.supervisor.stack import PortTaken, ServerKeeper, choose_port, start_stack, wait_until_ready


class Command(BaseCommand):
    help = "Run Heddle: web, workers and beat, with the demo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="show the demo and end")

    def handle(self, *arguments: Any, **options: Any) -> None:
        console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
        begin = time.monotonic()
        try:
            port = choose_port(_wanted_port())
            check_servers(settings.REDIS_URL)
            _migrate(console)
        except (PortTaken, ServerMissing) as exc:
            raise SystemExit(f"heddle: {exc}") from exc
        except DatabaseError as exc:
            raise SystemExit(f"heddle: the database cannot be prepared: {str(exc).strip().splitlines()[0]}") from exc
        directory = start_directory()
        address = f"127.0.0.1:{directory.server_address[1]}"
        allowed = ",".join([*settings.HTTP_ALLOWED_PRIVATE_HOSTS, address])
        supervisor = Supervisor(str(settings.BASE_DIR), {"HTTP_ALLOWED_PRIVATE_HOSTS": allowed}, quiet=options["demo"])
        signal.signal(signal.SIGTERM, lambda *_: supervisor.stopping.set())
        went_well = False
        try:
            with ServerKeeper(supervisor, settings.DATA_DIR) if settings.EMBEDDED else contextlib.nullcontext():
                went_well = self._serve(
                    console, supervisor, port, f"http://{address}", begin, only_demo=options["demo"]
                )
        except KeyboardInterrupt:
            went_well = True
        except RuntimeError as exc:
            console.print(f"[red]heddle: {exc}[/]")
        finally:
            console.print("stopping …")
            supervisor.stop()
            directory.shutdown()
            connection.close()
            if settings.EMBEDDED:
                embedded.stop(settings.DATA_DIR)
        if not went_well:
            sys.exit(1)

    def _serve(
        self, console: Console, supervisor: Supervisor, port: int, directory_url: str, begin: float, *, only_demo: bool
    ) -> bool:
        base_url = f"http://127.0.0.1:{port}"
        with console.status("starting web, workers and beat"):
            start_stack(supervisor, port)
            wait_until_ready(supervisor, base_url)
        prepared = demo.prepare(base_url, settings.BASE_DIR)
        went_well = demo.show(prepared, settings.BASE_DIR, directory_url, console)
        console.print(f"ready after {time.monotonic() - begin:.1f} s")
        if only_demo:
            return went_well
        console.print(
            f"\nHeddle serves on [bold]{base_url}[/]  (API at /api/docs/, log-in {prepared.email},"
            f"\npassword and key in .data/demo.json). Ctrl-C stops everything; the data stays.\n"
        )
        signal.signal(signal.SIGINT, lambda *_: supervisor.stopping.set())
        supervisor.watch()
        return True


def _wanted_port() -> int | None:
    text = os.environ.get("PORT", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise PortTaken(f"PORT={text!r} is not a port")
    return int(text)


def _migrate(console: Console) -> None:
    with console.status("preparing the database"):
        call_command("migrate", interactive=False, verbosity=0)
        PeriodicTask.objects.filter(name="celery.backend_cleanup").delete()
