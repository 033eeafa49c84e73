"""What people think of templates: ratings, bookmarks, comments, reports."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.access import reach
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.models import User
from templates import selectors
from templates.domain.documents import scrubbed_fields
from templates.known import known_of
from templates.models import Template, TemplateBookmark, TemplateComment, TemplateRating, TemplateReport

MOST_COMMENTS = 2_000  # of one template


class AlreadyReported(Conflict):
    """Somebody told staff of this template, and they have not answered yet."""

    code = "already_reported"


def _shown(text: str, actor: User) -> str:
    """Return what somebody wrote for all to read without his secrets, and what looks like one."""
    return str(scrubbed_fields({"text": text}, known_of(actor.pk)).value["text"]) if text else ""


def rate(*, actor: User, template_id: UUID, stars: int, review: str) -> Template:
    """Rate a template, or change one's mind. Raises: TemplateMissing."""
    template = selectors.seen(actor, template_id)
    TemplateRating.objects.update_or_create(
        template=template, user=actor, defaults={"stars": stars, "review": _shown(review, actor)}
    )
    return selectors.find(actor, template_id)


def unrate(*, actor: User, template_id: UUID) -> None:
    """Take a rating back, where there is one. Raises: TemplateMissing."""
    template = selectors.seen(actor, template_id)
    reach.owned(TemplateRating.objects.filter(template=template), actor, column="user_id").delete()


def reviews_of(actor: User, template_id: UUID) -> QuerySet[TemplateRating]:
    """Return what people said of a template. Raises: TemplateMissing."""
    return TemplateRating.objects.filter(template=selectors.seen(actor, template_id)).select_related("user")


def bookmark(*, actor: User, template_id: UUID) -> Template:
    """Keep a template among one's bookmarks. Raises: TemplateMissing."""
    TemplateBookmark.objects.get_or_create(template=selectors.seen(actor, template_id), user=actor)
    return selectors.find(actor, template_id)


def unbookmark(*, actor: User, template_id: UUID) -> None:
    template = selectors.seen(actor, template_id)
    reach.owned(TemplateBookmark.objects.filter(template=template), actor, column="user_id").delete()


def comments_of(actor: User, template_id: UUID) -> QuerySet[TemplateComment]:
    """Return the comments on a template, oldest first. Raises: TemplateMissing."""
    return TemplateComment.objects.filter(template=selectors.seen(actor, template_id)).select_related("user")


@transaction.atomic
def comment(*, actor: User, template_id: UUID, body: str, parent_id: UUID | None) -> TemplateComment:
    """Say something to a template, or answer. Raises: TemplateMissing, Invalid, Conflict."""
    template = Template.objects.select_for_update().get(pk=selectors.seen(actor, template_id).pk)
    there = template.comments.all()
    if parent_id is not None and not there.filter(pk=parent_id, is_removed=False).exists():
        raise Invalid("There is no such comment.", field="parent_id", reason="does_not_exist")
    if there.count() >= MOST_COMMENTS:
        raise Conflict(f"A template may have {MOST_COMMENTS} comments")
    return TemplateComment.objects.create(template=template, user=actor, body=_shown(body, actor), parent_id=parent_id)


@transaction.atomic
def uncomment(*, actor: User, template_id: UUID, comment_id: UUID) -> None:
    """Take a comment away: its author and staff may. Raises: TemplateMissing, Missing, Forbidden."""
    template = Template.objects.select_for_update().get(pk=selectors.seen(actor, template_id).pk)
    found = template.comments.filter(pk=comment_id, is_removed=False).first()
    if found is None:
        raise Missing("There is no such comment")
    if not actor.is_staff and found.user != actor:
        raise Forbidden("Only its author and staff take a comment away")
    if template.comments.filter(parent_id=found.pk).exists():
        found.body, found.is_removed, found.user = "", True, None
        found.save(update_fields=["body", "is_removed", "user"])
        return
    found.delete()
    _drop_empty(template, found.parent_id)


def _drop_empty(template: Template, comment_id: UUID | None) -> None:
    """Remove a comment that was taken away and has no answer any more, and those above it."""
    while comment_id is not None:
        above = template.comments.filter(pk=comment_id, is_removed=True).first()
        if above is None or template.comments.filter(parent_id=comment_id).exists():
            return
        comment_id = above.parent_id
        above.delete()


def report(*, actor: User, template_id: UUID, reason: str, text: str) -> TemplateReport:
    """Tell staff that something is wrong with a template. Raises: TemplateMissing, AlreadyReported."""
    template = selectors.seen(actor, template_id)
    found, is_new = TemplateReport.objects.get_or_create(
        template=template, user=actor, resolved_at=None, defaults={"reason": reason, "text": text}
    )
    if not is_new:
        raise AlreadyReported("You have told staff of this template already")
    return found


def reports() -> QuerySet[TemplateReport]:
    """Return what staff were told."""
    return TemplateReport.objects.select_related("template", "user")


def reported(report_id: UUID) -> TemplateReport:
    """Return a report. Raises: Missing."""
    found = reports().filter(pk=report_id).first()
    if found is None:
        raise Missing("There is no such report")
    return found


def resolve(*, report_id: UUID, resolution: str, now: datetime) -> TemplateReport:
    """Note what became of a report. Raises: Missing."""
    found = reported(report_id)
    found.resolved_at, found.resolution = now, resolution
    found.save(update_fields=["resolved_at", "resolution"])
    return found
