"""Routes of people, keys and health, under /api/."""

from django.urls import path

from core.accounts import views
from core.health import report

urlpatterns = [
    path("auth/register/", views.RegisterView.as_view()),
    path("auth/login/", views.LoginView.as_view()),
    path("auth/link/", views.SignInLinkView.as_view()),
    path("auth/options/", views.SignInOptionsView.as_view()),
    path("auth/refresh/", views.RefreshView.as_view()),
    path("auth/logout/", views.LogoutView.as_view()),
    path("auth/google/init/", views.GoogleInitView.as_view()),
    path("auth/google/callback/", views.GoogleCallbackView.as_view()),
    path("auth/password/forgot/", views.PasswordForgotView.as_view()),
    path("auth/password/reset/", views.PasswordResetView.as_view()),
    path("users/me", views.MeView.as_view()),
    path("users/me/notifications", views.NotificationsView.as_view()),
    path("users/me/two-factor/", views.SecondFactorView.as_view()),
    path("users/me/two-factor/confirm/", views.SecondFactorConfirmView.as_view()),
    path("users/password", views.PasswordView.as_view()),
    path("users/", views.UsersView.as_view()),
    path("users/<uuid:user_id>", views.UserView.as_view()),
    path("users/<uuid:user_id>/password-link/", views.UserPasswordLinkView.as_view()),
    path("admin/blocked-ips/", views.BlockedIpsView.as_view()),
    path("admin/blocked-ips/<path:ip>/", views.BlockedIpView.as_view()),
    path("admin/prompt-patterns/", views.PromptPatternsView.as_view()),
    path("keys/", views.KeysView.as_view()),
    path("keys/<uuid:key_id>", views.KeyView.as_view()),
    path("keys/<uuid:key_id>/rotate", views.KeyRotateView.as_view()),
    path("health/", report.HealthView.as_view()),
    path("health/live/", report.LiveView.as_view()),
    path("health/ready/", report.ReadyView.as_view()),
]
