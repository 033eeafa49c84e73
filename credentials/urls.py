"""Routes under /api/credentials/."""

from django.urls import path

from credentials import views

urlpatterns = [
    path("", views.CredentialsView.as_view()),
    path("types/", views.CredentialTypesView.as_view()),
    path("types/<str:slug>/", views.CredentialTypeView.as_view()),
    path("<uuid:credential_id>/", views.CredentialView.as_view()),
    path("<uuid:credential_id>/usage/", views.CredentialUsageView.as_view()),
]
