"""Trying a credential against what it is for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from core.http import once
from core.http.client import Response, ResponseTooLarge, Unreachable
from core.http.requests import NO_AUTH, request_of
from core.http.resolve import BlockedAddress, allowed_hosts, checked_address
from core.json import NotStorable, loads
from core.mail import outgoing
from core.mail.mailbox import MailboxFailed, opened, server_of, where
from core.values.hosts import readable_parts
from credentials import access, oauth, vault
from credentials.access import Visitor
from credentials.catalogue import TYPES
from credentials.models import Credential
from credentials.placing import CredentialUnfit, filled, placed
from credentials.types import CredentialType, LiveTest

TIMEOUT_S = 15


def verify(*, credential: Credential, visitor: Visitor, now: datetime) -> tuple[bool, str]:
    """Try a credential; returns (whether it works, what to tell). Raises: ConnectionFailed."""
    kind = TYPES.get(credential.type)
    secret = vault.opened(credential)
    if kind is None:
        return False, "Its type is not known here any more"
    if kind.oauth is not None:
        secret = oauth.fresh(credential, secret, now)
    access.note("verify", credential, visitor)
    try:
        works, message = _tried(kind, secret.fields)
    except (BlockedAddress, Unreachable, ResponseTooLarge, OSError) as exc:
        raise once.ConnectionFailed(str(exc)[:300] or "No answer came") from exc
    except CredentialUnfit as exc:
        works, message = False, str(exc)
    Credential.objects.filter(pk=credential.pk).update(
        verified=works,
        verified_at=now if works else credential.verified_at,
        last_error=None if works else message[:500],
    )
    return works, message


def _tried(kind: CredentialType, fields: Mapping[str, str]) -> tuple[bool, str]:
    if kind.slug == "imap":
        return _mailbox(fields)
    if kind.slug == "smtp":
        return asyncio.run(_mail_server(fields))
    if kind.test is None:
        return False, "There is nothing that a shared secret could be tried against"
    url = filled(kind.test.url, kind, fields, in_url=True)
    if not readable_parts(url).scheme:
        return False, "Give it an address to be tried at (test_url)"
    if kind.oauth is not None and not fields.get("access_token"):
        return False, "Nobody has logged in with it yet"
    request = request_of(
        kind.test.method, url, headers=(*kind.test.headers, ("Accept", "application/json")),
        body=b"" if kind.test.method == "POST" else None, auth=placed(kind, fields) if kind.places else NO_AUTH,
        timeout_s=TIMEOUT_S, max_redirects=3, max_bytes=1024 * 1024,
    )  # fmt: skip
    return _judged(once.send(request), kind.test)


def _judged(reply: Response, test: LiveTest) -> tuple[bool, str]:
    if reply.status >= 500:
        raise Unreachable(f"{readable_parts(reply.url).hostname} answered {reply.status}")
    if not 200 <= reply.status < 300:
        return False, f"The service answered {reply.status}"
    if test.ok_field:
        try:
            found = loads(reply.body)
        except NotStorable:
            found = None
        if not isinstance(found, dict) or found.get(test.ok_field) is not True:
            reason = found.get("error") if isinstance(found, dict) else None
            return False, f"The service refused it: {reason}"[:300] if isinstance(reason, str) else "It was refused"
    return True, "It works"


async def _mail_server(fields: Mapping[str, str]) -> tuple[bool, str]:
    try:
        host, port = outgoing.where(fields)
        address = await checked_address(host, port, allowed_hosts(settings.HTTP_ALLOWED_PRIVATE_HOSTS))
        await outgoing.log_in(outgoing.server_of(fields, address))
    except ValueError as exc:
        return False, str(exc)
    except outgoing.NotSent as exc:
        if exc.retryable:
            raise Unreachable(str(exc)) from exc
        return False, f"The server refused the log-in: {exc}"[:300]
    return True, "It works"


def _mailbox(fields: Mapping[str, str]) -> tuple[bool, str]:
    try:
        host, port = where(fields)
    except ValueError as exc:
        return False, str(exc)
    address = asyncio.run(checked_address(host, port, allowed_hosts(settings.HTTP_ALLOWED_PRIVATE_HOSTS)))
    server = server_of(fields, address)
    try:
        with opened(server, "INBOX"):
            return True, "It works"
    except MailboxFailed as exc:
        if isinstance(exc.__cause__, OSError):
            raise exc.__cause__ from exc
        return False, "The server refused the log-in"
