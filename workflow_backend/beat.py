"""What beat's table holds of our schedules: those of the settings, and none that an earlier release had."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q
from django_celery_beat.models import PeriodicTask

OURS = ("core", "credentials", "executor", "orchestrator")


def forget_gone() -> None:
    """Remove our schedules that the settings do not name any more; those of an operator's own tasks stay.

    beat writes what the settings name into its table, and leaves there what they named once.
    """
    ours = Q(task="celery.backend_cleanup")  # there are no results to clean up
    for app in OURS:
        ours |= Q(task__startswith=f"{app}.")
    PeriodicTask.objects.filter(ours).exclude(name__in=settings.CELERY_BEAT_SCHEDULE).delete()
