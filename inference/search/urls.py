"""Routes under /api/inference/rag/."""

from django.urls import path

from inference.search import views

urlpatterns = [
    path("search/", views.RagSearchView.as_view()),
]
