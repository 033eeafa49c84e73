"""What a child held as it died: put back at once, as nobody but the supervisor knows so soon that it is dead."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connection

from executor.process.quarantine import cause_of
from executor.queue import recovery

logger = logging.getLogger(__name__)


def put_back(mark: str, pid: int, code: int) -> threading.Thread:
    """Put back what a dead child held, beside the supervisor's own work; what fails here the sweeper makes good."""
    thread = threading.Thread(target=_put_back, args=(mark, pid, code), name="lost child", daemon=True)
    thread.start()
    return thread


def _put_back(mark: str, pid: int, code: int) -> None:
    try:
        recovery.process_died(process=mark, pid=pid, cause=cause_of(code))
    except DatabaseError as exc:
        logger.warning("what process %d held is put back when its lease is over: %s", pid, type(exc).__name__)
    finally:
        connection.close()
