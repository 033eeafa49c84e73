"""The Celery application: queues and pool come from the settings, so `celery -A workflow_backend worker` is enough."""

import os
import sys

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")
app = Celery("heddle")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["core", "executor", "inference", "orchestrator", *(["bench"] if os.environ.get("HEDDLE_BENCH") else [])]
)


@worker_init.connect
def refuse_wrong_keys(**_signal: object) -> None:
    """End a worker at its start where its keys do not open what is stored."""
    from django.db import connection  # noqa: PLC0415 (this module is imported before Django is set up)

    from credentials.key_check import KeysDoNotFit, check_keys  # noqa: PLC0415 (this module is imported before Django is set up)

    try:
        check_keys()
    except KeysDoNotFit as exc:
        sys.exit(f"heddle: {exc}")
    finally:
        connection.close()


@beat_init.connect
def forget_gone_schedules(**_signal: object) -> None:
    """Let beat ring for what this release knows, whatever its table holds of others."""
    from workflow_backend.beat import forget_gone  # noqa: PLC0415 (this module is imported before Django is set up)

    forget_gone()
