"""Routes under /api/inference/rag/."""

from django.urls import path

from inference.search import views

urlpatterns = [
    path("query/", views.RagQueryView.as_view()),
    path("search/", views.RagSearchView.as_view()),
]
