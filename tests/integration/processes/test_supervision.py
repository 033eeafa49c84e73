"""The supervisor's parts by themselves: causes, back-off, output without a terminal, and whose process a number is."""

from __future__ import annotations

import errno
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from tests.integration.processes.conftest import ROOT, wait_until
from workflow_backend.supervisor import ports, run_file, stopping
from workflow_backend.supervisor.identity import born, end, lives
from workflow_backend.supervisor.output import Lasting
from workflow_backend.supervisor.processes import MARK, STEADY_S, Supervisor, cause_of
from workflow_backend.supervisor.run_file import AlreadyRunning, Process, RunFile

SLEEPER = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
]


def begun(command: list[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_child_that_ends_is_started_again_ever_later_and_the_cause_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    supervisor = Supervisor(str(ROOT), {})
    supervisor.add("worker-1", ["timeit", "--no-such-option"])
    watcher = Thread(target=supervisor.watch, daemon=True)
    watcher.start()
    wait_until(lambda: supervisor.children[0].crashes == 2)
    supervisor.stopping.set()
    watcher.join(10)
    supervisor.stop()
    said = capsys.readouterr().out
    assert "ended with exit code 2; starts again at once" in said
    assert "ended with exit code 2; starts again in 1 s" in said


def test_of_a_child_that_died_is_told_with_the_mark_that_only_it_had() -> None:
    died: list[tuple[str, int, int]] = []
    supervisor = Supervisor(str(ROOT), {}, died=lambda *told: died.append(told))
    supervisor.add("worker-1", ["timeit", "-n", "1", "-r", "1", "-s", "import time", "time.sleep(60)"])
    child = supervisor.children[0]
    assert child.process is not None
    pid, mark = child.process.pid, child.mark
    wait_until(lambda: f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    os.kill(pid, signal.SIGKILL)
    watcher = Thread(target=supervisor.watch, daemon=True)
    watcher.start()
    wait_until(lambda: died and child.mark != mark)
    supervisor.stopping.set()
    watcher.join(10)
    supervisor.stop()
    assert died == [(mark, pid, -9)]


def test_who_was_steady_is_started_at_once_again(capsys: pytest.CaptureFixture[str]) -> None:
    supervisor = Supervisor(str(ROOT), {})
    supervisor.add("worker-1", ["timeit", "--no-such-option"])
    child = supervisor.children[0]
    assert child.process is not None
    child.process.wait(30)
    child.crashes, child.started = 4, child.started - STEADY_S - 1
    supervisor._look_after(child)
    supervisor.stop()
    assert "starts again at once" in capsys.readouterr().out


def test_a_cause_is_an_exit_code_or_the_name_of_a_signal() -> None:
    assert cause_of(3) == "with exit code 3"
    assert cause_of(-signal.SIGKILL) == "by SIGKILL"


def test_writing_to_a_terminal_that_is_gone_raises_nothing() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        lasting = Lasting(terminal)
        lasting.write("seen\n")
        lasting.flush()
        os.close(master)
        for _ in range(3):
            assert lasting.write("unseen\n") == 7
            lasting.flush()


def test_a_number_that_another_process_has_now_is_not_the_one_meant() -> None:
    with begun(SLEEPER) as process:
        start = born(process.pid)
        assert start is not None
        assert lives(process.pid, start)
        assert not lives(process.pid, start + "1")
        assert end(process.pid, start + "1", grace_s=0.1)
        assert process.poll() is None
        process.kill()
        process.wait()
    assert born(process.pid) is None


def test_stopping_leaves_a_stranger_alone_who_has_the_number_of_an_old_child(tmp_path: Path) -> None:
    with begun(SLEEPER) as stranger:
        old = run_file.Running(Process("supervisor", 2**22 - 1, "1"), "", (Process("web", stranger.pid, "1"),))
        run_file._write(tmp_path / run_file.FILE, old)
        said: list[str] = []
        assert stopping.stop_everything(tmp_path, said.append)
        assert said == ["nothing runs here"]
        assert stranger.poll() is None
        stranger.kill()


def test_stopping_ends_a_child_that_outlived_its_supervisor_even_a_deaf_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "CHILD_S", 0.2)
    with begun(DEAF) as orphan:
        Thread(target=orphan.wait, daemon=True).start()
        child = Process.of("worker-1", orphan.pid)
        assert child is not None
        run_file._write(tmp_path / run_file.FILE, run_file.Running(Process("supervisor", 2**22 - 1, "1"), "", (child,)))
        said: list[str] = []
        assert stopping.stop_everything(tmp_path, said.append)
    assert said == [f"stopped worker-1 (pid {orphan.pid}); the data stays"]
    assert not (tmp_path / run_file.FILE).exists()


def test_a_supervisor_that_cannot_be_seen_is_not_claimed_to_be_stopped(tmp_path: Path) -> None:
    held = RunFile(tmp_path)
    held.take()
    (tmp_path / run_file.FILE).write_text(
        json.dumps({"supervisor": {"name": "supervisor", "pid": 2**22 - 1, "start": "1"}, "url": "", "children": []})
    )
    said: list[str] = []
    assert not stopping.stop_everything(tmp_path, said.append)
    assert said == [f"could not stop the supervisor (pid {2**22 - 1}): it runs, but not where this command can see it"]
    with pytest.raises(AlreadyRunning, match="already running, pid"):
        RunFile(tmp_path).take()
    held.release()
    assert stopping.stop_everything(tmp_path, said.append)


def test_two_that_start_at_once_get_two_ports() -> None:
    with ports.listen(None) as one, ports.listen(None) as other:
        assert one.getsockname()[1] != other.getsockname()[1]
        with pytest.raises(ports.PortTaken, match="is taken"):
            ports.listen(one.getsockname()[1])


def test_a_port_that_is_not_allowed_is_not_called_taken() -> None:
    said = ports._refusal(80, OSError(errno.EACCES, "Permission denied"))
    assert said == "this account may not listen on port 80 (low ports need privileges); choose another PORT"
