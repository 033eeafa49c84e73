"""Templates: what is shown of a workflow, its versions, and what people think of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from core.database.packing import JsonField, NodesField
from core.ids import new_id
from core.models import User
from orchestrator.models import Workflow

DRAFT, PENDING, VERIFIED, PRODUCTION, DEPRECATED = "draft", "pending_test", "verified", "production", "deprecated"
STATUSES = (DRAFT, PENDING, VERIFIED, PRODUCTION, DEPRECATED)
CATEGORIES = {
    "ai": "AI and language", "communication": "Communication", "data": "Data and tables",
    "developer": "Developer tools", "documents": "Documents", "finance": "Finance", "it_operations": "IT operations",
    "marketing": "Marketing", "monitoring": "Monitoring", "people": "People and approvals", "sales": "Sales",
    "support": "Support", "other": "Other",
}  # fmt: skip
REASONS = ("secret", "malicious", "copyright", "spam", "broken", "other")
TAG_LENGTH = 40
OWN_AUTHOR = "Heddle"  # of templates that come with this software


class Template(models.Model):
    """A workflow in the gallery: it follows `workflow`, or comes from a file of ours under `library_key`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.OneToOneField(Workflow, null=True, on_delete=models.CASCADE, related_name="template")
    library_key = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001 (unique, where there is one)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    readme = models.TextField(blank=True, default="")
    name_follows = models.BooleanField(default=False)
    description_follows = models.BooleanField(default=False)
    category = models.CharField(max_length=40, choices=list(CATEGORIES.items()))
    tags = ArrayField(models.CharField(max_length=TAG_LENGTH), default=list)
    node_kinds = ArrayField(models.CharField(max_length=100), default=list)
    status = models.CharField(max_length=16, default=PENDING, choices=[(one, one) for one in STATUSES])
    review_note = models.TextField(blank=True, default="")
    is_featured = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)  # by staff
    version = models.IntegerField(default=0)
    source_revision = models.IntegerField(null=True)  # of the workflow, when it was followed last
    confirmed = ArrayField(models.CharField(max_length=64), default=list)  # hashes of findings that the author let pass
    held = JsonField(null=True)  # why the newest state of the workflow is not shown: {"code", …}
    embedding = models.BinaryField(null=True)  # 32-bit floats of length 1
    embedding_of = models.CharField(max_length=200, blank=True, default="")  # the model, and a hash of the text
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=STATUSES), name="template_status"),
            models.CheckConstraint(
                condition=models.Q(workflow__isnull=False) ^ models.Q(library_key__isnull=False), name="template_source"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="template_newest"),
            models.Index(fields=["category"], name="template_category"),
            GinIndex(fields=["tags"], name="template_tags"),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """What a template was at one time; nothing in it is secret."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    nodes = NodesField(default=list)
    edges = JsonField(default=list)
    viewport = JsonField(default=dict)
    settings = JsonField(default=dict)
    credentials_needed = JsonField(default=list)  # [{"node_id", "slot", "type", "name"}]
    fields = JsonField(default=list)  # what may be filled in: [{"key", "node_id", "field", "label", "reason", "value"}]
    masked = JsonField(default=list)  # [{"node_id", "field", "kind"}]
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="template_version_once")]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.number}"


class TemplateClone(models.Model):
    """A workflow that was made of a template."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="clones")
    workflow_id = models.UUIDField(unique=True)
    number = models.IntegerField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["template", "created_at"], name="template_clone")]

    def __str__(self) -> str:
        return f"{self.workflow_id} of {self.template_id}"


class TemplateRating(models.Model):
    """What one person thinks of a template."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="ratings")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    stars = models.IntegerField()
    review = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "user"], name="template_rating_once"),
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="template_rating_stars"),
        ]

    def __str__(self) -> str:
        return f"{self.stars} for {self.template_id}"


class TemplateBookmark(models.Model):
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="bookmarks")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "user"], name="template_bookmark_once")]

    def __str__(self) -> str:
        return f"{self.user_id} keeps {self.template_id}"


class TemplateComment(models.Model):
    """A comment, or an answer to one; what was taken away leaves an empty place while it has answers."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="comments")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    parent_id = models.UUIDField(null=True)  # another one of the same template
    body = models.TextField()
    is_removed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["template", "created_at"], name="template_comment")]

    def __str__(self) -> str:
        return self.body[:80]


class TemplateReport(models.Model):
    """Somebody tells staff that a template is not as it should be."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="reports")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=20, choices=[(one, one) for one in REASONS])
    text = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "user"], name="template_report_open", condition=models.Q(resolved_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.template_id}"
