"""Routes under /api/nodes/."""

from django.urls import path

from nodes import views

urlpatterns = [
    path("", views.NodesView.as_view()),
    path("categories/", views.CategoriesView.as_view()),
    path("<str:kind>/schema/", views.NodeSchemaView.as_view()),
]
