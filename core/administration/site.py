"""The administration site: who gets in, and which models are there."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import PasswordChangeView
from django.db import models
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from core.accounts.two_factor import SecondFactorNeeded
from core.administration import login
from core.administration.rows import ByDigest, ByKey, PlainRows, Rows
from core.asgi.open_requests import knows
from core.errors import RateLimited
from core.models import User
from core.web import abuse
from core.web.abuse import IpBlocked
from core.web.problems import status_and_title


class Site(AdminSite):
    """Django's administration site, with the log-in of our API."""

    site_header = site_title = "Heddle"
    index_title = "Administration"
    site_url = "/app/"
    login_form = login.LoginForm
    login_template = "core/admin_login.html"

    def get_urls(self) -> list[Any]:
        """Return its addresses. What is registered is read here, so that only processes with addresses load it."""
        for name in settings.ADMIN_MODULES:
            import_module(name)
        for model in apps.get_models():
            if not self.is_registered(model):
                self.register(model, _plain(model))
        return super().get_urls()

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register models, those with a key of several columns too: their pages find a row by all of it."""
        asked: Any = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        for model in asked:
            self._register(model, admin_class or ModelAdmin, options)

    def _register(self, model: type[models.Model], admin_class: Any, options: dict[str, Any]) -> None:
        if isinstance(model._meta.pk, models.CompositePrimaryKey):
            self._registry[model] = admin_class(model, self)
        else:
            super().register(model, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether somebody may use the site: staff, with the second factor they have or must have."""
        user = request.user
        if not isinstance(user, User) or not (user.is_active and user.is_staff):
            return False
        knows(getattr(request, "scope", None), user.pk)
        return login.passed_second_factor(request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().login(request, extra_context)
        if request.method != "POST":
            return response
        form: Any = (getattr(response, "context_data", None) or {}).get("form")
        problem = getattr(form, "problem", None)
        if isinstance(problem, (IpBlocked, RateLimited, SecondFactorNeeded)):
            response.status_code = status_and_title(problem)[0]
            if problem.retry_in_s is not None:
                response["Retry-After"] = str(problem.retry_in_s)
        elif form is None and isinstance(request.user, User):
            request.session[login.SESSION_MARK] = login.mark_of(request.user)
        return response

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=partial(login.PasswordForm, ip=abuse.client_ip(request)),
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)


def _plain(model: type[models.Model]) -> type[Rows]:
    """Return the class of a model that has none: one that was forgotten is there all the same, and shows little."""
    by = {models.CompositePrimaryKey: ByKey, models.BinaryField: ByDigest}
    found = next((base for kind, base in by.items() if isinstance(model._meta.pk, kind)), None)
    return PlainRows if found is None else type("PlainRowsByKey", (PlainRows, found), {})
