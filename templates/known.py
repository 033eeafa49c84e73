"""What an account must not show: the clear values of its credentials and secret variables, and what it calls them."""

from __future__ import annotations

import re
from uuid import UUID

from core.models import User
from credentials import selectors, variables, vault
from credentials.vault import CredentialMissing
from templates.domain.texts import Known

MOST_CREDENTIALS = 5_000
TELLING = re.compile(r"[\d\W_]")  # a name of one plain word is a word


def known_of(owner_id: UUID) -> Known:
    """Return what the owner of a workflow keeps; the values are in memory for as long as the result is."""
    known = Known()
    for credential in selectors.usable_by(owner_id)[:MOST_CREDENTIALS]:
        if len(credential.name) >= 6 and TELLING.search(credential.name):
            known.names.add([credential.name])
        try:
            known.secrets.add(vault.opened(credential).secrets)
        except CredentialMissing:
            continue  # sealed with a key that is gone: nobody can read it here either
    known.secrets.add(variables.secrets_of(owner_id))
    owner = User.objects.filter(pk=owner_id).first()
    if owner is not None:
        known.names.add([owner.email])
    return known
