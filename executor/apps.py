"""The executor app as Django sees it."""

from django.apps import AppConfig


class ExecutorConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "executor"

    def ready(self) -> None:
        from executor.verbs import failed_tasks  # noqa: F401, PLC0415 (it connects signals, and needs the models)
