"""Files of workflows over HTTP: in and out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.errors import Invalid
from core.json import WHOLE_DEPTH
from core.web.fields import LineField
from core.web.json_input import JsonInput
from core.web.shapes import shape, text
from core.web.views import ActorView
from orchestrator import selectors, shapes
from orchestrator.workflows import importing
from orchestrator.workflows import serializers as forms
from orchestrator.workflows.compile_views import VERSION
from orchestrator.workflows.file_serializers import CredentialNeeded, Placeholder, readable
from orchestrator.workflows.file_texts import write_json, write_yaml

Untranslated = shape("UntranslatedExpression", node_id=text(), field=text(), text=text())


@extend_schema_field({"oneOf": [{"type": "object", "additionalProperties": {}}, {"type": "string"}]})
class DocumentInput(JsonInput):
    """A file, as an object or as its text."""


class ImportInput(serializers.Serializer[Any]):
    document = DocumentInput(depth=WHOLE_DEPTH)
    source = serializers.ChoiceField(choices=importing.SOURCES, default="auto")  # type: ignore[assignment]  # named as a method of DRF's
    name = LineField(max_length=120, required=False, allow_null=True)
    dry_run = serializers.BooleanField(default=False)


class ImportReport(serializers.Serializer[Any]):
    """What was understood of a file; a placeholder keeps all that its node had."""

    source = serializers.ChoiceField(choices=["heddle", "n8n"])  # type: ignore[assignment]  # named as a method of DRF's
    nodes_total = serializers.IntegerField()
    nodes_mapped = serializers.IntegerField()
    placeholders = Placeholder(many=True)
    expressions_total = serializers.IntegerField()
    expressions_untranslated = Untranslated(many=True)
    credentials_needed = CredentialNeeded(many=True)
    warnings = serializers.ListField(child=serializers.CharField())


class ImportedOutput(serializers.Serializer[Any]):
    """Of a dry run the workflow is not kept: its id names nothing."""

    workflow = forms.WorkflowOutput()
    report = ImportReport()


PortableFile = shape(
    "PortableFile", "A workflow as a file: no secret in it, and no id of a credential.",
    heddle=serializers.IntegerField(), name=text(), description=text(), nodes=shapes.WorkflowNode(many=True),
    edges=shapes.WorkflowEdge(many=True), viewport=shapes.Viewport(), settings=shapes.WorkflowSettings(),
    tags=serializers.ListField(child=serializers.CharField()), credentials_needed=CredentialNeeded(many=True),
)  # fmt: skip


class ImportView(ActorView):
    limit_scope = "workflows"
    max_body_bytes = max_json_bytes = 3 * settings.JSON_BODY_MAX_BYTES  # as a text, a file is written with escapes

    @extend_schema(request=ImportInput, responses={201: ImportedOutput, 200: ImportedOutput})
    def post(self, request: Request) -> Response:
        """Make a workflow of a file; it is never deployed."""
        given = self.body(ImportInput)
        made = importing.parsed(given["document"], given["source"], self.actor.pk)
        importing.looked_through(made, self.actor.pk)
        fields = readable(made, given.get("name"))
        workflow = importing.store(
            actor=self.actor, made=made, fields=fields, name=given.get("name"), dry_run=given["dry_run"]
        )
        body = {"workflow": forms.WorkflowOutput(workflow).data, "report": made.report()}
        response = Response(body, status=status.HTTP_200_OK if given["dry_run"] else status.HTTP_201_CREATED)
        if not given["dry_run"]:
            response["Location"] = f"/api/orchestrator/workflows/{workflow.pk}/"
        return response


class ExportView(ActorView):
    @extend_schema(
        parameters=[OpenApiParameter("format", str, enum=["json", "yaml"]), VERSION],
        responses={(200, "application/json"): PortableFile, (200, "application/yaml"): OpenApiTypes.STR},
    )
    def get(self, request: Request, workflow_id: UUID) -> HttpResponse:
        """Return a workflow as a file that `import/` reads."""
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        wanted = request.query_params.get("format") or "json"
        if wanted not in ("json", "yaml"):
            raise Invalid("One of: json, yaml.", field="format", reason="invalid_choice")
        file = importing.export(workflow, request.query_params.get("version"))
        written = write_json(file) if wanted == "json" else write_yaml(file)
        response = HttpResponse(written, content_type=f"application/{wanted}")
        response["Content-Disposition"] = f'attachment; filename="{workflow.slug}.heddle.{wanted}"'
        return response
