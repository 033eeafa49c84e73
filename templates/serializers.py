"""Wire forms of templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from core.models import User
from core.web.fields import LineField
from core.web.json_input import JsonInput
from core.web.shapes import any_json, maybe_text, moment, number, one_of, shape, text, texts, whole, yes_or_no
from orchestrator import shapes
from orchestrator.workflows.file_serializers import CredentialNeeded, Placeholder
from orchestrator.workflows.serializers import WorkflowOutput
from templates import selectors
from templates.models import CATEGORIES, OWN_AUTHOR, REASONS, STATUSES, TAG_LENGTH, Template, TemplateVersion
from templates.reviewing import ACTIONS

MOST_TAGS = 20
ORDERINGS = ("relevance", "rating", "trending", "newest")
MATCHED_BY = ("text", "meaning")
Author = shape(
    "TemplateAuthor", "`id` is null for what comes with this software.",
    id=serializers.UUIDField(allow_null=True), name=text(),
)  # fmt: skip
_SHOWN: dict[str, Any] = {
    "id": serializers.UUIDField(), "workflow_id": serializers.UUIDField(allow_null=True), "name": text(),
    "description": text(), "category": one_of(*CATEGORIES), "tags": texts(), "author": Author(),
    "status": one_of(*STATUSES), "success_rate": number(allow_null=True),
    "average_duration_ms": whole(allow_null=True), "usage_count": whole(), "fork_count": whole(),
    "rating": number(allow_null=True), "rating_count": whole(), "my_rating": whole(allow_null=True),
    "bookmarked": yes_or_no(), "comment_count": whole(), "node_kinds": texts(), "is_featured": yes_or_no(),
    "is_shown": yes_or_no(), "is_mine": yes_or_no(), "version": whole(), "created_at": moment(), "updated_at": moment(),
}  # fmt: skip
TemplateOutput = shape("Template", "A workflow that others may make theirs.", **_SHOWN)
Found = shape(
    "TemplateFound", "A template with how well it answers, from 0 to 1.",
    **_SHOWN, score=number(), matched_by=serializers.ListField(child=one_of(*MATCHED_BY)),
)  # fmt: skip
Similar = shape("TemplatesSimilar", results=Found(many=True))
FieldOutput = shape(
    "TemplateField", "What may be filled in when a template is cloned; `key` names it in `values`.",
    key=text(), node_id=text(), field=text(), label_=text(), reason=one_of("modifiable", "masked"), value=any_json(),
)  # fmt: skip
MaskedOutput = shape("TemplateMasked", "Something that was taken out.", node_id=maybe_text(), field=text(), kind=text())
FindingOutput = shape(
    "TemplateFinding", "Something that tells who somebody is.",
    node_id=maybe_text(), field=text(), kind=text(), masked=text(),
)  # fmt: skip
Held = shape(
    "TemplateHeld", "Why the newest state of the workflow is not shown.",
    code=text(), findings=FindingOutput(many=True, required=False),
)  # fmt: skip
_GRAPH: dict[str, Any] = {
    "nodes": shapes.WorkflowNode(many=True), "edges": shapes.WorkflowEdge(many=True), "viewport": shapes.Viewport(),
    "settings": shapes.WorkflowSettings(), "credentials_needed": CredentialNeeded(many=True),
    "fields": FieldOutput(many=True),
}  # fmt: skip
TemplateDetail = shape(
    "TemplateDetail", "A template with all of its graph. What is for its author alone is null for others.",
    **_SHOWN, **_GRAPH, readme=text(), is_cloneable=yes_or_no(), review_note=maybe_text(),
    masked=MaskedOutput(many=True, allow_null=True), held=Held(allow_null=True),
)  # fmt: skip
VersionOutput = shape("TemplateVersion", number=whole(), node_count=whole(), created_at=moment())
Versions = shape("TemplateVersions", results=VersionOutput(many=True))
VersionDetail = shape("TemplateVersionDetail", number=whole(), node_count=whole(), created_at=moment(), **_GRAPH)
Proposed = shape(
    "TemplateProposal", "What publishing would show.",
    name=text(), description=text(), findings=FindingOutput(many=True), **_GRAPH, masked=MaskedOutput(many=True),
)  # fmt: skip
Category = shape("TemplateCategory", category=text(), label_=text(), count=whole())
Categories = shape("TemplateCategories", results=Category(many=True))
ReviewOutput = shape(
    "TemplateReview", author=Author(), stars=whole(), review=text(), created_at=moment(), updated_at=moment()
)
RatingOutput = shape("TemplateRatingResult", rating=number(allow_null=True), rating_count=whole())
BookmarkOutput = shape("TemplateBookmarkResult", bookmarked=yes_or_no())
CommentOutput = shape(
    "TemplateComment", "`author` and `body` are empty where a comment with answers was taken away.",
    id=serializers.UUIDField(), author=Author(allow_null=True), body=text(),
    parent_id=serializers.UUIDField(allow_null=True), is_removed=yes_or_no(), is_mine=yes_or_no(), created_at=moment(),
)  # fmt: skip
ReportOutput = shape(
    "TemplateReport", id=serializers.UUIDField(), template_id=serializers.UUIDField(), template_name=text(),
    author=Author(allow_null=True), reason=one_of(*REASONS), text=text(), created_at=moment(),
    resolved_at=moment(allow_null=True), resolution=text(),
)  # fmt: skip
AuthorPage = shape(
    "TemplateAuthorPage", id=serializers.UUIDField(), name=text(), template_count=whole(), fork_count=whole(),
    rating=number(allow_null=True),
)  # fmt: skip


class ClonedOutput(WorkflowOutput):
    """The workflow, and what is to be filled in before it can run."""

    credentials_needed = CredentialNeeded(many=True)
    open_fields = FieldOutput(many=True)
    placeholders = Placeholder(many=True)

    class Meta(WorkflowOutput.Meta):
        fields = [*WorkflowOutput.Meta.fields, "credentials_needed", "open_fields", "placeholders"]


class TagsField(serializers.ListField):
    """Tags, each once. Filters separate them by commas, so they hold none."""

    child = LineField(max_length=TAG_LENGTH)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST_TAGS, **options)

    def to_internal_value(self, data: Any) -> list[str]:
        tags = list(dict.fromkeys(super().to_internal_value(data)))
        if any("," in tag for tag in tags):
            raise serializers.ValidationError("A tag holds no comma.")
        return tags


class TextsInput(serializers.Serializer[Any]):
    name = LineField(max_length=120, required=False)
    description = serializers.CharField(max_length=10_000, allow_blank=True, required=False)
    readme = serializers.CharField(max_length=50_000, allow_blank=True, required=False, help_text="Markdown")
    tags = TagsField(required=False)
    confirm_pii = serializers.BooleanField(default=False, help_text="What tells who somebody is may be shown")


class PublishInput(TextsInput):
    workflow_id = serializers.UUIDField()
    category = serializers.ChoiceField(choices=list(CATEGORIES))
    dry_run = serializers.BooleanField(default=False, help_text="Say what would be shown; publish nothing")


class TemplateInput(TextsInput):
    category = serializers.ChoiceField(choices=list(CATEGORIES), required=False)
    is_deprecated = serializers.BooleanField(required=False, help_text="The author advises against it, or no more")


class TemplateCloneInput(serializers.Serializer[Any]):
    name = LineField(max_length=120, required=False)
    values = serializers.DictField(
        child=JsonInput(allow_null=True), required=False, help_text="By the keys of `fields`"
    )
    credentials = serializers.DictField(
        child=serializers.UUIDField(), required=False, help_text="One's own, by `node_id.slot` of `credentials_needed`"
    )


class RatingInput(serializers.Serializer[Any]):
    stars = serializers.IntegerField(min_value=1, max_value=5)
    review = serializers.CharField(max_length=5_000, allow_blank=True, default="")


class CommentInput(serializers.Serializer[Any]):
    body = serializers.CharField(max_length=5_000)
    parent_id = serializers.UUIDField(required=False, allow_null=True)


class ReportInput(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=REASONS)
    text = serializers.CharField(max_length=5_000, allow_blank=True, default="")


class TemplateReviewInput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=ACTIONS)
    note = serializers.CharField(max_length=2_000, allow_blank=True, default="")


class ResolveInput(serializers.Serializer[Any]):
    resolution = serializers.CharField(max_length=2_000)


# -- values ------------------------------------------------------------------------------------------------------------
def person(user: User | None) -> dict[str, Any] | None:
    """Return an author as others see him: his name, and nothing else of him."""
    return None if user is None else {"id": str(user.pk), "name": user.name or "Anonymous"}


def shown(templates: Iterable[Template], actor: User) -> list[dict[str, Any]]:
    """Return templates that came with their figures as they are shown in lists."""
    rows = list(templates)
    names = selectors.authors_of(rows)
    runs = selectors.runs_of([row.pk for row in rows])
    return [_shown(row, names, runs.get(row.pk, (None, None)), actor) for row in rows]


def _shown(row: Any, names: Mapping[Any, str], runs: tuple[float | None, int | None], actor: User) -> dict[str, Any]:
    author = {"id": None, "name": OWN_AUTHOR}
    if row.workflow is not None:
        author = {"id": str(row.workflow.owner_id), "name": names.get(row.workflow.owner_id) or "Anonymous"}
    return {
        "id": str(row.pk), "workflow_id": None if row.workflow_id is None else str(row.workflow_id), "name": row.name,
        "description": row.description, "category": row.category, "tags": row.tags, "author": author,
        "status": row.status, "success_rate": runs[0], "average_duration_ms": runs[1], "usage_count": row.usage_count,
        "fork_count": row.fork_count, "rating": None if row.rating is None else round(row.rating, 2),
        "rating_count": row.rating_count, "my_rating": row.my_rating, "bookmarked": row.bookmarked,
        "comment_count": row.comment_count, "node_kinds": row.node_kinds, "is_featured": row.is_featured,
        "is_shown": selectors.is_shown(row), "is_mine": selectors.is_author(actor, row), "version": row.version,
        "created_at": row.created_at, "updated_at": row.updated_at,
    }  # fmt: skip


def graph(version: TemplateVersion) -> dict[str, Any]:
    return {
        "nodes": version.nodes, "edges": version.edges, "viewport": version.viewport, "settings": version.settings,
        "credentials_needed": version.credentials_needed, "fields": version.fields,
    }  # fmt: skip


def detail(template: Template, version: TemplateVersion, actor: User) -> dict[str, Any]:
    """Return a template that came with its figures, with all of its graph."""
    tells = selectors.is_author(actor, template) or actor.is_staff
    return {
        **shown([template], actor)[0], **graph(version), "readme": template.readme,
        "is_cloneable": template.workflow is None or template.workflow.is_cloneable,
        "review_note": template.review_note if tells else None, "masked": version.masked if tells else None,
        "held": template.held if tells else None,
    }  # fmt: skip
