"""Mails of invitations: how many an address gets, whoever asks, and what others may write into them."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings

from core.clock import database_now
from core.errors import Forbidden
from core.mail import mailing
from core.models import Collaborator, User
from core.outbox import queue
from core.outbox.kinds import Kind, Later, Outcome, Row, in_thread
from core.values.lines import unlinked
from orchestrator.models import Workflow

KIND = "invitation_mail"
MOST_A_DAY = 5  # to one address, from anybody
REST = timedelta(days=1)


class AddressUnverified(Forbidden):
    """Mails in somebody's name are sent only where mails reach him."""

    code = "address_unverified"


def check_sender(actor: User) -> None:
    """Refuse to mail others in the name of who has not shown that mails to his address reach him, where mail is sent.

    Raises: AddressUnverified.
    """
    if settings.EMAIL_HOST and actor.email_verified_at is None and not actor.is_staff:
        raise AddressUnverified(
            "Show first that mails to your address reach you: ask for a new password by mail, or sign in with Google"
        )


def invite(*, actor: User, workflow: Workflow, row: Collaborator, link: str) -> bool:
    """Mail an invitation; False where its address has had its share for the day. Who works with others has none.

    A row keeps its key for a day after its mail: that is the count.
    """
    who, name = unlinked(actor.name) or actor.email, unlinked(workflow.name)
    mail = {
        "to": row.email, "subject": f"{who} shares {name} with you",
        "text": f"{who} ({actor.email}) would like to share the workflow {name} with you as its {row.role}.\n\n"
        f"Accept or decline here: {link}\n\n"
        "If you have no account yet, make one with this address first. If you do not expect this, ignore it.",
    }  # fmt: skip
    if _works_with_others(row.email):
        mailing.post(owner_id=actor.pk, **mail)
        return True
    digest = hashlib.sha256(row.email.encode()).hexdigest()[:40]
    keys = [f"{KIND}:{digest}:{slot}" for slot in range(MOST_A_DAY)]
    return any(queue.add(KIND, owner_id=actor.pk, payload=mail, key=key, only_if_new=True) for key in keys)


def _works_with_others(email: str) -> bool:
    user = User.objects.of_address(email).filter(is_active=True, email_verified_at__isnull=False).first()
    accepted = Collaborator.objects.filter(user_id=user.pk, accepted_at__isnull=False) if user is not None else None
    return accepted is not None and accepted.exclude(role="").exists()


def _send(row: Row) -> Outcome:
    if row.payload.get("rests"):
        return None
    mailing.send(to=row.payload["to"], subject=row.payload["subject"], text=row.payload["text"], message_id=row.id)
    return Later(database_now() + REST, {"rests": True})


MAIL = Kind(KIND, "mails", in_thread(_send), pauses_s=mailing.PAUSES_S, limit_s=mailing.LIMIT_S)
