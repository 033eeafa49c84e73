"""What staff do: verify, send back, hide, feature.

draft ◀──────── send back ─────────┐
  │ the author publishes again     │
  ▼                                │
pending_test ──verify──▶ verified ──promote──▶ production
  ▲                        │ the workflow changes │
  └────────────────────────┴──────────────────────┘          any ──deprecate──▶ deprecated ──restore──▶ pending_test
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.errors import Conflict
from core.models import AuditEntry, User
from templates import selectors
from templates.models import DEPRECATED, DRAFT, PENDING, PRODUCTION, VERIFIED, Template

MOVES = {  # action: (from, to)
    "verify": ({DRAFT, PENDING}, VERIFIED),
    "promote": ({VERIFIED}, PRODUCTION),
    "send_back": ({PENDING, VERIFIED, PRODUCTION}, DRAFT),
    "deprecate": ({DRAFT, PENDING, VERIFIED, PRODUCTION}, DEPRECATED),
    "restore": ({DEPRECATED}, PENDING),
}
MARKS = {"hide": ("is_hidden", True), "show": ("is_hidden", False), "feature": ("is_featured", True),
         "unfeature": ("is_featured", False)}  # fmt: skip
ACTIONS = (*MOVES, *MARKS)


class IllegalReview(Conflict):
    """From its state a template cannot go there."""

    code = "illegal_transition"


@transaction.atomic
def review(*, actor: User, template_id: UUID, action: str, note: str, now: datetime) -> Template:
    """Do what staff decided. Raises: TemplateMissing, IllegalReview."""
    template = Template.objects.select_for_update().get(pk=selectors.seen(actor, template_id).pk)
    if action in MOVES:
        sources, to = MOVES[action]
        if template.status not in sources:
            raise IllegalReview(f"A template that is {template.status} cannot be: {action}", allowed=sorted(sources))
        template.status, template.review_note = to, note
    else:
        field, value = MARKS[action]
        setattr(template, field, value)
        template.review_note = note or template.review_note
    template.save(update_fields=["status", "review_note", "is_hidden", "is_featured"])
    AuditEntry.objects.create(
        at=now, user_id=actor.pk, owner_id=template.workflow.owner_id if template.workflow else actor.pk,
        action=f"template.{action}", object_type="template", object_id=str(template.pk), changes={"note": note[:500]},
    )  # fmt: skip
    return selectors.find(actor, template_id)
