"""What beat asks for."""

from __future__ import annotations

from celery import shared_task

from credentials import oauth


@shared_task(name="credentials.refresh_tokens")
def refresh_tokens(**_newer: object) -> None:
    """Renew the tokens that end soon."""
    oauth.refresh_due()
