"""Routes under /api/data-tables/."""

from django.urls import path

from core.asgi.large_bodies import takes_large_bodies
from orchestrator.tables import row_views, views

TABLE = "<uuid:table_id>/"

urlpatterns = [
    path("", views.TablesView.as_view()),
    path(TABLE, views.TableView.as_view()),
    path(f"{TABLE}rows/", row_views.RowsView.as_view()),
    path(f"{TABLE}rows/upsert/", row_views.UpsertView.as_view()),
    path(f"{TABLE}rows/bulk/", takes_large_bodies(row_views.BulkView.as_view())),
    path(f"{TABLE}rows/<uuid:row_id>/", row_views.RowView.as_view()),
    path(f"{TABLE}export/", row_views.ExportView.as_view()),
    path(f"{TABLE}import/", row_views.ImportView.as_view()),
]
