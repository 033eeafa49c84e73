"""Routes under /api/credentials/."""

from django.urls import path

from credentials import oauth_views, views

urlpatterns = [
    path("", views.CredentialsView.as_view()),
    path("types/", views.CredentialTypesView.as_view()),
    path("types/<str:slug>/", views.CredentialTypeView.as_view()),
    path("audit/", views.CredentialAuditView.as_view()),
    path("oauth/start/", oauth_views.OAuthStartView.as_view()),
    path("oauth/callback/", oauth_views.OAuthCallbackView.as_view()),
    path("<uuid:credential_id>/", views.CredentialView.as_view()),
    path("<uuid:credential_id>/verify/", views.CredentialVerifyView.as_view()),
    path("<uuid:credential_id>/refresh/", views.CredentialRefreshView.as_view()),
    path("<uuid:credential_id>/usage/", views.CredentialUsageView.as_view()),
    path("<uuid:credential_id>/shares/", views.CredentialSharesView.as_view()),
    path("<uuid:credential_id>/shares/<uuid:user_id>/", views.CredentialShareView.as_view()),
]
