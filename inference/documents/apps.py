"""The documents app as Django sees it."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "inference.documents"
    label = "documents"
