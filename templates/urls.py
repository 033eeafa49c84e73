"""Routes under /api/orchestrator/templates/."""

from django.urls import path

from core.asgi.large_bodies import reads_documents, takes_large_bodies
from templates import opinion_views as opinions
from templates import views

TEMPLATE = "<uuid:template_id>/"

urlpatterns = [
    path("", views.TemplatesView.as_view()),
    path("search/", views.TemplateSearchView.as_view()),
    path("categories/", views.TemplateCategoriesView.as_view()),
    path("publish/", takes_large_bodies(reads_documents(views.TemplatePublishView.as_view()))),
    path("reports/", opinions.TemplateReportsView.as_view()),
    path("reports/<uuid:report_id>/resolve/", opinions.TemplateReportResolveView.as_view()),
    path("authors/<uuid:author_id>/", views.TemplateAuthorView.as_view()),
    path(TEMPLATE, reads_documents(views.TemplateView.as_view())),
    path(f"{TEMPLATE}similar/", views.TemplateSimilarView.as_view()),
    path(f"{TEMPLATE}versions/", views.TemplateVersionsView.as_view()),
    path(f"{TEMPLATE}versions/<int:number>/", reads_documents(views.TemplateVersionView.as_view())),
    path(f"{TEMPLATE}clone/", takes_large_bodies(reads_documents(views.TemplateCloneView.as_view()))),
    path(f"{TEMPLATE}rating/", opinions.TemplateRatingView.as_view()),
    path(f"{TEMPLATE}reviews/", opinions.TemplateReviewsView.as_view()),
    path(f"{TEMPLATE}bookmark/", opinions.TemplateBookmarkView.as_view()),
    path(f"{TEMPLATE}comments/", opinions.TemplateCommentsView.as_view()),
    path(f"{TEMPLATE}comments/<uuid:comment_id>/", opinions.TemplateCommentView.as_view()),
    path(f"{TEMPLATE}report/", opinions.TemplateReportView.as_view()),
    path(f"{TEMPLATE}review/", opinions.TemplateReviewView.as_view()),
]
