"""The datastore app as Django sees it."""

from django.apps import AppConfig


class DatastoreConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "core.datastore"
    label = "datastore"
