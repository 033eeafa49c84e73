"""What the supervisor starts its children by: a module as `python -m` would, that ends when the supervisor is gone.

The supervisor holds the writing end of a pipe, each child the reading end. However the supervisor ends, the kernel
closes its end and the child reads the end of the file. (Linux's parent-death signal follows the thread that started a
child, not the process, and other systems have none.)

    python -m workflow_backend.supervisor.child LIFELINE MODULE [ARGUMENT …]
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

from workflow_backend.supervisor.output import to_nowhere

GRACE_S = 20


def hang_on(lifeline: int) -> None:
    """End this process, in order and then at once, when the other end of the pipe is closed."""
    threading.Thread(target=_wait, args=(lifeline,), name="lifeline", daemon=True).start()


def _wait(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    to_nowhere()  # who read our output is gone; a write would fail in the midst of a shutdown
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    hang_on(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
