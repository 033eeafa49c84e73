"""PostgreSQL: `initdb` once, `pg_ctl` each time."""

import os
import re
import socket
import subprocess
import time
from pathlib import Path

from workflow_backend.embedded.accounts import named_account
from workflow_backend.embedded.errors import EmbeddedServerError
from workflow_backend.embedded.unprivileged import Runner

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "wal_compression": "on",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
    "max_wal_size": "2GB",
}


def is_running(folder: Path, port: int) -> bool:
    """Tell whether the server of this folder lives and listens on this port."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[0]), 0)
        if int(lines[3]) != port:
            return False
    except PermissionError:
        pass  # alive, but somebody else's
    except (OSError, ValueError, IndexError):
        return False
    return _answers(port)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def start(runner: Runner, *, port: int, password: str) -> None:
    """Start the server, making its folder the first time. Raises: EmbeddedServerError."""
    uid = None if runner.accounts is None else runner.accounts.postgres
    if not (runner.folder / "postgres" / "PG_VERSION").exists():
        _make(runner, password)
    folder = runner.own_folder("postgres", uid)
    log = runner.new_file("postgres.log", "", uid)
    options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in SETTINGS.items())
    begin: list[str | Path] = [
        runner.binaries / "pg_ctl",
        "start",
        "-D",
        folder,
        "-l",
        log,
        "-w",
        "-t",
        "60",
        "-o",
        f"-p {port} {options}",
    ]
    try:
        done = runner.run(begin, timeout_s=90)
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise EmbeddedServerError(f"PostgreSQL cannot be started: {exc}") from exc
    if done.returncode:
        raise EmbeddedServerError(f"PostgreSQL does not start: {_last_words(log, done.stdout)}")
    _make_database(runner, port=port, password=password)


def processes(folder: Path) -> list[tuple[str, int]]:
    """Return the server's name and process id if it runs, whether it answers or not."""
    try:
        process = int((folder / "postmaster.pid").read_text().split(None, 1)[0])
    except (OSError, ValueError, IndexError):
        return []
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return []
    except PermissionError:
        pass  # alive, but somebody else's
    return [("PostgreSQL", process)] if _is_of(process, folder) else []


def _is_of(process: int, folder: Path) -> bool:
    """Tell whether a process is the server of this folder: one that was killed leaves its number to anybody."""
    try:
        return os.fsencode(folder) in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return True  # a system that does not tell


def stop(runner: Runner, port: int) -> None:
    """Stop the server if it runs. Raises: EmbeddedServerError."""
    folder = runner.folder / "postgres"
    if not processes(folder):
        return
    done = runner.run([runner.binaries / "pg_ctl", "stop", "-D", folder, "-m", "fast", "-w", "-t", "30"])
    if done.returncode and is_running(folder, port):
        raise EmbeddedServerError(f"PostgreSQL does not stop: {_last_line(done.stdout)}")


def _make(runner: Runner, password: str) -> None:
    """Make the folder of the data. `initdb` runs as an account with a name; what it makes is taken over afterwards."""
    uid = None if runner.accounts is None else named_account().pw_uid
    folder = runner.own_folder("postgres", uid)
    secret = runner.new_file("password", password, uid)
    make: list[str | Path] = [
        runner.binaries / "initdb", "-D", folder, "-U", "heddle", f"--pwfile={secret}", "--auth=scram-sha-256",
        "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
    ]  # fmt: skip
    try:
        done = runner.run(make, uid=uid)
    except OSError as exc:
        raise EmbeddedServerError(f"PostgreSQL cannot be set up: {exc}") from exc
    finally:
        secret.unlink(missing_ok=True)
    if done.returncode:
        raise EmbeddedServerError(f"PostgreSQL cannot be set up in {folder}: {_reason(done.stdout)}")


def _make_database(runner: Runner, *, port: int, password: str) -> None:
    import psycopg  # noqa: PLC0415 (only where a server starts: every command imports the settings)

    end = time.monotonic() + 20
    while True:
        try:
            with psycopg.connect(
                host="127.0.0.1", port=port, user="heddle", password=password, dbname="postgres", autocommit=True
            ) as connection:
                found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'heddle'").fetchone()
                if not found:
                    connection.execute("CREATE DATABASE heddle")
                return
        except psycopg.OperationalError as exc:
            if time.monotonic() > end:
                raise EmbeddedServerError(f"PostgreSQL does not answer: {_last_line(str(exc))}") from exc
            time.sleep(0.1)


def _last_words(log: Path, fallback: str) -> str:
    try:
        text = log.read_text()
    except OSError:
        text = ""
    return _reason(text if text.strip() else fallback)


def _reason(output: str) -> str:
    """Return why a program gave up: the last error it names, else its last line."""
    found = re.findall(r"(?:FATAL|PANIC|ERROR|initdb: error|pg_ctl: error):\s*(.+)", output)
    return str(found[-1]) if found else _last_line(output)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
