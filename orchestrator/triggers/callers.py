"""Who calls a trigger: checked before anything of the call is read, and counted where it was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils import timezone

from core.errors import NotAuthenticated
from core.web.public_limits import WrongSecrets
from credentials import access, vault
from credentials.access import Visitor
from nodes.pushing import PushType
from orchestrator.starting.call import Call
from orchestrator.triggers import pushes


class SignatureInvalid(NotAuthenticated):
    code = "signature_invalid"


NONE: frozenset[str] = frozenset()


def authenticate(*, call: Call, headers: Mapping[str, str], body: bytes, wrong: WrongSecrets) -> frozenset[str]:
    """Check what the trigger asks of a caller; a refused one costs no row.

    Returns the names of the headers that carry its secret: no run is told their values.

    Raises: NotAuthenticated, SignatureInvalid, RateLimited.
    """
    if call.registration_id is not None:
        _check_signature(call, call.registration_id, headers, body, wrong)
        return NONE
    if isinstance(call.type, PushType):  # its calls are signed with the secret of a registration, and there is none
        raise SignatureInvalid("This address is registered with no other service")
    if not call.type.secret_slot(call.params):
        return NONE
    wrong.check()
    try:
        secret = vault.look(owner_id=call.owner_id, credential_id=call.credential_id)
    except vault.CredentialMissing as exc:
        raise NotAuthenticated("The webhook's credential is not there") from exc
    if not call.type.accepts(call.params, headers, body, secret.fields):
        wrong.note()
        raise NotAuthenticated("The webhook refuses this caller")
    access.note_use(secret.id, Visitor(call.owner_id, workflow_id=call.workflow_id))
    return call.type.secret_headers(call.params, secret.fields)


def _check_signature(
    call: Call, registration_id: UUID, headers: Mapping[str, str], body: bytes, wrong: WrongSecrets
) -> None:
    wrong.check()
    secrets = pushes.secrets_of(registration_id, timezone.now())
    if not any(call.type.accepts(call.params, headers, body, {"secret": secret}) for secret in secrets):
        wrong.note()
        raise SignatureInvalid("The call is not signed with this trigger's secret")
