"""The top floor as Django sees it: wiring and the supervisor's commands."""

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class WorkflowBackendConfig(AppConfig):
    name = "workflow_backend"


class AdministrationConfig(SimpleAdminConfig):
    """Django's administration site with our log-in; what is registered is read with the addresses."""

    default_site = "core.administration.site.Site"
