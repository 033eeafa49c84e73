"""Mails: rows of the outbox, sent by whichever worker claims them, outside of any transaction.

A mail server that is away for a day delays them; a recipient it will never take ends that mail alone.
"""

from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from uuid import UUID

from django.core.mail import EmailMessage

from core.outbox import queue
from core.outbox.kinds import GiveUp, Kind, Outcome, Row, in_thread
from core.values.lines import one_line, plain_lines

KIND = "mail"
MOST_SUBJECT = 200
PAUSES_S = (10.0, 60.0, 300.0, 900.0, *[3600.0] * 22)  # a mail server may be away for a day
LIMIT_S = 45


def send(*, to: str, subject: str, text: str, message_id: UUID) -> None:
    """Send a mail now. Whoever may have to send it again passes the same id, so that it can be known as the same.

    Raises: GiveUp where the server will never take it, SMTPException, OSError.
    """
    headers = {"Message-ID": f"<{message_id}@heddle>"}
    mail = EmailMessage(one_line(subject, MOST_SUBJECT), plain_lines(text), None, [one_line(to, 254)], headers=headers)
    try:
        mail.send()
    except SMTPRecipientsRefused as exc:
        if all(code >= 500 for code, _ in exc.recipients.values()):
            raise GiveUp(f"the recipient was refused: {exc.recipients}") from exc
        raise
    except (SMTPDataError, SMTPSenderRefused) as exc:
        if exc.smtp_code >= 500:
            raise GiveUp(f"the mail was refused: {exc.smtp_code} {exc.smtp_error!r}") from exc
        raise


def post(*, owner_id: UUID, to: str, subject: str, text: str) -> None:
    """Send a mail with the commit of this transaction."""
    queue.add(KIND, owner_id=owner_id, payload={"to": to, "subject": subject, "text": text})


def _send(row: Row) -> Outcome:
    send(to=row.payload["to"], subject=row.payload["subject"], text=row.payload["text"], message_id=row.id)
    return None


def mail_kind(name: str, work: Callable[[Row], Outcome]) -> Kind:
    """Return a kind of row that ends in a mail."""
    return Kind(name, "mails", in_thread(work), pauses_s=PAUSES_S, limit_s=LIMIT_S)


KINDS = (mail_kind(KIND, _send),)
