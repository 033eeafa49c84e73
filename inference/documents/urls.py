"""Routes under /api/inference/documents/."""

from django.urls import path

from inference.documents import views

urlpatterns = [
    path("", views.DocumentsView.as_view()),
    path("<uuid:document_id>/", views.DocumentView.as_view()),
    path("<uuid:document_id>/chunks/", views.DocumentChunksView.as_view()),
    path("<uuid:document_id>/read/", views.DocumentReadView.as_view()),
    path("<uuid:document_id>/download/", views.DocumentDownloadView.as_view()),
    path("<uuid:document_id>/share/", views.DocumentShareView.as_view()),
]
