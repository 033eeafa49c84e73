"""Moving the servers' data of an earlier release out of /var/tmp, where others could have prepared a folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from pathlib import Path

from workflow_backend.embedded import places, valkey
from workflow_backend.embedded.accounts import named_account
from workflow_backend.embedded.errors import EmbeddedServerError
from workflow_backend.embedded.unprivileged import ELSEWHERE, Runner, elsewhere

FORMERLY = Path("/var/tmp")  # noqa: S108 (looked at before it is believed)


def move_in(data_folder: Path, state_file: Path, runner: Runner) -> None:
    """Bring the data of an earlier release where it belongs, its servers stopped. Raises: EmbeddedServerError."""
    if runner.accounts is None or runner.folder.parent != ELSEWHERE or (runner.folder / "postgres").exists():
        return
    old = FORMERLY / f"heddle-{hashlib.sha256(str(data_folder).encode()).hexdigest()[:12]}"
    if not os.path.lexists(old) or runner.folder != elsewhere(data_folder):
        return
    found = old.lstat()
    owner = named_account().pw_uid
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
        raise EmbeddedServerError(f"{old} is not what Heddle left there; look at it and remove it")
    try:
        services = json.loads(state_file.read_text())
    except (OSError, ValueError):
        return  # nothing is known of it, so nothing of ours needs it
    if services.get("folder") != str(old):
        return
    valkey.stop(services["valkey_port"], services["password"])
    if (old / "postgres" / "postmaster.pid").exists():
        stop: list[str | Path] = [
            runner.binaries / "pg_ctl",
            "stop",
            "-D",
            old / "postgres",
            "-m",
            "fast",
            "-w",
            "-t",
            "30",
        ]
        runner.run(stop, uid=owner)
    for name in ("postgres", "valkey"):
        if (old / name).is_dir() and not (old / name).is_symlink():
            shutil.move(old / name, runner.folder / name)
    draft = state_file.with_suffix(".draft")
    places.new_file(draft, json.dumps({**services, "folder": str(runner.folder)}).encode(), owner=None)
    draft.replace(state_file)
    shutil.rmtree(old, ignore_errors=True)
