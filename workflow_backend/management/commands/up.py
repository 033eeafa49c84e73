"""`manage.py up`: everything under one command, with the demo; `--demo` shows it and ends."""

from __future__ import annotations

import contextlib
import io
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone
from rich.console import Console

from core.accounts import sign_in_links
from core.models import User
from credentials.key_check import KeysDoNotFit, check_keys
from inference.local_model import NotInstalled, model_file
from workflow_backend import embedded
from workflow_backend.beat import forget_gone
from workflow_backend.supervisor import demo
from workflow_backend.supervisor.directory import start_directory
from workflow_backend.supervisor.local_model import LOCAL_MODEL, LocalModel
from workflow_backend.supervisor.lost_children import put_back
from workflow_backend.supervisor.mcp_examples import MCP_EXAMPLES, ExamplesMissing, McpExamples
from workflow_backend.supervisor.output import outlive_the_terminal
from workflow_backend.supervisor.ports import PortTaken, listen
from workflow_backend.supervisor.preflight import ServerMissing, check_servers
from workflow_backend.supervisor.processes import Supervisor
from workflow_backend.supervisor.run_file import AlreadyRunning, RunFile
from workflow_backend.supervisor.signals import StopAsked, Stopping
from workflow_backend.supervisor.stack import InferenceKeeper, ServerKeeper, start_stack, wait_until_ready
from workflow_backend.supervisor.stopping import end_left_children


class Refused(RuntimeError):
    """Nothing can be started; the message says why."""


class Command(BaseCommand):
    help = "Run Heddle: web, workers and beat, with the demo."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="show the demo and end")
        parser.add_argument(
            "--end-with-parent", action="store_true", help="stop, too, when the process that started this one ends"
        )
        parser.add_argument(
            "--with",
            dest="extras",
            action="append",
            default=[],
            choices=[LOCAL_MODEL, MCP_EXAMPLES],
            help="have this, too",
        )

    def handle(self, *arguments: Any, **options: Any) -> None:
        outlive_the_terminal()
        stopping = Stopping()
        stopping.listen(end_with_parent=options["end_with_parent"])
        house = House(stopping, only_demo=options["demo"], extras=options["extras"])
        try:
            house.prepare()
        except AlreadyRunning as exc:
            raise SystemExit(f"heddle: {exc}") from exc
        except (Refused, StopAsked) as exc:
            stopping.begin_to_stop()
            house.close()
            raise SystemExit(f"heddle: {exc}" if isinstance(exc, Refused) else 128 + stopping.number) from exc
        sys.exit(0 if house.run() else 1)


class House:
    """One installation under one process: prepared, run until somebody wants it to end, closed."""

    def __init__(self, stopping: Stopping, *, only_demo: bool, extras: Sequence[str] = ()) -> None:
        self._stopping = stopping
        self._extras = extras
        self._only_demo = only_demo
        self._console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
        self._run_file = RunFile(settings.DATA_DIR)
        self._begin = time.monotonic()
        self._listener: socket.socket | None = None
        self._supervisor: Supervisor | None = None
        self._directory: ThreadingHTTPServer | None = None
        self._examples: McpExamples | None = None

    def prepare(self) -> None:
        """Have the folder, the port, the servers and their tables. Raises: AlreadyRunning, Refused."""
        if self._only_demo and not settings.DEMO:
            raise Refused("there is no demo in production, or with HEDDLE_DEMO=off")
        if LOCAL_MODEL in self._extras:
            try:
                model_file()
            except NotInstalled as exc:
                raise Refused(str(exc)) from exc
        if MCP_EXAMPLES in self._extras:
            try:
                self._examples = McpExamples(Path(sys.prefix))
            except ExamplesMissing as exc:
                raise Refused(str(exc)) from exc
        self._run_file.take()
        for process in end_left_children(settings.DATA_DIR):
            self._console.print(f"ended {process.name} (pid {process.pid}), which a killed run had left")
        try:
            self._listener = listen(settings.PORT)
            check_servers(settings.REDIS_URL)
            with self._console.status("preparing the database"):
                call_command("migrate", interactive=False, verbosity=0)
                call_command("load_templates", stdout=io.StringIO())
                forget_gone()
            check_keys()
        except (PortTaken, ServerMissing, KeysDoNotFit) as exc:
            raise Refused(str(exc)) from exc
        except (DatabaseError, CommandError) as exc:
            raise Refused(f"the database cannot be prepared: {str(exc).strip().splitlines()[0]}") from exc

    def run(self) -> bool:
        """Start everything and serve; returns whether it went well. Everything has ended when it returns."""
        went_well = False
        try:
            went_well = self._serve()
        except StopAsked:
            went_well = not self._only_demo
        except (RuntimeError, httpx.HTTPError) as exc:
            self._console.print(f"[red]heddle: {exc}[/]")
        finally:
            self._stopping.begin_to_stop()
            why = f" ({self._stopping.by})" if self._stopping.by else ""
            self._console.print(f"stopping{why} …")
            self.close()
        return went_well

    def close(self) -> None:
        """End what was started; servers that another command here uses stay."""
        if self._supervisor is not None:
            self._supervisor.stop()
        if self._directory is not None:
            self._directory.shutdown()
        if self._listener is not None:
            self._listener.close()
        connection.close()
        try:
            if settings.EMBEDDED and embedded.stop_unused(settings.DATA_DIR):
                self._console.print("PostgreSQL and Valkey go on: another command in this folder uses them")
        except embedded.EmbeddedServerError as exc:
            self._console.print(f"[red]heddle: {exc}[/]")
        self._run_file.release()

    def _serve(self) -> bool:
        listener = self._listener
        if listener is None:
            raise RuntimeError("nothing is prepared")
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        allowed = list(settings.HTTP_ALLOWED_PRIVATE_HOSTS)
        if settings.DEMO:
            self._directory = start_directory()
            allowed.append(f"127.0.0.1:{self._directory.server_address[1]}")
        model = LocalModel() if LOCAL_MODEL in self._extras else None
        self._run_file.write(base_url, [])
        supervisor = self._supervisor = Supervisor(
            str(settings.BASE_DIR),
            {
                "HTTP_ALLOWED_PRIVATE_HOSTS": ",".join([*allowed, *([model.host] if model else [])]),
                **(model.environment() if model else {}),
                **(self._examples.environment() if self._examples else {}),
            },
            quiet=self._only_demo,
            changed=self._run_file.written_again,
            died=put_back,
        )
        keeper = ServerKeeper(supervisor, settings.DATA_DIR) if settings.EMBEDDED else contextlib.nullcontext()
        inference = InferenceKeeper(supervisor, settings.REDIS_URL, listener.getsockname()[1])
        with keeper, inference:
            with self._console.status("starting web, workers and beat"):
                start_stack(supervisor, listener, workers=settings.STACK_WORKERS)
                if model is not None:
                    supervisor.add("model", model.command)
                wait_until_ready(supervisor, base_url)
            went_well = self._show_demo(base_url) if settings.DEMO else True
            self._console.print(f"ready after {time.monotonic() - self._begin:.1f} s")
            if not self._only_demo:
                self._console.print(
                    f"\nHeddle serves on [bold]{base_url}/app/[/]{_how_to_enter(base_url)}\n", soft_wrap=True
                )
                supervisor.watch()
        return went_well

    def _show_demo(self, base_url: str) -> bool:
        if self._directory is None:
            return False
        prepared = demo.prepare(base_url, settings.BASE_DIR, settings.DATA_DIR)
        return demo.show(
            prepared, settings.BASE_DIR, f"http://127.0.0.1:{self._directory.server_address[1]}", self._console
        )


def _how_to_enter(base_url: str) -> str:
    end = "Ctrl-C or `make stop` stops everything; the data stays."
    if settings.DEMO:
        written = settings.DATA_DIR / "demo.json"
        enter = f"  (API at /api/docs/, log-in {demo.EMAIL},\npassword and key in {written}). {end}"
        if not sys.stdout.isatty():  # a log would keep the link
            return enter
        user = User.objects.get(email=demo.EMAIL)
        link = sign_in_links.make(user=user, base_url=base_url, now=timezone.now())
        return f"{enter}\nSign in as the demo user, once, within ten minutes: [bold]{link}[/]"
    if settings.PRODUCTION:
        return f", for the TLS proxy in front of it: plain HTTP is sent on to HTTPS. {end}"
    return f"  (API at /api/docs/). {end}"
