"""Fixtures of all tests: users, an HTTP client in the process, an engine in the process, a whole stack beside it."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from hypothesis import settings as hypothesis_settings
from rest_framework.test import APIClient

from core.accounts import people
from core.models import User
from tests import emptying
from tests.thoroughness import examples

emptying.install()
hypothesis_settings.register_profile("ours", max_examples=examples(100))
hypothesis_settings.load_profile("ours")
PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def quick_start() -> Iterator[None]:
    """Hash passwords cheaply: the real hasher takes 0.4 s, which is its purpose, and none of ours."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A jail tried at the start takes a quarter of a second for each engine, most of which run no code.
    with override_settings(PASSWORD_HASHERS=hashers, RATE_LIMITS=False, SANDBOX_AT_START=False):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let commits in the database of the tests not wait for the disk: what a crash of the machine loses is theirs."""
    with django_db_blocker.unblock():
        dont_wait_for_the_disk(settings.DATABASE_URL, connection.settings_dict["NAME"])
        connection.close()
        pooled: Any = connection
        pooled.close_pool()


def dont_wait_for_the_disk(database_url: str, name: str) -> None:
    """Change a database of tests, for whoever connects to it from now on."""
    with psycopg.connect(_of_the_server(database_url), autocommit=True) as administering:
        administering.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")


def _of_the_server(database_url: str) -> str:
    return f"{database_url.rsplit('/', 1)[0]}/postgres".replace("postgres://", "postgresql://")


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(**fields: Any) -> User:
        fields.setdefault("email_verified_at", timezone.now())
        return people.register(email=f"user{next(_numbers)}@example.org", password=PASSWORD, **fields)

    return make


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user()


@pytest.fixture
def as_user() -> Callable[[User], APIClient]:
    def make(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_X_API_KEY=people.create_key(user=user, name="test")[1])
        return client

    return make


@pytest.fixture
def api(user: User, as_user: Callable[[User], APIClient]) -> APIClient:
    return as_user(user)


@pytest.fixture
def session(user: User) -> APIClient:
    """Return a client of who signed in himself."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {people.tokens_for(user)[0]}")
    return client


@pytest.fixture
def other_api(make_user: Callable[..., User], as_user: Callable[[User], APIClient]) -> APIClient:
    return as_user(make_user())


# -- an HTTP server on loopback ------------------------------------------------------------------------------------
@dataclass
class Recorded:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


@dataclass
class Peer:
    """A real HTTP server; `answers` gives (status, headers, body) by path, in turn, the last one for ever."""

    url: str = ""
    calls: list[Recorded] = field(default_factory=list)
    answers: dict[str, list[tuple[int, dict[str, str], bytes]]] = field(default_factory=dict)
    delay_s: float = 0

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def answer(self, path: str, *answers: tuple[int, dict[str, str], bytes]) -> None:
        self.answers[path] = list(answers)


@contextlib.contextmanager
def serving() -> Iterator[Peer]:
    """Serve a peer on a free port."""
    peer = Peer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            peer.calls.append(Recorded(self.command, self.path, headers, body))
            time.sleep(peer.delay_s)
            waiting = peer.answers.get(self.path.split("?")[0], [(404, {}, b"nothing here")])
            status, extra, content = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield peer
    server.shutdown()
    server.server_close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with serving() as peer:
        yield peer


# -- the whole stack ------------------------------------------------------------------------------------------------
@dataclass
class Stack:
    base_url: str
    environment: dict[str, str]
    supervisor: Any
    admin: httpx.Client
    directory: str
    peer: Peer
    opened: list[httpx.Client] = field(default_factory=list)

    def bare(self, **headers: str) -> httpx.Client:
        """Return a client without a login; closed with the stack."""
        self.opened.append(httpx.Client(base_url=self.base_url, headers=headers, timeout=70))
        return self.opened[-1]

    def client(self, **fields: Any) -> httpx.Client:
        """Return a client of a new user."""
        return self.bare(**{"X-API-Key": self.person(**fields)["apiKey"]})

    def person(self, **fields: Any) -> dict[str, str]:
        """Return email, password and key of a new user."""
        email = f"e2e{next(_numbers)}-{os.getpid()}@example.org"
        body = {"email": email, "password": PASSWORD, "with_api_key": True, **fields}
        made = self.admin.post("/api/users/", json=body).raise_for_status().json()
        return {"email": email, "password": PASSWORD, "apiKey": made["api_key"]}

    def child(self, name: str) -> Any:
        return next(child for child in self.supervisor.children if child.name == name)


def _mcp_program(until: contextlib.ExitStack) -> dict[str, str]:
    """Return the settings that let our MCP server of tests start; accounts of its own may pass to its folder."""
    folder = Path(until.enter_context(tempfile.TemporaryDirectory(prefix="heddle-mcp-")))
    folder.chmod(0o755)
    script = folder / "plain.py"
    shutil.copy(Path(__file__).parent / "mcp_servers" / "plain.py", script)
    script.chmod(0o644)
    return {
        "HEDDLE_MCP_COMMANDS": sys.executable, "HEDDLE_MCP_READ": str(script), "HEDDLE_MCP_FOLDER": str(folder / "own"),
    }  # fmt: skip


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Web, two workers and beat on a database and a Redis number of their own."""
    from workflow_backend.supervisor.directory import start_directory
    from workflow_backend.supervisor.ports import choose_port
    from workflow_backend.supervisor.processes import Supervisor
    from workflow_backend.supervisor.stack import start_stack, wait_until_ready

    server, name = settings.DATABASE_URL.rsplit("/", 1)[0], f"heddle_e2e_{os.getpid()}"
    with psycopg.connect(_of_the_server(settings.DATABASE_URL), autocommit=True) as administering:
        administering.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        administering.execute(f"CREATE DATABASE {name}")
    dont_wait_for_the_disk(settings.DATABASE_URL, name)
    directory = start_directory()
    address = f"127.0.0.1:{directory.server_address[1]}"
    peers = contextlib.ExitStack()
    peer = peers.enter_context(serving())
    environment = {
        "DATABASE_URL": f"{server}/{name}", "REDIS_URL": f"{settings.REDIS_URL.rsplit('/', 1)[0]}/7",
        "HTTP_ALLOWED_PRIVATE_HOSTS": f"{address},{peer.host}", "HEDDLE_RATE_LIMITS": "off", "HEDDLE_DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "tests.stack_settings", **_mcp_program(peers),
    }  # fmt: skip
    setup = [sys.executable, "tests/prepare_stack.py"]
    key = subprocess.run(
        setup, env={**os.environ, **environment}, check=True, capture_output=True, text=True
    ).stdout.strip()
    supervisor = Supervisor(str(settings.BASE_DIR), environment, quiet=True)
    port = choose_port(None)
    base_url = f"http://127.0.0.1:{port}"
    watcher = threading.Thread(target=supervisor.watch, daemon=True)
    try:
        start_stack(supervisor, port)
        wait_until_ready(supervisor, base_url)
        watcher.start()
        admin = httpx.Client(base_url=base_url, headers={"X-API-Key": key}, timeout=70)
        made = Stack(base_url, environment, supervisor, admin, f"http://{address}", peer, [admin])
        yield made
        for client in made.opened:
            client.close()
    finally:
        supervisor.stop()
        directory.shutdown()
        directory.server_close()
        peers.close()
        with psycopg.connect(_of_the_server(settings.DATABASE_URL), autocommit=True) as administering:
            administering.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def now() -> Any:
    return timezone.now()
