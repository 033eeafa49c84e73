"""Ends the embedded servers when nobody uses them any more; started beside them, in a session of its own.

Each process that uses the servers holds a shared lock on `services.users` for its life, which the kernel gives back
however it ends. The guardian waits for the exclusive lock: it gets it when the last user is gone. A script without
imports of ours, since it waits for as long as the servers run.

    python guardian.py DATA_FOLDER
"""

import contextlib
import fcntl
import os
import sys
import time
from pathlib import Path

USERS = "services.users"
GUARDIAN = "services.guardian"


def main(data_folder: Path) -> None:
    """Leave a process that waits until nobody uses the servers, then stops them. One for each data folder."""
    mine = opened(data_folder / GUARDIAN)
    try:
        fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # another one waits already
    if os.fork():
        os._exit(0)  # the lock stays with the child
    os.setsid()
    _into_the_background()
    os.ftruncate(mine, 0)
    os.write(mine, str(os.getpid()).encode())  # true for as long as the lock is held
    users = opened(data_folder / USERS)
    fcntl.flock(users, fcntl.LOCK_EX)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    with contextlib.suppress(Exception):
        from workflow_backend.embedded import EmbeddedServerError, stop  # noqa: PLC0415 (only now: see above)

        for pause_s in (0, 1):  # a server whose starter was killed may not be there yet
            time.sleep(pause_s)
            with contextlib.suppress(EmbeddedServerError):
                stop(data_folder)
    fcntl.flock(mine, fcntl.LOCK_UN)  # first this one: who comes next starts a new guardian


def opened(path: Path) -> int:
    """Open a file for locking; only its owner may. A number, as it is held until the process ends."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _into_the_background() -> None:
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)


ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    main(Path(sys.argv[1]))
