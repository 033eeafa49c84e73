"""Credentials in the administration site: whose they are and who used them, and nothing of what is in them."""

from __future__ import annotations

from django.contrib import admin

from core.administration.lists import MadeWithin, one_of
from core.administration.rows import Rows
from credentials.models import (
    Credential,
    CredentialAccess,
    CredentialPace,
    CredentialShare,
    CredentialUse,
    KeptSecret,
    Variable,
)

ACTIONS = ("create", "read", "use", "update", "delete", "verify", "refresh", "denied")


@admin.register(Credential)
class CredentialAdmin(Rows):
    list_display = ("name", "type", "owner_id", "verified", "verified_at", "last_used_at", "created_at")
    list_filter = ("verified",)
    date_hierarchy = "created_at"
    ids = ("pk", "owner_id")
    texts = ("name", "type")
    hidden = ("last_error",)  # what another service said
    see_also = (
        ("access log", "credentials_credentialaccess", "credential_id"),
        ("lent to", "credentials_credentialshare", "credential"),
        ("nodes that use it", "credentials_credentialuse", "credential"),
    )  # fmt: skip


@admin.register(Variable)
class VariableAdmin(Rows):
    list_display = ("name", "owner_id", "workflow_id", "created_at", "updated_at")
    date_hierarchy = "created_at"
    ids = ("pk", "owner_id", "workflow_id")
    texts = ("name",)


@admin.register(KeptSecret)
class KeptSecretAdmin(Rows):
    list_display = ("id", "owner_id", "created_at")
    ids = ("pk",)


@admin.register(CredentialAccess)
class CredentialAccessAdmin(Rows):
    list_display = (
        "at",
        "action",
        "credential_name",
        "owner_id",
        "user_id",
        "workflow_id",
        "execution_id",
        "ip",
        "times",
    )
    list_display_links = ("at",)
    list_filter = (MadeWithin, one_of("action", ACTIONS))
    ids = ("pk", "owner_id")
    is_large = True


@admin.register(CredentialShare)
class CredentialShareAdmin(Rows):
    list_display = ("id", "credential", "user_id", "created_at")
    list_select_related = ("credential",)
    ids = ("credential_id", "user_id")


@admin.register(CredentialUse)
class CredentialUseAdmin(Rows):
    list_display = ("id", "credential", "workflow_id", "node_id", "slot", "is_deployed")
    list_filter = ("is_deployed",)
    list_select_related = ("credential",)
    ids = ("credential_id", "workflow_id")


@admin.register(CredentialPace)
class CredentialPaceAdmin(Rows):
    list_display = ("credential",)
    list_select_related = ("credential",)
    ids = ("credential_id",)
