"""The walls of the jail: attacks that get past the language, walls that are taken away, calls that must not meet."""

from __future__ import annotations

import asyncio
import contextlib
import glob
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings

from executor.isolation.guest.forks import STEP
from executor.sandbox.parent import GUEST
from executor.sandbox.pool import Pool, SandboxUnavailable, javascript_engine
from tests.folders import open_to_all
from tests.integration.sandbox.conftest import SMALL, Jail

NOBODY = 65534
# How code gets at the real modules, past the trimmed names: this is easy, and is meant to be of no use.
REAL = "import typing\nsys = typing.sys\nos = sys.modules['os']\nopen_ = sys.modules['builtins'].open\n"
LIBC = REAL + "import types\nctypes = sys.modules['ctypes']\nlibc = ctypes.CDLL(None, use_errno=True)\n"
ATTACKS = {
    "read a file": REAL + "open_('/etc/passwd').read()",
    "read by descriptor": REAL + "os.open('/etc/passwd', 0)",
    "write a file": REAL + "open_('/tmp/escaped', 'w')",
    "list a folder": REAL + "os.listdir('/')",
    "run a command": REAL + "assert os.system('true') == 0",
    "execute": REAL + "os.execv('/bin/true', ['true'])",
    "fork": REAL + "os.fork()",
    "a thread": REAL + "sys.modules['_thread'].start_new_thread(print, ())",
    "a socket": REAL + "import_ = sys.modules['builtins'].__import__\nimport_('socket').socket()",
    "signal the parent": REAL + "os.kill(os.getppid(), 9)",
    "signal the worker": REAL + "os.kill(-1, 9)",
    "another's memory": REAL + "open_('/proc/self/mem')",
    "the environment": REAL + "assert [name for name in os.environ if name not in ('LANG', 'TZ', 'LC_CTYPE')]",
    "other descriptors": REAL
    + "for fd in range(3, 300):\n    try:\n        os.fstat(fd)\n    except OSError:\n        continue\n"
    "    break\nelse:\n    raise OSError('none')",
    "become root": REAL + "os.setuid(0)",
    "raise a limit": REAL + "sys.modules['resource'].setrlimit(0, (99, 99))",
    "executable memory": LIBC + "libc.mmap.restype = ctypes.c_void_p\n"
    "assert libc.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0)) != ctypes.c_void_p(-1).value",
    "ptrace": LIBC + "assert libc.ptrace(16, os.getppid(), 0, 0) == 0",
    "unshare": LIBC + "assert libc.unshare(0x10000000) == 0",
    "mount": LIBC + "assert libc.mount(b'x', b'/', b'tmpfs', 0, 0) == 0",
    "io_uring": LIBC + "assert libc.syscall(425, 1, ctypes.create_string_buffer(256)) >= 0",
    "bpf": LIBC + "assert libc.syscall(321, 0, 0, 0) >= 0",
    "an unknown call": LIBC + "assert libc.syscall(999) >= 0",
    "a call of the other table": LIBC + "assert libc.syscall(0x40000000 + 39) >= 0",
    "a segmentation fault": LIBC + "ctypes.string_at(0)",
    "an exit of its own": REAL + "os._exit(0)",
    "a reply of its own": REAL + "os.write(1, b'\\x00\\x00\\x00\\x02{}')\nos._exit(0)",
    "a reply without end": REAL + "os.write(1, b'\\xff\\xff\\xff\\xff')\nos._exit(0)",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_getting_past_the_language_gets_nowhere(jail: Jail, name: str) -> None:
    outcome = jail.run(ATTACKS[name] + "\nreturn {'escaped': True}")
    assert outcome.kind in ("forbidden", "error", "crash", "cpu"), outcome
    assert not outcome.items
    assert not Path("/tmp/escaped").exists()
    assert jail.jsons("return {'ok': 1}") == [{"ok": 1}]


def test_a_child_that_is_ended_by_a_signal_uses_its_parent_up(jail: Jail) -> None:
    def parents() -> set[int]:
        return {child.pid for child in psutil.Process().children() if "guest.zygote" in " ".join(child.cmdline())}

    jail.run("return items")
    before = parents()
    for _ in range(4):
        jail.run(ATTACKS["a segmentation fault"])
    jail.run("return items")
    assert parents()
    assert not before & parents() or len(before) > len(before & parents())


def test_tenants_never_meet(jail: Jail) -> None:
    """Many calls at once, of two languages, some failing: each sees its own secret and no other's."""
    seen: list[str] = []
    chance = random.Random(5)

    async def one(number: int) -> None:
        secret = f"canary-{number}-"
        code, language = chance.choice([
            (f"import json\nold = getattr(json, 'kept', None)\njson.kept = {secret!r}\n"
             "return {'old': old, 'mine': items[0]['json']['s']}", "python"),
            ("const old = globalThis.kept ?? null; globalThis.kept = $json.s; return {old, mine: $json.s}", "javascript"),
            (f"import json\njson.kept = {secret!r}\nraise ValueError(items[0]['json']['s'])", "python"),
        ])  # fmt: skip
        asked = {
            "language": language,
            "mode": "all_items",
            "items": [{"json": {"s": secret}}],
            "code": code,
            "vars": {},
        }
        outcome = await jail.pool.run(asked, SMALL, owner=number % 7)
        text = f"{outcome.items}{outcome.message}"
        if secret not in text or text.count("canary-") != 1 or "'old': 'c" in text:
            seen.append(f"{number}: {outcome}")

    async def all_of_them() -> None:
        for start in range(0, 750, 50):
            await asyncio.gather(*(one(number) for number in range(start, start + 50)))

    jail.wait(all_of_them())
    assert not seen, seen[:3]


def test_nothing_leaks(jail: Jail) -> None:
    worker = psutil.Process()

    def state() -> tuple[int, int]:
        zygotes = [child for child in worker.children() if "guest.zygote" in " ".join(child.cmdline())]
        end = time.monotonic() + 3
        while any(len(zygote.children()) > 1 for zygote in zygotes):  # one waits for the next call
            assert time.monotonic() < end, "a child is left"
            time.sleep(0.01)
        return worker.num_fds(), sum(zygote.num_fds() for zygote in zygotes) // max(len(zygotes), 1)

    for _ in range(20):
        jail.run("return items")
    before = state()
    for _ in range(200):
        jail.run("return items")
        jail.run("raise ValueError('x')")
    assert state() == before


def test_a_call_that_nobody_waits_for_any_more_is_ended(jail: Jail) -> None:
    asked = {"language": "python", "mode": "all_items", "items": [], "code": "import time\ntime.sleep(60)", "vars": {}}

    async def cancelled() -> float:
        call = asyncio.create_task(jail.pool.run(asked, SMALL))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        return time.monotonic() - began

    assert jail.wait(cancelled()) < 1
    assert jail.jsons("return {'ok': 1}") == [{"ok": 1}]


# -- walls that are taken away ---------------------------------------------------------------------------------------
MUTATIONS = {
    "seccomp": (
        "walls.py",
        "def seccomp(pid: int) -> None:",
        "def seccomp(pid: int) -> None:\n    return\n    pid = pid",
    ),
    "landlock": (
        "walls.py",
        "def landlock() -> None:",
        "def landlock() -> None:\n    return\n\n\ndef _landlock() -> None:",
    ),
    "rlimits": ("walls.py", "    for which, pair in wanted.items():", "    for which, pair in ():"),
    "no new privileges": ("walls.py", '    _checked(prctl(PR_SET_NO_NEW_PRIVS, 1), "no_new_privs")', "    return"),
    "the architecture": ("walls.py", "MACHINE = os.uname().machine", 'MACHINE = "riscv64"'),
    "what kills": ("walls.py", "KILL, ERRNO, ALLOW = 0x80000000,", "KILL, ERRNO, ALLOW = 0x7FFF0000,"),
    "what refuses": ("walls.py", "(KILL, ALLOW, ERRNO | errno.EPERM)", "(KILL, ALLOW, ALLOW)"),
    "executable memory": ("walls.py", "THIRD, ANY_BIT, PROT_EXEC)", "THIRD, ANY_BIT, 0)"),
    "sockets": ("syscalls.py", 'ALLOWED = (\n    "read",', 'ALLOWED = (\n    "socket", "read",'),
    "a layer it does not name": ("zygote.py", '    layers.append("landlock")', "    pass"),
}


@pytest.mark.parametrize("wall", MUTATIONS)
def test_the_pool_refuses_when_a_wall_is_gone(tmp_path: Path, wall: str) -> None:
    guest = tmp_path / "guest"
    shutil.copytree(GUEST, guest)
    os.chmod(tmp_path, 0o755)
    name, old, new = MUTATIONS[wall]
    text = (guest / name).read_text()
    assert old in text
    (guest / name).write_text(text.replace(old, new, 1))
    jail = Jail(lambda: Pool(1, guest))
    try:
        assert jail.pool.state.status == "down", f"without {wall} it took calls"
        assert jail.pool.state.reason
        with pytest.raises(SandboxUnavailable):
            jail.run("return items")
    finally:
        jail.close()


def test_the_pool_tries_again_without_a_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = tmp_path / "guest"
    shutil.copytree(GUEST, guest)
    os.chmod(tmp_path, 0o755)
    (guest / "zygote.py").rename(guest / "gone.py")
    monkeypatch.setattr("executor.sandbox.pool.TRY_AGAIN_S", 0.1)
    jail = Jail(lambda: Pool(1, guest))
    try:
        assert jail.pool.state.status == "down"
        (guest / "gone.py").rename(guest / "zygote.py")
        deadline = time.monotonic() + 60
        while jail.pool.state.status != "ok" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert jail.pool.state.status == "ok", jail.pool.state.reason
    finally:
        jail.close()


STATE = """
import asyncio, json, os, sys
from pathlib import Path
from django.conf import settings
settings.configure(JAIL_UID=0)
from executor.sandbox import pool as pools
from executor.sandbox.outcome import Limits
from executor.sandbox.pool import Pool
async def main():
    python, guest, user = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if user:
        pools.javascript_engine = lambda: str(guest.parent / "_quickjs.so")
        pools.time_zones = lambda: "-"
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    pool = Pool(1, guest, python)
    await pool.start()
    made = []
    for language, code in (("python", "return {'n': 1}"), ("javascript", "return {n: 2}")):
        asked = {"language": language, "mode": "all_items", "items": [], "code": code, "vars": {}}
        made.append((await pool.run(asked, Limits())).items)
    print(pool._free[0].process.pid, json.dumps([pool.state.as_dict(), made]), flush=True)
    if not user:
        os._exit(1)  # without a word to its parents
    pool.close()
asyncio.run(main())
"""


def in_a_process(python: str, guest: Path, user: int) -> str:
    command = [sys.executable, "-c", STATE, python, str(guest), str(user)]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout, done.stderr[-2000:]
    return done.stdout


def for_everybody() -> str:
    """Return an interpreter that every user of this machine may start."""
    for python in [sys.executable, *interpreters(), "/usr/bin/python3"]:
        with contextlib.suppress(OSError):
            done = subprocess.run([python, "-c", ""], user=NOBODY, group=NOBODY, extra_groups=[], check=False)
            if done.returncode == 0:
                return python
    raise AssertionError("no interpreter that an ordinary user may start")


def test_the_house_goes_before_user_code_where_the_processor_is_short(jail: Jail) -> None:
    assert jail.jsons("return {'n': 1}") == [{"n": 1}]
    mine = psutil.Process().nice()
    parents = [psutil.Process(parent.process.pid) for parent in jail.pool._all]
    assert {one.nice() for one in parents} == {min(mine + STEP, 19)}
    children = [child for one in parents for child in one.children()]
    assert {one.nice() for one in children} <= {
        min(mine + step, 19) for step in (STEP, STEP + 2)
    }  # one that was just forked


def test_as_root_user_code_runs_as_an_account_that_owns_nothing_else(jail: Jail) -> None:
    if os.getuid() != 0:
        return
    status = Path(f"/proc/{next(iter(jail.pool._all)).process.pid}/status").read_text()
    assert f"Uid:\t{settings.JAIL_UID}\t{settings.JAIL_UID}\t{settings.JAIL_UID}" in status
    assert "own_user" in jail.pool.state.layers


def test_it_stands_for_an_ordinary_user_too(tmp_path: Path) -> None:
    if os.getuid() != 0:
        return  # all other tests of this file ran as one
    shutil.copytree(GUEST, tmp_path / "guest")
    shutil.copy(javascript_engine(), tmp_path / "_quickjs.so")
    open_to_all(tmp_path)
    shown = in_a_process(for_everybody(), tmp_path / "guest", NOBODY)
    assert '"status": "ok", "layers": ["rlimit", "no_new_privs", "landlock", "seccomp"]' in shown
    assert '[[{"json": {"n": 1}}], [{"json": {"n": 2}}]]' in shown


def interpreters() -> list[str]:
    found = [shutil.which(f"python3.{minor}") for minor in (11, 12, 13)]
    found += glob.glob(os.path.expanduser("~/.pyenv/versions/3.1[1-3]*/bin/python3"))
    versions: dict[str, str] = {}
    for path in filter(None, found):
        shown = subprocess.run([path, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True)
        if shown.returncode == 0:
            versions.setdefault(shown.stdout, path)
    return sorted(versions.values())


@pytest.mark.parametrize("python", interpreters())
def test_the_same_on_every_interpreter(python: str) -> None:
    jail = Jail(lambda: Pool(1, python=python))
    try:
        assert jail.pool.state.status == "ok", jail.pool.state
        from tests.integration.sandbox.test_code import JAVASCRIPT, ORDINARY

        for code, expected in ORDINARY.values():
            assert jail.jsons(code, variables={"rate": 3}) == expected
        for code, expected in JAVASCRIPT.values():
            assert jail.jsons(code, variables={"rate": 3}, language="javascript") == expected
        assert jail.run(ATTACKS["read a file"]).kind == "forbidden"
        assert jail.run(ATTACKS["ptrace"]).kind == "forbidden"
    finally:
        jail.close()


def test_parents_end_with_their_worker() -> None:
    pid = int(in_a_process(sys.executable, GUEST, 0).split()[0])
    end = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "it outlived its worker"
        time.sleep(0.05)


def test_many_callers_share_few_parents(jail: Jail) -> None:
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(jail.jsons("return {'ok': 1}"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == [[{"ok": 1}]] * 20
