"""What people think of templates, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.permissions import IsStaff
from core.models import User
from core.web.views import ActorView
from templates import opinions, reviewing, selectors
from templates import serializers as forms
from templates.models import TemplateComment, TemplateRating, TemplateReport

GONE = {204: OpenApiResponse(description="Taken back")}


class TemplateRatingView(ActorView):
    @extend_schema(summary="Rate a template", request=forms.RatingInput, responses=forms.RatingOutput)
    def put(self, request: Request, template_id: UUID) -> Response:
        """Give stars and say why; each person once."""
        selectors.seen(self.actor, template_id)
        found: Any = opinions.rate(actor=self.actor, template_id=template_id, **self.body(forms.RatingInput))
        return Response({"rating": round(found.rating, 2), "rating_count": found.rating_count})

    @extend_schema(summary="Take a rating back", responses=GONE)
    def delete(self, request: Request, template_id: UUID) -> Response:
        opinions.unrate(actor=self.actor, template_id=template_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TemplateReviewsView(ActorView):
    queryset = TemplateRating.objects.none()
    serializer_class = forms.ReviewOutput
    ordering_fields = {"created_at": "created_at", "stars": "stars"}

    @extend_schema(summary="List what people say of a template", responses=forms.ReviewOutput(many=True))
    def get(self, request: Request, template_id: UUID) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(opinions.reviews_of(self.actor, template_id))) or []
        return self.get_paginated_response(
            [
                {
                    "author": forms.person(row.user), "stars": row.stars, "review": row.review,
                    "created_at": row.created_at, "updated_at": row.updated_at,
                }
                for row in rows
            ]
        )  # fmt: skip


class TemplateBookmarkView(ActorView):
    @extend_schema(summary="Bookmark a template", request=None, responses=forms.BookmarkOutput)
    def put(self, request: Request, template_id: UUID) -> Response:
        opinions.bookmark(actor=self.actor, template_id=template_id)
        return Response({"bookmarked": True})

    @extend_schema(summary="Take a bookmark away", responses=GONE)
    def delete(self, request: Request, template_id: UUID) -> Response:
        opinions.unbookmark(actor=self.actor, template_id=template_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _comment(row: TemplateComment, actor: User) -> dict[str, Any]:
    return {
        "id": str(row.pk), "author": forms.person(row.user), "body": row.body,
        "parent_id": None if row.parent_id is None else str(row.parent_id), "is_removed": row.is_removed,
        "is_mine": row.user == actor, "created_at": row.created_at,
    }  # fmt: skip


class TemplateCommentsView(ActorView):
    queryset = TemplateComment.objects.none()
    serializer_class = forms.CommentOutput
    ordering_fields = {"created_at": "created_at"}
    default_ordering = "created_at"

    @extend_schema(summary="List the comments on a template", responses=forms.CommentOutput(many=True))
    def get(self, request: Request, template_id: UUID) -> Response:
        """Return comments, oldest first; `parent_id` names what one answers."""
        rows = self.paginate_queryset(self.filter_queryset(opinions.comments_of(self.actor, template_id))) or []
        return self.get_paginated_response([_comment(row, self.actor) for row in rows])

    @extend_schema(summary="Comment on a template", request=forms.CommentInput, responses={201: forms.CommentOutput})
    def post(self, request: Request, template_id: UUID) -> Response:
        selectors.seen(self.actor, template_id)
        given = self.body(forms.CommentInput)
        made = opinions.comment(
            actor=self.actor, template_id=template_id, body=given["body"], parent_id=given.get("parent_id")
        )
        return Response(_comment(made, self.actor), status=status.HTTP_201_CREATED)


class TemplateCommentView(ActorView):
    @extend_schema(summary="Take a comment away", responses=GONE)
    def delete(self, request: Request, template_id: UUID, comment_id: UUID) -> Response:
        opinions.uncomment(actor=self.actor, template_id=template_id, comment_id=comment_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


# -- staff -------------------------------------------------------------------------------------------------------------
def _report(row: TemplateReport) -> dict[str, Any]:
    return {
        "id": str(row.pk), "template_id": str(row.template_id), "template_name": row.template.name,
        "author": forms.person(row.user), "reason": row.reason, "text": row.text, "created_at": row.created_at,
        "resolved_at": row.resolved_at, "resolution": row.resolution,
    }  # fmt: skip


class TemplateReportView(ActorView):
    @extend_schema(summary="Report a template", request=forms.ReportInput, responses={201: forms.ReportOutput})
    def post(self, request: Request, template_id: UUID) -> Response:
        """Tell staff that something is wrong with a template."""
        selectors.seen(self.actor, template_id)
        found = opinions.report(actor=self.actor, template_id=template_id, **self.body(forms.ReportInput))
        return Response(_report(found), status=status.HTTP_201_CREATED)


class ReportFilters(filters.FilterSet):
    open = filters.BooleanFilter(field_name="resolved_at", lookup_expr="isnull", label="Not resolved yet")

    class Meta:
        model = TemplateReport
        fields = ["reason"]


class StaffView(ActorView):
    permission_classes = [IsStaff]


class TemplateReportsView(StaffView):
    queryset = TemplateReport.objects.none()
    serializer_class = forms.ReportOutput
    filterset_class = ReportFilters
    ordering_fields = {"created_at": "created_at"}

    @extend_schema(summary="List reports", responses=forms.ReportOutput(many=True))
    def get(self, request: Request) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(opinions.reports())) or []
        return self.get_paginated_response([_report(row) for row in rows])


class TemplateReportResolveView(StaffView):
    @extend_schema(summary="Resolve a report", request=forms.ResolveInput, responses=forms.ReportOutput)
    def post(self, request: Request, report_id: UUID) -> Response:
        opinions.reported(report_id)
        given = self.body(forms.ResolveInput)
        return Response(_report(opinions.resolve(report_id=report_id, now=timezone.now(), **given)))


class TemplateReviewView(StaffView):
    @extend_schema(summary="Review a template", request=forms.TemplateReviewInput, responses=forms.TemplateOutput)
    def post(self, request: Request, template_id: UUID) -> Response:
        """Verify, promote, send back, deprecate, hide or feature a template, or take that back."""
        selectors.seen(self.actor, template_id)
        given = self.body(forms.TemplateReviewInput)
        found = reviewing.review(actor=self.actor, template_id=template_id, now=timezone.now(), **given)
        return Response(forms.shown([found], self.actor)[0])
