"""The executor app as Django sees it."""

from django.apps import AppConfig


class ExecutorConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "executor"
