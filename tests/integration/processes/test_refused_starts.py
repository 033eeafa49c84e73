"""A start that is refused: one sentence that says why, nothing of a secret in it, and nothing left behind."""

from __future__ import annotations

import base64
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from core.secrets.sealing import KeyRing, key_ring
from credentials import key_check
from credentials.key_check import KeysDoNotFit, check_keys
from credentials.models import Credential
from credentials.vault import place_of
from tests.integration.processes.conftest import ROOT, environment, none_left, processes_of, run
from workflow_backend.secrets_checked import fault_of_credential_keys, fault_of_secret_key


def key_of(size: int = 32) -> str:
    return base64.b64encode(os.urandom(size)).decode()


GOOD_KEY = secrets.token_urlsafe(60)
NOWHERE = {"DATABASE_URL": "postgres://a:b@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}
PRODUCTION = {
    "HEDDLE_PRODUCTION": "1", "SECRET_KEY": GOOD_KEY, "HEDDLE_CREDENTIAL_KEYS": f"k1:{key_of()}",
    "HEDDLE_TRUSTED_PROXIES": "1",
}  # fmt: skip


# With servers of its own, which these must not start.
WRONG: list[tuple[dict[str, str], str]] = [
    ({"PORT": "http"}, "PORT='http' is not a port"),
    ({"PORT": "70000"}, "PORT='70000' is not a port"),
    ({"DATABASE_URL": "mysql://a@b/c"}, "DATABASE_URL must begin with postgres://"),
    ({"DATABASE_URL": "postgres://a@b:port/c"}, "DATABASE_URL cannot be read"),
    ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL must begin with redis://"),
    ({"HEDDLE_WORKERS": "two"}, "HEDDLE_WORKERS='two' is not a whole number from 0 on"),
    ({"HEDDLE_DATABASE_POOL": "-1"}, "HEDDLE_DATABASE_POOL='-1' is not a whole number from 0 on"),
    ({"HEDDLE_KEEP_RUNS_DAYS": "nan"}, "HEDDLE_KEEP_RUNS_DAYS='nan' is not a number from 0 on"),
    ({"HEDDLE_RATE_LIMITS": "offf"}, "HEDDLE_RATE_LIMITS='offf' is neither on nor off"),
    ({"HEDDLE_LOG_LEVEL": "loud"}, "HEDDLE_LOG_LEVEL='loud' is none of DEBUG"),
]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {"HEDDLE_PRODUCTION": "1"},
            "SECRET_KEY, HEDDLE_CREDENTIAL_KEYS, DATABASE_URL, REDIS_URL and HEDDLE_TRUSTED_PROXIES must be set too",
        ),
        (PRODUCTION, "DATABASE_URL and REDIS_URL must be set too (or HEDDLE_EMBEDDED=1"),
        ({**PRODUCTION, "DATABASE_URL": NOWHERE["DATABASE_URL"]}, "set, REDIS_URL must be set too"),
        ({**PRODUCTION, **NOWHERE, "SECRET_KEY": ""}, "with HEDDLE_PRODUCTION set, SECRET_KEY must be set too"),
        ({**PRODUCTION, **NOWHERE, "SECRET_KEY": "short"}, "SECRET_KEY has 5 characters"),
        ({**PRODUCTION, **NOWHERE, "SECRET_KEY": "change-me-" * 6}, "SECRET_KEY is a placeholder"),
        ({**PRODUCTION, **NOWHERE, "SECRET_KEY": "ab" * 40}, "2 different characters"),
        ({**PRODUCTION, **NOWHERE, "HEDDLE_CREDENTIAL_KEYS": "k1:AAAA"}, "the key of entry 1 has 3 bytes"),
        ({**NOWHERE, "HEDDLE_CREDENTIAL_KEYS": f"k1:{key_of()},k2:?"}, "the key of entry 2 is not base64"),
        ({**NOWHERE, "HEDDLE_CREDENTIAL_KEYS": key_of()}, "entry 1 is not `id:base64`"),
        ({**PRODUCTION, **NOWHERE, "HEDDLE_TRUSTED_PROXIES": "0"}, "HEDDLE_TRUSTED_PROXIES says how many"),
        (NOWHERE, "the database of DATABASE_URL cannot be reached"),
        ({**PRODUCTION, **NOWHERE}, "the database of DATABASE_URL cannot be reached"),
        ({"DATABASE_URL": "mysql://a@b/c", "REDIS_URL": NOWHERE["REDIS_URL"]}, "must begin with postgres://"),
        *WRONG,
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_sentence(tmp_path: Path, more: dict[str, str], sentence: str) -> None:
    done = run(tmp_path, "manage.py", "up", **more)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("heddle: ")
    for secret in more.get("HEDDLE_CREDENTIAL_KEYS", "").split(","):
        assert secret.partition(":")[2] not in done.stderr or not secret.partition(":")[2]
    assert processes_of(tmp_path) == []
    assert not (tmp_path / "services.json").exists(), "no server was even begun with"


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_is_refused_before_a_server_is_started(tmp_path: Path, taken: int) -> None:
    done = run(tmp_path, "manage.py", "up", PORT=str(taken))
    assert done.returncode == 1
    assert done.stderr.startswith(f"heddle: port {taken} is taken; choose another PORT")
    assert processes_of(tmp_path) == []
    assert not (tmp_path / "services.json").exists()
    assert not (tmp_path / "services").exists(), "no data was even made"


def test_a_taken_port_is_refused_and_servers_that_another_uses_go_on(folder: Path, taken: int) -> None:
    command = [sys.executable, "manage.py", "shell", "-c", "print(1, flush=True); input()"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        done = run(folder, "manage.py", "up", PORT=str(taken))
        assert done.returncode == 1
        assert f"heddle: port {taken} is taken; choose another PORT" in done.stderr
        assert len(processes_of(folder)) > 1, "the other one and its servers"
        other.communicate("\n")
    none_left(folder)
    assert not (folder / "run.json").exists()


def test_secret_keys_and_rings_are_judged_by_what_they_are() -> None:
    assert fault_of_secret_key(secrets.token_urlsafe(32)) is None
    assert fault_of_secret_key(secrets.token_hex(32)) is None
    assert (
        fault_of_secret_key("django-insecure-" + secrets.token_urlsafe(50))
        == "SECRET_KEY is a placeholder; use a random one"
    )
    assert fault_of_credential_keys(f"k1:{key_of()}, k2:{key_of()}") is None
    for wrong in ("", "k1", f"k1:{key_of(31)}", f"k1:{key_of()},", f"k1:{key_of()},k1:{key_of()}", ":" + key_of()):
        assert fault_of_credential_keys(wrong) is not None, wrong


@pytest.mark.django_db
def test_a_ring_that_opens_nothing_of_what_is_stored_is_refused_with_the_id_it_lacks(
    monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    check_keys()  # nothing is stored
    owner, old = uuid4(), KeyRing(f"old:{key_of()}")
    row = Credential(owner_id=owner, name="a", type="http_bearer")
    row.sealed = {"token": old.seal("x", place_of(owner, row.pk, "token"))}
    row.save()
    with pytest.raises(KeysDoNotFit, match="lacks the key 'old', which sealed credentials"):
        check_keys()
    monkeypatch.setattr(key_check, "key_ring", lambda: KeyRing(f"new:{key_of()},old:{key_of()}"))
    with pytest.raises(KeysDoNotFit, match="'old' of HEDDLE_CREDENTIAL_KEYS is not the one of this id"):
        check_keys()
    settings.LOST_KEYS = ["old"]  # type: ignore[attr-defined]
    check_keys()
    settings.LOST_KEYS = []  # type: ignore[attr-defined]
    monkeypatch.setattr(key_check, "key_ring", lambda: old)
    check_keys()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "program",
    [
        ["-m", "uvicorn", "workflow_backend.asgi:application", "--port", "0"],
        ["-m", "celery", "-A", "workflow_backend", "worker"],
        ["manage.py", "up"],
    ],
)
def test_web_worker_and_supervisor_do_not_start_with_keys_that_open_nothing(tmp_path: Path, program: list[str]) -> None:
    owner = uuid4()
    row = Credential(owner_id=owner, name="a", type="http_bearer")
    row.sealed = {"token": key_ring().seal("x", place_of(owner, row.pk, "token"))}
    row.save()
    server = settings.DATABASE_URL.rpartition("/")[0]
    done = run(
        tmp_path, *program, DATABASE_URL=f"{server}/{connection.settings_dict['NAME']}", REDIS_URL=settings.REDIS_URL,
        HEDDLE_CREDENTIAL_KEYS=f"other:{key_of()}",
    )  # fmt: skip
    assert done.returncode != 0
    assert f"lacks the key {key_ring().current!r}, which sealed credentials" in done.stderr, done.stderr
