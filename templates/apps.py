"""The templates app as Django sees it."""

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.module_loading import import_string


class TemplatesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "templates"

    def ready(self) -> None:
        followed = import_string("templates.following.saved")  # models are there only now
        post_save.connect(followed, sender="orchestrator.Workflow", dispatch_uid="templates.following")
