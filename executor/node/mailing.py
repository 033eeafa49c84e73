"""Mails of a running node: written with the standard library, given to the server of its credential."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses

import idna
from django.conf import settings

from core.clock import CLOCK
from core.http.resolve import BlockedAddress, UnknownHost, allowed_hosts, checked_address
from core.mail.outgoing import NotSent, send, server_of, where
from executor.node.providing import Caller, Provider, Services
from nodes.abilities import CREDENTIALS, Credentials, OutgoingMail, SentMail
from nodes.base import NodeFailed

MOST_BYTES = 25 * 1024 * 1024  # of a mail with its files; few servers take more


def provider(services: Services) -> Provider:
    """Return what sends mails for nodes."""
    return Provider(lambda caller: NodeMail(caller, services.abilities.at_hand(CREDENTIALS, caller)))


@dataclass(slots=True)
class NodeMail:
    caller: Caller
    credentials: Credentials

    async def send(self, slot: str, mail: OutgoingMail) -> SentMail:
        fields = await self._fields(slot)
        own_address = fields.get("sender") or fields.get("username") or ""
        message, sender, recipients = await asyncio.to_thread(_written, mail, own_address, self.caller.key)
        try:
            address = await checked_address(*where(fields), allowed_hosts(settings.HTTP_ALLOWED_PRIVATE_HOSTS))
            server = server_of(fields, address)
        except ValueError as exc:
            raise NodeFailed("credential_invalid", str(exc)) from exc
        except BlockedAddress as exc:
            raise NodeFailed("ssrf_blocked", str(exc)) from exc
        except UnknownHost as exc:
            raise NodeFailed("mail_unreachable", str(exc), retryable=True) from exc
        self.caller.before_effect()
        try:
            refused = await send(server, message, sender, recipients)
        except NotSent as exc:
            code = "mail_refused" if exc.code else "mail_unreachable"
            raise NodeFailed(code, str(exc), retryable=exc.retryable) from exc
        return SentMail(str(message["Message-ID"]), [one for one in recipients if one not in refused], refused)

    async def _fields(self, slot: str) -> dict[str, str]:
        secret = await self.credentials.get(slot)
        if secret is None:
            raise NodeFailed("missing_credential", "A mail server is needed to send mails")
        return secret[1]


def _written(mail: OutgoingMail, own_address: str, key: str) -> tuple[EmailMessage, str, list[str]]:
    """Return a mail as it is sent, whom it comes from, and whom it goes to, each once. Raises: NodeFailed."""
    if not (mail.sender or own_address).strip():
        raise NodeFailed("missing_sender", "The mail comes from nobody: name a sender here or in the credential")
    sender, to, cc, bcc = _read(mail.sender or own_address), _header(mail.to), _header(mail.cc), _header(mail.bcc)
    message = EmailMessage(SMTP)
    try:
        for name, addresses in (("From", [sender]), ("To", to), ("Cc", cc), ("Reply-To", _header(mail.reply_to))):
            if addresses:
                message[name] = tuple(addresses)
        message["Subject"] = " ".join(mail.subject.split())
        message["Date"] = format_datetime(CLOCK.now())
        message["Message-ID"] = _message_id(key, mail)
        _fill(message, mail)
        size = len(bytes(message))
    except (ValueError, LookupError, HeaderParseError, MessageError) as exc:
        raise NodeFailed("invalid_input", f"The mail cannot be written: {exc}") from exc
    if size > MOST_BYTES:
        raise NodeFailed("mail_too_large", f"The mail has {size:,} bytes, more than {MOST_BYTES:,}")
    return message, sender.addr_spec, list(dict.fromkeys(one.addr_spec for one in (*to, *cc, *bcc)))


def _fill(message: EmailMessage, mail: OutgoingMail) -> None:
    if mail.text or not mail.html:
        message.set_content(mail.text)
        if mail.html:
            message.add_alternative(mail.html, subtype="html")
    else:
        message.set_content(mail.html, subtype="html")
    for file in mail.files:
        main, _, sub = (file.mime_type if file.mime_type.count("/") == 1 else "application/octet-stream").partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=" ".join(file.name.split()) or "file")


def _message_id(key: str, mail: OutgoingMail) -> str:
    """Return an id that is the same whenever a turn sends the mail again: receivers show it once."""
    digest = hashlib.sha256("\n".join([key, mail.subject, *mail.to]).encode("utf-8", "replace")).hexdigest()
    return f"<{digest[:40]}@heddle>"


def _header(given: Sequence[str]) -> tuple[Address, ...]:
    """Return addresses as a header has them. Raises: NodeFailed "invalid_address"."""
    return tuple(_read(one) for one in given if one.strip())


def _read(given: str) -> Address:
    """Return the one address in a text, its host as name servers know it. Raises: NodeFailed "invalid_address"."""
    pairs = getaddresses([given])
    name, address = pairs[0] if len(pairs) == 1 else ("", "")
    user, at, host = address.rpartition("@")
    try:
        if not (user.isascii() and user and at and host and given.isprintable()) or any(map(str.isspace, address)):
            raise ValueError
        domain = host if host.startswith("[") else idna.encode(host, uts46=True).decode()
        return Address(" ".join(name.split()), addr_spec=f"{user}@{domain}")
    except (ValueError, LookupError, HeaderParseError, MessageError) as exc:  # idna's errors are ValueErrors
        raise NodeFailed("invalid_address", f"{given[:100]!r} is no e-mail address that can be sent to") from exc
