"""`make stop`: end what `make run` started in a data folder, the supervisor first, and say what was ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workflow_backend import embedded
from workflow_backend.supervisor import identity, run_file
from workflow_backend.supervisor.run_file import Process, Running

SUPERVISOR_S = 60  # it stops its children in order, then the servers
CHILD_S = 15


def stop_everything(data_folder: Path, say: Callable[[str], object]) -> bool:
    """Stop it all; returns whether nothing is left."""
    running = run_file.read(data_folder)
    before = [*_living(running), *_servers(data_folder)]
    left: list[str] = []
    if run_file.is_held(data_folder):
        left = _stop_supervisor(running)
    left = left or _stop_orphans(running, run_file.read(data_folder)) or _stop_servers(data_folder)
    if not left:
        (data_folder / run_file.FILE).unlink(missing_ok=True)
    stopped = [f"{process.name} (pid {process.pid})" for process in before if not _lives(process)]
    if stopped:
        say(f"stopped {', '.join(stopped)}; the data stays")
    for what in left:
        say(f"could not stop {what}")
    if not stopped and not left:
        say("nothing runs here")
    return not left


def _servers(data_folder: Path) -> list[Process]:
    found = [Process.of(name, pid) for name, pid in embedded.processes(data_folder)]
    return [process for process in found if process is not None]


def _stop_servers(data_folder: Path) -> list[str]:
    try:
        embedded.stop(data_folder)
        embedded.dismiss_guardian(data_folder)
    except (embedded.EmbeddedServerError, OSError) as exc:
        return [f"the servers: {exc}"]
    return []


def end_left_children(data_folder: Path) -> list[Process]:
    """End what a killed supervisor left, before a new one begins; returns what was still there."""
    found = [process for process in _living(run_file.read(data_folder)) if process.name != "supervisor"]
    for process in found:
        identity.end(process.pid, process.start, grace_s=CHILD_S, group=True)
    return found


def _stop_supervisor(running: Running | None) -> list[str]:
    if running is None:
        return ["the supervisor: its lock is held, but no file says which process it is"]
    process = running.supervisor
    if not _lives(process):
        return [f"the supervisor (pid {process.pid}): it runs, but not where this command can see it"]
    if not identity.end(process.pid, process.start, grace_s=SUPERVISOR_S):
        return [f"the supervisor (pid {process.pid}); it may belong to another account"]
    return []


def _stop_orphans(*files: Running | None) -> list[str]:
    """End children that outlived their supervisor; returns those that could not be."""
    children = {process for running in files if running for process in running.children}
    return [
        f"{process.name} (pid {process.pid})"
        for process in children
        if not identity.end(process.pid, process.start, grace_s=CHILD_S, group=True)
    ]


def _living(running: Running | None) -> list[Process]:
    if running is None:
        return []
    return [process for process in (running.supervisor, *running.children) if _lives(process)]


def _lives(process: Process) -> bool:
    return identity.lives(process.pid, process.start)
