"""The Celery application: queues and pool come from the settings, so `celery -A workflow_backend worker` is enough."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")
app = Celery("heddle")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["core", "credentials", "executor", "orchestrator", *(["bench"] if os.environ.get("HEDDLE_BENCH") else [])]
)
