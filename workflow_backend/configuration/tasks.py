"""Celery: queues, the worker's pool, and what beat starts at intervals."""

from kombu import Queue

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [Queue("workflows"), Queue("nodes"), Queue("default"), Queue("ticks")]
CELERY_TASK_ROUTES = {"executor.run_executions": {"queue": "workflows"}}
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 4
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 2
_TICKS: dict[str, tuple[str, float, int]] = {  # name: (task, every … seconds, in vain after … seconds)
    "sweep": ("executor.sweep", 2.0, 10),
    "stuck": ("executor.wake_the_stuck", 60.0, 60),
    "beat-heartbeat": ("core.beat_heartbeat", 5.0, 20),
    "outdated-documents": ("inference.outdated_documents", 60.0, 60),
    "clean-up-runs": ("orchestrator.clean_up", 600.0, 600),
    "clean-up": ("core.clean_up", 3600.0, 3600),
}
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": every_s, "options": {"queue": "ticks", "expires": expires_s}}
    for name, (task, every_s, expires_s) in _TICKS.items()
}
CELERY_TIMEZONE = "UTC"
