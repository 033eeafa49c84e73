"""The compiler app as Django sees it."""

from django.apps import AppConfig


class CompilerConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "compiler"
