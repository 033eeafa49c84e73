"""The core app as Django sees it."""

from django.apps import AppConfig

from core.values.charsets import tame_codecs


class CoreConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "core"

    def ready(self) -> None:
        tame_codecs()
