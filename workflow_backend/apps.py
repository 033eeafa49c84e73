"""The top floor as Django sees it: wiring and the supervisor's commands."""

from django.apps import AppConfig


class WorkflowBackendConfig(AppConfig):
    name = "workflow_backend"
