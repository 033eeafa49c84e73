"""A new key for credentials, while they are read and written; and blobs that were moved or damaged."""

from __future__ import annotations

import base64
import os
import threading
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.errors import WorkflowError
from core.secrets.sealing import CannotUnseal, key_ring
from credentials import services, vault
from credentials.models import Credential
from credentials.rotation import rotate

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = uuid4()


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def ring(settings: Any) -> Any:
    """Set the key ring of this installation."""

    def use(*keys: str) -> None:
        settings.CREDENTIAL_KEYS = ",".join(keys)
        key_ring.cache_clear()

    yield use
    key_ring.cache_clear()


def make(secret: str) -> Credential:
    return services.create(owner_id=OWNER, name=f"c {uuid4()}", type="http_bearer", data={"token": secret})


def shown(credential: Credential) -> str:
    return vault.reveal(owner_id=OWNER, credential_id=str(credential.pk)).fields["token"]


def test_a_new_key_seals_all_and_the_old_one_can_go(ring: Any, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = key("k1"), key("k2")
    ring(old)
    made = [make(f"secret {number}") for number in range(5)]
    ring(new, old)
    assert [shown(one) for one in made] == [f"secret {number}" for number in range(5)]
    assert rotate(dry_run=True).done == 5
    values = {one.pk: one.sealed["token"]["data"] for one in Credential.objects.all()}
    call_command("rotate_keys")
    assert "5 credentials were sealed by 'k2'" in capsys.readouterr().out
    assert {one.pk: one.sealed["token"]["data"] for one in Credential.objects.all()} == values, "values stay sealed"
    ring(new)
    assert [shown(one) for one in made] == [f"secret {number}" for number in range(5)]
    assert rotate().done == 0, "nothing is left"


def test_what_no_key_opens_is_named_and_the_rest_goes_on(ring: Any) -> None:
    ring(key("gone"))
    lost = make("lost")
    old, new = key("k1"), key("k2")
    ring(old)
    fine, moved = make("fine"), make("moved")
    Credential.objects.filter(pk=moved.pk).update(sealed=Credential.objects.get(pk=fine.pk).sealed)
    ring(new, old)
    found = rotate()
    assert (found.done, set(found.broken)) == (1, {lost.pk, moved.pk})
    assert shown(fine) == "fine"
    with pytest.raises(vault.CredentialMissing):
        shown(moved)
    with pytest.raises(CommandError, match=str(lost.pk)):
        call_command("rotate_keys")


def test_readers_and_writers_go_on_meanwhile(ring: Any) -> None:
    old, new = key("k1"), key("k2")
    ring(old)
    made = [make("0") for _ in range(20)]
    ring(new, old)
    stop, problems = threading.Event(), []

    def use(credential: Credential) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                fresh = Credential.objects.get(pk=credential.pk)
                services.update(credential=fresh, data={"token": str(number)})
                if shown(credential) != str(number):
                    problems.append("somebody else's value")
            except (CannotUnseal, WorkflowError) as exc:
                problems.append(repr(exc))
        connection.close()

    threads = [threading.Thread(target=use, args=(one,)) for one in made[:3]]
    for thread in threads:
        thread.start()
    rotate()
    stop.set()
    for thread in threads:
        thread.join()
    assert not problems
    rotate()
    ring(new)
    assert all(shown(one).isdigit() for one in made)
