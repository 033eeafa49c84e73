"""Start, find and stop the two servers."""

import fcntl
import json
import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from workflow_backend.embedded import places, postgres, users, valkey
from workflow_backend.embedded.errors import EmbeddedServerError
from workflow_backend.embedded.moving import move_in
from workflow_backend.embedded.unprivileged import Runner, runner_for

STATE_FILE = "services.json"
STARTED = "heddle: PostgreSQL and Valkey are started in {folder}; they end when nothing here uses them any more"


@dataclass(frozen=True)
class Services:
    """Where the servers listen."""

    postgres_port: int
    valkey_port: int
    password: str
    folder: str

    @property
    def database_url(self) -> str:
        return f"postgres://heddle:{self.password}@127.0.0.1:{self.postgres_port}/heddle"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.valkey_port}/0"


def ensure(data_folder: Path) -> Services:
    """Return the running servers of this data folder, started if they were not; they run while this process does.

    Raises: EmbeddedServerError with one sentence a person can act on.
    """
    with _usable(data_folder):
        users.join(data_folder)
    with _locked(data_folder):
        users.guard(data_folder)
        runner = runner_for(data_folder)
        move_in(data_folder, data_folder / STATE_FILE, runner)
        services = _known(data_folder, runner) or _new(runner)
        lacks_postgres = not postgres.is_running(runner.folder / "postgres", services.postgres_port)
        lacks_valkey = not valkey.is_running(services.valkey_port, services.password)
        if lacks_postgres:
            services = _moved(services, postgres_port=_free_port(services.postgres_port))
        if lacks_valkey:
            services = _moved(services, valkey_port=_free_port(services.valkey_port))
        # Before they start: should this process be killed now, the guardian knows what to stop.
        _write_private(data_folder / STATE_FILE, json.dumps(asdict(services)))
        if lacks_postgres:
            postgres.start(runner, port=services.postgres_port, password=services.password)
        if lacks_valkey:
            valkey.start(runner, port=services.valkey_port, password=services.password)
    if lacks_postgres or lacks_valkey:
        _say(STARTED.format(folder=data_folder))
    return services


def started_again(data_folder: Path) -> bool:
    """Start what should run and does not; returns whether there was something. Raises: EmbeddedServerError."""
    services = Services(**json.loads((data_folder / STATE_FILE).read_text()))
    folder = Path(services.folder) / "postgres"
    if postgres.is_running(folder, services.postgres_port) and valkey.is_running(
        services.valkey_port, services.password
    ):
        return False
    ensure(data_folder)
    return True


def stop(data_folder: Path) -> None:
    """Stop the servers of this data folder, keeping their data. Raises: EmbeddedServerError where one does not stop."""
    if not (data_folder / STATE_FILE).exists():
        return
    with _locked(data_folder):
        runner = runner_for(data_folder)
        services = _known(data_folder, runner)
        if services is None:
            return
        valkey.stop(services.valkey_port, services.password)
        postgres.stop(runner, services.postgres_port)


def processes(data_folder: Path) -> list[tuple[str, int]]:
    """Return the names and process ids of the servers of this data folder that run."""
    try:
        services = Services(**json.loads((data_folder / STATE_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return []
    return [
        *valkey.processes(services.valkey_port, services.password),
        *postgres.processes(Path(services.folder) / "postgres"),
    ]


def stop_unused(data_folder: Path) -> bool:
    """Take this process out and stop the servers unless others use them; returns whether they were left running.

    Raises: EmbeddedServerError where one cannot be stopped.
    """
    lock = users.leave(data_folder)
    if lock is None:
        return True
    try:
        stop(data_folder)
        users.end_guardian(data_folder)
    finally:
        os.close(lock)
    return False


def _known(data_folder: Path, runner: Runner) -> Services | None:
    try:
        services = Services(**json.loads((data_folder / STATE_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return services if services.folder == str(runner.folder) else None


def _new(runner: Runner) -> Services:
    return Services(_free_port(), _free_port(), secrets.token_hex(16), str(runner.folder))


def _moved(services: Services, **ports: int) -> Services:
    return Services(**{**asdict(services), **ports})


def _free_port(wanted: int = 0) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmbeddedServerError("no free port on 127.0.0.1")


@contextmanager
def _locked(data_folder: Path) -> Iterator[None]:
    with _usable(data_folder), os.fdopen(_opened(data_folder / "services.lock"), "w") as lock:
        _wait_for(lock.fileno())
        yield


@contextmanager
def _usable(data_folder: Path) -> Iterator[None]:
    try:
        places.prepared(data_folder)
        yield
    except PermissionError as exc:
        raise EmbeddedServerError(f"the folder {data_folder} cannot be written: {exc.strerror}") from exc
    except OSError as exc:
        raise EmbeddedServerError(f"the data folder {data_folder} cannot be used: {exc.strerror or exc}") from exc


def _opened(lock: Path) -> int:
    return os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _wait_for(lock: int, *, limit_s: float = 60) -> None:
    end = time.monotonic() + limit_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise EmbeddedServerError("another process holds the data folder for over a minute") from None
            time.sleep(0.05)
        else:
            return


def _write_private(path: Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(draft).replace(path)


def _say(line: str) -> None:
    try:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 (a person has to know what else runs now)
    except OSError:
        return  # the terminal is gone
