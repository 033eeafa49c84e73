"""Routes under /api/streaming/."""

from django.urls import path

from streaming import views

urlpatterns = [
    path("tickets/", views.TicketsView.as_view()),
    path("executions/<uuid:execution_id>/stream/", views.StreamView.as_view()),
    path("executions/<uuid:execution_id>/events/", views.EventsView.as_view()),
]
