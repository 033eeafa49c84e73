"""The process of the queue `inference`, as it is started, on the database and the Redis of the tests."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.db import connection

from workflow_backend.supervisor.stack import CELERY, INFERENCE, QUIETLY


@contextlib.contextmanager
def inference_process(environment: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    server = settings.DATABASE_URL.rpartition("/")[0]
    process = subprocess.Popen(
        [sys.executable, "-m", *CELERY, "worker", "-n", f"inference-{os.getpid()}@tests", *INFERENCE, *QUIETLY],
        cwd=settings.BASE_DIR,
        env={
            **os.environ, "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
            "REDIS_URL": settings.REDIS_URL, "HEDDLE_DATA_DIR": str(settings.DATA_DIR), **(environment or {}),
        },
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
