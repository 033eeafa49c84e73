"""The top floor: settings, urls, asgi, celery, the embedded servers and the supervisor."""

from workflow_backend.celery import app as celery_app

__all__ = ["celery_app"]
