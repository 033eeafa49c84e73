"""Routes under /api/variables/."""

from django.urls import path

from orchestrator.variables import views

urlpatterns = [
    path("", views.VariablesView.as_view()),
    path("<uuid:variable_id>/", views.VariableView.as_view()),
]
