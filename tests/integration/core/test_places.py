"""Where our own servers keep their data, and whom they run as: nothing that others prepared is believed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from tests.folders import open_to_all
from workflow_backend.embedded import EmbeddedServerError, places, unprivileged
from workflow_backend.embedded.accounts import NOBODY, accounts_for
from workflow_backend.embedded.unprivileged import TRAVERSED, Runner, runner_for

IS_ROOT = os.geteuid() == 0
STRANGER = 12345
SECRET = "a file of root's"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    victim = tmp_path / "victim"
    victim.write_text(SECRET)
    victim.chmod(0o600)
    return victim


def is_unharmed(victim: Path) -> bool:
    found = victim.stat()
    return victim.read_text() == SECRET and found.st_uid == os.geteuid() and found.st_mode & 0o777 == 0o600


def by_stranger(path: Path) -> Path:
    """Make a path belong to somebody else, as if he had made it; only root can."""
    if IS_ROOT:
        os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
    return path


def linked(path: Path, target: Path) -> Path:
    path.symlink_to(target)
    return by_stranger(path)


def folder(path: Path, mode: int) -> Path:
    path.mkdir()
    path.chmod(mode)
    return path


PREPARED: dict[str, Callable[[Path, Path], object]] = {
    "a folder of his": lambda data, _: by_stranger(folder(data, 0o777)),
    "a closed folder of his": lambda data, _: by_stranger(folder(data, 0o700)),
    "a link to a folder": lambda data, victim: linked(data, folder(victim.parent / "other", 0o755)),
    "a folder that all may write": lambda data, _: folder(data, 0o777),
    "a file": lambda data, _: by_stranger(data).touch() if not IS_ROOT else data.touch(),
}


@pytest.mark.parametrize("how", PREPARED)
def test_as_root_a_data_folder_that_others_prepared_is_refused(tmp_path: Path, victim: Path, how: str) -> None:
    if not IS_ROOT:
        return  # who is not root gives nothing away but his own
    data = folder(tmp_path / "open to all", 0o1777) / "data"
    PREPARED[how](data, victim)
    with pytest.raises(EmbeddedServerError, match=r"somebody else|could have prepared|is no folder"):
        places.prepared(data)
    assert is_unharmed(victim)


def test_as_root_no_step_of_the_path_may_be_others(tmp_path: Path) -> None:
    if not IS_ROOT:
        return
    middle = by_stranger(folder(tmp_path / "his", 0o755))
    with pytest.raises(EmbeddedServerError, match=f"{middle} belongs to the account {STRANGER}"):
        places.prepared(middle / "data")
    assert list(middle.iterdir()) == []
    linked(tmp_path / "link", tmp_path / "his")
    with pytest.raises(EmbeddedServerError, match="link of somebody else's"):
        places.prepared(tmp_path / "link" / "data")


def test_a_path_of_our_own_may_hold_links_and_is_made(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert places.prepared(tmp_path / "link" / "a" / "b") == tmp_path / "real" / "a" / "b"
    assert (tmp_path / "real" / "a" / "b").is_dir()


@pytest.mark.parametrize("what", ["a link", "a folder of his", "a file"])
def test_the_servers_folder_is_no_link_and_nobody_elses(tmp_path: Path, victim: Path, what: str) -> None:
    services = tmp_path / "services"
    if what == "a link":
        linked(services, folder(tmp_path / "target", 0o700))
    elif what == "a file":
        services.touch()
    elif IS_ROOT:
        by_stranger(folder(services, 0o777))
    else:
        return
    tmp_path.chmod(0o755)
    with pytest.raises(EmbeddedServerError, match="remove it"):
        places.private(services)
    assert is_unharmed(victim)


def test_a_closed_data_folder_is_left_for_one_that_nobody_could_prepare(
    tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name can be worked out by anybody, so the place must be root's."""
    if not IS_ROOT:
        return
    monkeypatch.setattr(unprivileged, "ELSEWHERE", folder(tmp_path / "lib", 0o1777) / "heddle")
    data = folder(tmp_path / "closed", 0o700)
    made = unprivileged.elsewhere(data)
    made.parent.mkdir()
    by_stranger(folder(made, 0o777))
    linked(made / "valkey.conf", victim)
    by_stranger(made.parent)
    with pytest.raises(EmbeddedServerError, match="could have prepared"):
        runner_for(data)
    assert is_unharmed(victim)

    os.chown(made.parent, 0, 0)
    with pytest.raises(EmbeddedServerError, match="belongs to"):
        runner_for(data)
    assert is_unharmed(victim)

    (made / "valkey.conf").unlink()
    made.rmdir()
    runner = runner_for(data)
    assert (runner.folder, runner.folder.stat().st_uid, runner.folder.stat().st_mode & 0o777) == (made, 0, TRAVERSED)


def test_a_file_is_written_anew_and_never_through_a_link(tmp_path: Path, victim: Path) -> None:
    config = tmp_path / "valkey.conf"
    linked(config, victim)
    runner = Runner(tmp_path, tmp_path, None)
    runner.new_file("valkey.conf", "requirepass x", STRANGER if IS_ROOT else None)
    assert is_unharmed(victim)
    assert (config.is_symlink(), config.read_text(), config.stat().st_mode & 0o777) == (False, "requirepass x", 0o600)
    assert config.stat().st_uid == (STRANGER if IS_ROOT else os.geteuid())


def test_data_of_another_account_is_taken_over_without_following_links(tmp_path: Path, victim: Path) -> None:
    if not IS_ROOT:
        return
    data = folder(tmp_path / "postgres", 0o700)
    (data / "base").mkdir()
    (data / "base" / "1").write_text("rows")
    (data / "base" / "link").symlink_to(victim)
    for path in (data, *data.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    places.take_over(data, STRANGER)
    assert {path.lstat().st_uid for path in (data, *data.rglob("*"))} == {STRANGER}
    assert is_unharmed(victim)

    os.chown(data, NOBODY, NOBODY)
    os.link(victim, data / "PG_VERSION")
    with pytest.raises(EmbeddedServerError, match="second name"):
        places.take_over(data, STRANGER)
    assert is_unharmed(victim)


AS_ORDINARY_USER = """
import os, sys
from pathlib import Path
from workflow_backend.embedded import EmbeddedServerError
from workflow_backend.embedded.unprivileged import runner_for
data = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setgid(12345)
    os.setuid(12345)
runner = runner_for(data)
print(runner.accounts, oct(runner.folder.stat().st_mode & 0o777))
runner.folder.rmdir()
(data / "other").mkdir()
runner.folder.symlink_to(data / "other")
try:
    runner_for(data)
except EmbeddedServerError as exc:
    print("refused")
"""


def test_an_ordinary_user_has_one_account_and_a_folder_of_his_own(tmp_path: Path) -> None:
    """In a process that gives up root where it has it."""
    by_stranger(folder(tmp_path / "data", 0o755))
    (tmp_path / "data" / "services").mkdir(mode=0o755)
    by_stranger(tmp_path / "data" / "services")
    open_to_all(tmp_path)
    command = [sys.executable, "-c", AS_ORDINARY_USER, str(tmp_path / "data")]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["None 0o700", "refused"], done.stderr


def test_the_servers_and_the_jail_have_an_account_each() -> None:
    if not IS_ROOT or not settings.EMBEDDED:
        return
    accounts = accounts_for(settings.DATA_DIR)
    assert accounts is not None
    assert len({accounts.postgres, accounts.valkey, accounts.jail, 0, NOBODY}) == 5
    assert accounts.jail == settings.JAIL_UID
    services = json.loads((settings.DATA_DIR / "services.json").read_text())
    postmaster = (Path(services["folder"]) / "postgres" / "postmaster.pid").read_text().split()[0]
    assert Path(f"/proc/{postmaster}").stat().st_uid == accounts.postgres
    running = (path for path in Path("/proc").iterdir() if path.name.isdigit())
    owners = {
        path.stat().st_uid for path in running if f"valkey-server 127.0.0.1:{services['valkey_port']}" in _command(path)
    }
    assert owners == {accounts.valkey}
    for name, uid in (("postgres", accounts.postgres), ("valkey", accounts.valkey), ("valkey.conf", accounts.valkey)):
        found = (Path(services["folder"]) / name).stat()
        assert (found.st_uid, found.st_mode & 0o077) == (uid, 0)


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
