"""Templates over HTTP: the gallery, one template, publishing, cloning."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import reach
from core.errors import Forbidden, Invalid, Missing
from core.models import User
from core.web.filters import IdFilter, ManyOf
from core.web.pagination import Pages
from core.web.views import ActorView
from orchestrator.workflows.file_serializers import readable
from orchestrator.workflows.serializers import WorkflowOutput
from templates import cloning, following, publishing, searching, selectors
from templates import serializers as forms
from templates.models import CATEGORIES, STATUSES, Template

ORDERS = {"rating": ("-weighted",), "trending": ("-trend",), "newest": (), "relevance": ("-is_featured", "-trend")}
ORDERING = OpenApiParameter("ordering", str, enum=list(forms.ORDERINGS), description="Default: newest")
MOST_SIMILAR = 6


class TemplatePages(Pages):
    page_size = 12
    max_page_size = 50


class TemplateFilters(filters.FilterSet):
    category = ManyOf(choices=list(CATEGORIES.items()))
    status = ManyOf(choices=[(one, one) for one in STATUSES])
    tag = filters.CharFilter(method="with_any_tag")
    min_rating = filters.NumberFilter(field_name="rating", lookup_expr="gte", min_value=0, max_value=5)
    author_id = IdFilter(field_name="workflow__owner_id")
    node_kind = filters.CharFilter(method="with_kind", label="A kind of node that it has")
    bookmarked = filters.BooleanFilter(field_name="bookmarked")
    is_featured = filters.BooleanFilter()
    mine = filters.BooleanFilter(method="ignored", label="One's own, those that are not shown too")
    hidden = filters.BooleanFilter(method="ignored", label="For staff: what the gallery does not show")

    class Meta:
        model = Template
        fields = ["category", "status", "is_featured"]

    def with_any_tag(self, rows: QuerySet[Template], name: str, value: str) -> QuerySet[Template]:
        return rows.filter(tags__overlap=[tag for part in value.split(",") if (tag := part.strip())])

    def with_kind(self, rows: QuerySet[Template], name: str, value: str) -> QuerySet[Template]:
        return rows.filter(node_kinds__contains=[value])

    def ignored(self, rows: QuerySet[Template], name: str, value: bool) -> QuerySet[Template]:
        return rows  # the view chose the rows by it


class GalleryView(ActorView):
    """What the lists of templates share: which rows there are, filters, pages of 12."""

    serializer_class = forms.TemplateOutput
    filterset_class = TemplateFilters
    pagination_class = TemplatePages
    queryset = Template.objects.none()

    def rows(self) -> QuerySet[Template]:
        """Return the rows that the filters ask for. Raises: Forbidden, Invalid."""
        asked, now = self.request.query_params, timezone.now()
        found = selectors.gallery(self.actor, now)
        if asked.get("hidden") == "true":
            if not self.actor.is_staff:
                raise Forbidden("Only staff see what the gallery does not show")
            found = selectors.with_figures(Template.objects.exclude(selectors.SHOWN), self.actor, now)
        elif asked.get("mine") == "true":
            found = selectors.with_figures(Template.objects.filter(selectors.of_actor(self.actor)), self.actor, now)
        return self.filter_queryset(found)

    def ordered(self, rows: QuerySet[Template], default: str) -> QuerySet[Template]:
        wanted = str(self.request.query_params.get("ordering") or default).removeprefix("-")
        if wanted not in ORDERS:
            raise Invalid(f"One of: {', '.join(ORDERS)}.", field="ordering", reason="invalid_choice")
        return rows.order_by(*ORDERS[wanted], "-created_at", "-pk")


class TemplatesView(GalleryView):
    @extend_schema(summary="List the gallery", parameters=[ORDERING], responses=forms.TemplateOutput(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.ordered(self.rows(), "newest")) or []
        return self.get_paginated_response(forms.shown(page, self.actor))


class TemplateSearchView(GalleryView):
    other_parameters = ("q",)
    serializer_class = forms.Found

    @extend_schema(
        summary="Search the gallery",
        parameters=[
            OpenApiParameter("q", str, description="What it is to do, in any words"),
            OpenApiParameter("ordering", str, enum=list(forms.ORDERINGS), description="Default: relevance"),
        ],
        responses=forms.Found(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return templates by how well they answer; without `q` it is the list."""
        query, rows = request.query_params.get("q", "").strip()[:500], self.rows()
        wanted = request.query_params.get("ordering") or "relevance"
        if not query:
            page = self.paginate_queryset(self.ordered(rows, wanted)) or []
            found = [{**one, "score": 0.0, "matched_by": []} for one in forms.shown(page, self.actor)]
            return self.get_paginated_response(found)
        matches = searching.search(rows, query)
        by_id = {match.template_id: match for match in matches}
        if wanted == "relevance":
            wanted_page = self.paginate_queryset(matches) or []
            known = rows.in_bulk([match.template_id for match in wanted_page])
            page = [known[match.template_id] for match in wanted_page if match.template_id in known]
        else:
            page = self.paginate_queryset(self.ordered(rows.filter(pk__in=by_id), wanted)) or []
        return self.get_paginated_response(_with_scores(forms.shown(page, self.actor), by_id))


def _with_scores(shown: list[dict[str, Any]], by_id: dict[UUID, searching.Match]) -> list[dict[str, Any]]:
    matches = [by_id[UUID(one["id"])] for one in shown]
    return [
        {**one, "score": match.score, "matched_by": list(match.matched_by)}
        for one, match in zip(shown, matches, strict=True)
    ]


class TemplateCategoriesView(ActorView):
    serializer_class = forms.Categories

    @extend_schema(summary="List the categories", responses=forms.Categories)
    def get(self, request: Request) -> Response:
        """Return all categories, with how many templates the gallery shows in each."""
        rows = Template.objects.filter(selectors.SHOWN).values_list("category").annotate(n=Count("pk"))
        counts = dict(rows.order_by())
        found = [{"category": key, "label": label, "count": counts.get(key, 0)} for key, label in CATEGORIES.items()]
        return Response({"results": found})


class TemplateView(ActorView):
    serializer_class = forms.TemplateDetail

    @extend_schema(summary="Look at a template", responses=forms.TemplateDetail)
    def get(self, request: Request, template_id: UUID) -> Response:
        """Return a template with its graph, as its workflow is now."""
        template = selectors.find(self.actor, template_id)
        if following.is_behind(template):
            following.follow(template.pk, now=timezone.now())
            template = selectors.find(self.actor, template_id)
        return Response(forms.detail(template, selectors.version_of(template), self.actor))

    @extend_schema(summary="Change a template", request=forms.TemplateInput, responses=forms.TemplateOutput)
    def patch(self, request: Request, template_id: UUID) -> Response:
        """Change what a template says of itself; its graph follows its workflow."""
        selectors.check_author(self.actor, template_id)
        fields = self.body(forms.TemplateInput, partial=True)
        confirm = fields.pop("confirm_pii", False)
        template = publishing.change(
            actor=self.actor, template_id=template_id, fields=fields, confirm_pii=confirm, now=timezone.now()
        )
        return Response(forms.shown([template], self.actor)[0])

    @extend_schema(summary="Take a template out", responses={204: OpenApiResponse(description="Out of the gallery")})
    def delete(self, request: Request, template_id: UUID) -> Response:
        """Take a template out of the gallery; what was made of it stays."""
        publishing.withdraw(actor=self.actor, template_id=template_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class TemplatePublishView(ActorView):
    limit_scope = "workflows"

    @extend_schema(
        summary="Publish a workflow",
        request=forms.PublishInput,
        responses={201: forms.TemplateOutput, 200: forms.Proposed},
    )
    def post(self, request: Request) -> Response:
        """Put a workflow into the gallery, without what is secret; with `dry_run`, say what would be shown."""
        given = self.body(forms.PublishInput)
        texts = {key: given[key] for key in publishing.TEXTS if key in given}
        if given["dry_run"]:
            found = publishing.proposed(actor=self.actor, workflow_id=given["workflow_id"], texts=texts)
            return Response(
                {
                    **found.content.graph, "credentials_needed": found.content.credentials_needed,
                    "fields": found.content.fields, "masked": found.masked, "name": found.texts["name"],
                    "description": found.texts["description"], "findings": publishing.told(found.findings),
                }
            )  # fmt: skip
        template = publishing.publish(
            actor=self.actor, workflow_id=given["workflow_id"], category=given["category"], texts=texts,
            confirm_pii=given["confirm_pii"], now=timezone.now(),
        )  # fmt: skip
        body = forms.shown([template], self.actor)[0]
        headers = {"Location": f"/api/orchestrator/templates/{template.pk}/"}
        return Response(body, status=status.HTTP_201_CREATED, headers=headers)


class TemplateCloneView(ActorView):
    limit_scope = "workflows"

    @extend_schema(summary="Clone a template", request=forms.TemplateCloneInput, responses={201: forms.ClonedOutput})
    def post(self, request: Request, template_id: UUID) -> Response:
        """Make a workflow of a template; it says what is to be filled in before it can run."""
        selectors.seen(self.actor, template_id)
        given = self.body(forms.TemplateCloneInput)
        now, name = timezone.now(), given.get("name")
        found = cloning.prepared(
            actor=self.actor, template_id=template_id, values=given.get("values", {}),
            credentials=given.get("credentials", {}), now=now,
        )  # fmt: skip
        fields = readable(found.made, name or found.template.name)
        made = cloning.clone(actor=self.actor, prepared=found, fields=fields, name=name, now=now)
        body = {
            **WorkflowOutput(made.workflow).data, "credentials_needed": made.credentials_needed,
            "open_fields": made.open_fields, "placeholders": made.placeholders,
        }  # fmt: skip
        headers = {
            "Location": f"/api/orchestrator/workflows/{made.workflow.pk}/",
            "ETag": f'"{made.workflow.revision}"',
        }
        return Response(body, status=status.HTTP_201_CREATED, headers=headers)


class TemplateSimilarView(ActorView):
    serializer_class = forms.Similar

    @extend_schema(summary="List similar templates", responses=forms.Similar)
    def get(self, request: Request, template_id: UUID) -> Response:
        """Return the templates most like one, the likest first."""
        template = selectors.seen(self.actor, template_id)
        rows = selectors.gallery(self.actor, timezone.now())
        matches = searching.similar(rows, template, MOST_SIMILAR)
        by_id = {match.template_id: match for match in matches}
        known = rows.in_bulk(list(by_id))
        found = forms.shown([known[match.template_id] for match in matches], self.actor)
        return Response({"results": _with_scores(found, by_id)})


class TemplateVersionsView(ActorView):
    serializer_class = forms.Versions

    @extend_schema(
        operation_id="orchestrator_templates_versions_list",
        summary="List a template's versions",
        responses=forms.Versions,
    )
    def get(self, request: Request, template_id: UUID) -> Response:
        """Return what the template showed, the newest first."""
        versions = selectors.seen(self.actor, template_id).versions.order_by("-number")
        return Response({"results": [_version(version) for version in versions]})


class TemplateVersionView(ActorView):
    serializer_class = forms.VersionDetail

    @extend_schema(summary="Look at a version of a template", responses=forms.VersionDetail)
    def get(self, request: Request, template_id: UUID, number: int) -> Response:
        version = selectors.version_of(selectors.seen(self.actor, template_id), number)
        return Response({**_version(version), **forms.graph(version)})


def _version(version: Any) -> dict[str, Any]:
    return {"number": version.number, "node_count": len(version.nodes), "created_at": version.created_at}


class TemplateAuthorView(ActorView):
    serializer_class = forms.AuthorPage

    @extend_schema(summary="Look at an author", responses=forms.AuthorPage)
    def get(self, request: Request, author_id: UUID) -> Response:
        """Return who published something that the gallery shows; `?author_id=` of the list has what it is."""
        rows = selectors.gallery(self.actor, timezone.now()).filter(reach.of_account(author_id, "workflow__owner_id"))
        found: list[Any] = list(rows[:1000])
        author = User.objects.filter(pk=author_id).first() if found else None
        if author is None:
            raise Missing("There is no such author")
        rated = [one.rating for one in found if one.rating is not None]
        return Response(
            {
                "id": str(author.pk), "name": author.name or "Anonymous", "template_count": len(found),
                "fork_count": sum(one.fork_count for one in found),
                "rating": round(sum(rated) / len(rated), 2) if rated else None,
            }
        )  # fmt: skip
