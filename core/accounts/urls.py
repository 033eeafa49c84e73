"""Routes of people, keys and health, under /api/."""

from django.urls import path

from core.accounts.views import google, keys, own, sign_in, staff
from core.health import report

urlpatterns = [
    path("auth/register/", sign_in.RegisterView.as_view()),
    path("auth/login/", sign_in.LoginView.as_view()),
    path("auth/link/", sign_in.SignInLinkView.as_view()),
    path("auth/options/", sign_in.SignInOptionsView.as_view()),
    path("auth/refresh/", sign_in.RefreshView.as_view()),
    path("auth/logout/", sign_in.LogoutView.as_view()),
    path("auth/google/init/", google.GoogleInitView.as_view()),
    path("auth/google/callback/", google.GoogleCallbackView.as_view()),
    path("auth/password/forgot/", sign_in.PasswordForgotView.as_view()),
    path("auth/password/reset/", sign_in.PasswordResetView.as_view()),
    path("users/me", own.MeView.as_view()),
    path("users/me/notifications", own.NotificationsView.as_view()),
    path("users/me/two-factor/", own.SecondFactorView.as_view()),
    path("users/me/two-factor/confirm/", own.SecondFactorConfirmView.as_view()),
    path("users/password", own.PasswordView.as_view()),
    path("users/", staff.UsersView.as_view()),
    path("users/<uuid:user_id>", staff.UserView.as_view()),
    path("users/<uuid:user_id>/password-link/", staff.UserPasswordLinkView.as_view()),
    path("admin/blocked-ips/", staff.BlockedIpsView.as_view()),
    path("admin/blocked-ips/<path:ip>/", staff.BlockedIpView.as_view()),
    path("admin/prompt-patterns/", staff.PromptPatternsView.as_view()),
    path("keys/", keys.KeysView.as_view()),
    path("keys/<uuid:key_id>", keys.KeyView.as_view()),
    path("keys/<uuid:key_id>/rotate", keys.KeyRotateView.as_view()),
    path("health/", report.HealthView.as_view()),
    path("health/live/", report.LiveView.as_view()),
    path("health/ready/", report.ReadyView.as_view()),
]
