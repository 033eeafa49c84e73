"""Compiling, validating and previewing over HTTP."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compiler.definition import Definition
from core.access.roles import Role
from core.errors import Missing
from core.web.views import ActorView
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.compiling.previewing import preview, preview_all
from orchestrator.compiling.sub_workflows import tables_for
from orchestrator.models import Workflow
from orchestrator.workflows import serializers as forms

VERSION = OpenApiParameter("version", str, description="`current`, `deployed` or a number")


def compiled(definition: Definition, owner_id: UUID, workflow: Workflow | None = None) -> dict[str, Any]:
    """Compile a definition and return its wire form. Raises: CompilationFailed."""
    begin = time.perf_counter()
    with admission.one_turn(owner_id, wait_s=admission.PREVIEW_WAIT_S):
        result, cached = admission.compiled(owner_id, definition, tables_for(owner_id, definition, workflow))
    return {
        "valid": True,
        "definition_hash": definition.hash,
        "catalogue_version": selectors.catalogue_of(owner_id, definition).version,
        "order": list(result.plan.root.order),
        "node_count": len(result.graph.all_nodes),
        "edge_count": len(result.graph.edges) + len(result.graph.helper_edges),
        "regions": result.plan.root.count(),
        "triggers": list(result.graph.triggers),
        "compile_ms": round((time.perf_counter() - begin) * 1000),
        "cached": cached,
        "diagnostics": [finding.as_dict() for finding in result.diagnostics],
    }


def validated(definition: Definition, owner_id: UUID, workflow: Workflow | None = None) -> dict[str, Any]:
    with admission.one_turn(owner_id, wait_s=admission.PREVIEW_WAIT_S):
        findings = admission.validated(owner_id, definition, tables_for(owner_id, definition, workflow))
    return {
        "valid": not any(finding.severity == "error" for finding in findings),
        "diagnostics": [finding.as_dict() for finding in findings],
    }


FOR_WORKFLOW = OpenApiParameter("workflow_id", UUID, description="A workflow that the graph is meant for")


class CompileView(ActorView):
    key_scope = "read"
    limit_scope = "compile"

    @extend_schema(request=forms.GraphInput, responses=forms.CompiledOutput)
    def post(self, request: Request) -> Response:
        with admission.one_turn(self.actor.pk, wait_s=admission.PREVIEW_WAIT_S):
            return Response(compiled(admission.read_posted(self.actor.pk, request.data), self.actor.pk))


class ValidateView(ActorView):
    key_scope = "read"
    limit_scope = "compile"

    @extend_schema(request=forms.GraphInput, responses=forms.ValidatedOutput, parameters=[FOR_WORKFLOW])
    def post(self, request: Request) -> Response:
        """Say what is wrong with a graph; with `workflow_id`, as one that is kept there, on its owner's account."""
        wanted = request.query_params.get("workflow_id")
        workflow = self._workflow(wanted) if wanted else None
        account = workflow.owner_id if workflow is not None else self.actor.pk
        with admission.one_turn(self.actor.pk, wait_s=admission.PREVIEW_WAIT_S):
            definition = admission.read_posted(self.actor.pk, request.data)
        return Response(validated(definition, account, workflow))

    def _workflow(self, text: str) -> Workflow:
        try:
            return selectors.workflow_for(self.actor, UUID(text), needs=Role.VIEWER)
        except ValueError as exc:
            raise Missing("There is no such workflow") from exc


class StoredView(ActorView):
    """A view of a stored definition: the working copy, or the version that the query names."""

    def stored(self, workflow_id: UUID) -> tuple[Definition, Workflow]:
        """Return it with its workflow. Raises: Missing."""
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        definition, _ = selectors.definition_for(workflow, self.request.query_params.get("version"))
        return definition, workflow


class StoredCompileView(StoredView):
    key_scope = "read"
    limit_scope = "compile"

    @extend_schema(request=None, responses=forms.CompiledOutput, parameters=[VERSION])
    def post(self, request: Request, workflow_id: UUID) -> Response:
        definition, workflow = self.stored(workflow_id)
        return Response(compiled(definition, workflow.owner_id, workflow))


class StoredValidateView(StoredView):
    key_scope = "read"
    limit_scope = "compile"

    @extend_schema(request=None, responses=forms.ValidatedOutput, parameters=[VERSION])
    def post(self, request: Request, workflow_id: UUID) -> Response:
        definition, workflow = self.stored(workflow_id)
        return Response(validated(definition, workflow.owner_id, workflow))


class GraphView(StoredView):
    @extend_schema(responses=forms.GraphOutput, parameters=[VERSION])
    def get(self, request: Request, workflow_id: UUID) -> Response:
        definition, workflow = self.stored(workflow_id)
        with admission.one_turn(workflow.owner_id, wait_s=admission.PREVIEW_WAIT_S):
            return Response(admission.drawn(workflow.owner_id, definition))


class PreviewView(ActorView):
    key_scope = "read"

    @extend_schema(
        request=forms.PreviewInput,
        responses=PolymorphicProxySerializer(
            "PreviewAnswer", [forms.PreviewOutput, forms.PreviewsOutput], resource_type_field_name=None
        ),
    )
    def post(self, request: Request) -> Response:
        """Evaluate one text, or several of a form at once; nothing is stored."""
        given = self.body(forms.PreviewInput)
        asked: dict[str, Any] = {"actor": self.actor, "context": given["context"], "now": timezone.now()}
        if "texts" in given:
            return Response({"results": preview_all(texts=given["texts"], **asked)})
        return Response(preview(text=given["text"], **asked))
