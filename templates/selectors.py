"""Reads of templates: which somebody sees, and the figures that are shown with them.

Counts are counted, from the rows they are of.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import (
    Avg,
    Count,
    Exists,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from core.access import reach
from core.clock import utc_now
from core.errors import Forbidden, Missing
from core.models import User
from orchestrator.models import Workflow
from templates.models import (
    DRAFT,
    Template,
    TemplateBookmark,
    TemplateClone,
    TemplateComment,
    TemplateRating,
    TemplateVersion,
)

LATELY = timedelta(days=14)  # what counts for "trending"
IN_SERVICE = (Workflow.Status.DRAFT, Workflow.Status.ACTIVE)
SHOWN = (
    Q(is_hidden=False)
    & ~Q(status=DRAFT)
    & (Q(workflow=None) | Q(workflow__is_deleted=False, workflow__status__in=IN_SERVICE))
)


class TemplateMissing(Missing):
    """No such template, or one that is not shown to him."""


def of_actor(actor: User) -> Q:
    """Return the condition that a template is of somebody's own workflow."""
    return reach.of_account(actor.pk, "workflow__owner_id") & Q(workflow__is_deleted=False)


def visible_to(actor: User) -> QuerySet[Template]:
    """Return the templates somebody may look at: those shown, his own, and all for staff."""
    return Template.objects.all() if actor.is_staff else Template.objects.filter(SHOWN | of_actor(actor))


def gallery(actor: User, now: datetime) -> QuerySet[Template]:
    """Return what the gallery shows, with its figures."""
    return with_figures(Template.objects.filter(SHOWN), actor, now)


def _counted(model: Any, **only: Any) -> Any:
    rows = model.objects.filter(template_id=OuterRef("pk"), **only).order_by().values("template_id")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), Value(0))


def with_figures(rows: QuerySet[Template], actor: User, now: datetime) -> QuerySet[Template]:
    """Return templates with ratings, counts, and what somebody did with each."""
    ratings = TemplateRating.objects.filter(template_id=OuterRef("pk"))
    average = ratings.order_by().values("template_id").annotate(n=Avg("stars")).values("n")
    cloned = TemplateClone.objects.filter(template_id=OuterRef("pk"))
    living = Workflow.objects.filter(pk=OuterRef("workflow_id"), is_deleted=False)
    used = cloned.filter(Exists(living)).order_by().values("template_id").annotate(n=Count("pk")).values("n")
    since = now - LATELY
    return rows.select_related("workflow").annotate(
        rating=Subquery(average, output_field=FloatField()),
        rating_count=_counted(TemplateRating),
        fork_count=_counted(TemplateClone),
        usage_count=Coalesce(Subquery(used, output_field=IntegerField()), Value(0)),
        comment_count=_counted(TemplateComment, is_removed=False),
        my_rating=Subquery(reach.owned(ratings, actor, column="user_id").values("stars")[:1]),
        bookmarked=Exists(
            reach.owned(TemplateBookmark.objects.filter(template_id=OuterRef("pk")), actor, column="user_id")
        ),
        trend=(
            _counted(TemplateClone, created_at__gte=since) * 3
            + _counted(TemplateBookmark, created_at__gte=since) * 2
            + _counted(TemplateRating, created_at__gte=since)
        ),
        # A few high marks say less than many: each template begins with three of 3 stars.
        weighted=(Coalesce(F("rating"), Value(3.0)) * F("rating_count") + Value(9.0))
        / (F("rating_count") + Value(3.0)),
    )  # fmt: skip


def find(actor: User, template_id: UUID, *, now: datetime | None = None) -> Template:
    """Return a template that somebody sees, with its figures. Raises: TemplateMissing."""
    template = with_figures(visible_to(actor), actor, now or utc_now()).filter(pk=template_id).first()
    if template is None:
        raise TemplateMissing("There is no such template")
    return template


def seen(actor: User, template_id: UUID) -> Template:
    """Return a template that somebody sees. Raises: TemplateMissing."""
    template = visible_to(actor).select_related("workflow").filter(pk=template_id).first()
    if template is None:
        raise TemplateMissing("There is no such template")
    return template


def of_author(actor: User, template_id: UUID) -> Template:
    """Return a template of somebody's own, locked; call it in a transaction. Raises: TemplateMissing, Forbidden."""
    template = seen(actor, template_id)
    if template.workflow is None or not reach.is_of_account(actor.pk, template.workflow):
        raise Forbidden("Only its author changes a template")
    Template.objects.select_for_update().get(pk=template.pk)
    return template


def is_author(actor: User, template: Template) -> bool:
    return template.workflow is not None and reach.is_of_account(actor.pk, template.workflow)


def is_shown(template: Template) -> bool:
    """Tell whether the gallery shows a template to everybody."""
    workflow = template.workflow
    in_service = workflow is None or (not workflow.is_deleted and workflow.status in IN_SERVICE)
    return in_service and not template.is_hidden and template.status != DRAFT


def version_of(template: Template, number: int | None = None) -> TemplateVersion:
    """Return what a template shows, or showed. Raises: Missing."""
    found = template.versions.filter(number=template.version if number is None else number).first()
    if found is None:
        raise Missing("There is no such version")
    return found


def authors_of(templates: Iterable[Template]) -> dict[UUID, str]:
    """Return the names of those whose templates these are; nothing else of them is shown."""
    ids = {template.workflow.owner_id for template in templates if template.workflow is not None}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


FIGURES = """
SELECT t.id, count(*) FILTER (WHERE s.status IN ('completed', 'failed', 'timeout')),
    count(*) FILTER (WHERE s.status = 'completed'),
    round(avg(x.duration_ms) FILTER (WHERE s.status = 'completed'))::bigint
FROM unnest(%(ids)s::uuid[]) AS t (id)
JOIN LATERAL (
    SELECT c.workflow_id FROM templates_templateclone c WHERE c.template_id = t.id
    UNION SELECT w.workflow_id FROM templates_template w WHERE w.id = t.id AND w.workflow_id IS NOT NULL
) of ON true
JOIN executor_execution x ON x.workflow_id = of.workflow_id
JOIN executor_runstate s ON s.execution_id = x.id
WHERE x.parent_execution_id IS NULL GROUP BY t.id
"""


def runs_of(template_ids: list[UUID]) -> dict[UUID, tuple[float | None, int | None]]:
    """Return (share of ended runs that completed, their average milliseconds) by template.

    Counted are the runs of its workflow and of what was made of it; those that were stopped say nothing.
    """
    if not template_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, {"ids": template_ids})
        rows = cursor.fetchall()
    return {row[0]: (round(row[2] / row[1], 4) if row[1] else None, row[3]) for row in rows}


def tags_used() -> list[tuple[str, int]]:
    """Return the tags of shown templates with how many have each, the most used first."""
    tag = Func(F("tags"), function="unnest")
    rows = Template.objects.filter(SHOWN).annotate(tag=tag).values("tag").annotate(n=Count("pk"))
    return [(row["tag"], row["n"]) for row in rows.order_by("-n", "tag")[:100]]


def check_author(actor: User, template_id: UUID) -> None:
    """Refuse who may not change a template. Raises: TemplateMissing, Forbidden."""
    if not is_author(actor, seen(actor, template_id)):
        raise Forbidden("Only its author changes a template")
