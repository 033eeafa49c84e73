"""Routes under /api/nodes/."""

from django.urls import path

from nodes import custom_views, views

urlpatterns = [
    path("", views.NodesView.as_view()),
    path("categories/", views.CategoriesView.as_view()),
    path("custom/", custom_views.CustomNodesView.as_view()),
    path("custom/<uuid:custom_node_id>", custom_views.CustomNodeView.as_view()),
    path("custom/<uuid:custom_node_id>/submit/", custom_views.CustomNodeSubmitView.as_view()),
    path("custom/<uuid:custom_node_id>/review/", custom_views.CustomNodeReviewView.as_view()),
    path("<str:kind>/schema/", views.NodeSchemaView.as_view()),
]
