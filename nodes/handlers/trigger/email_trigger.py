"""The e-mail trigger: new messages of a mailbox start a run."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, cast

from imap_tools import MailMessage
from pydantic import Field

from core.json import ITEM_DEPTH, lossy
from core.mail.mailbox import Folder, MailboxFailed, MailServer, opened, server_of, where
from core.mail.taking import Batch, RawMail, Unread
from core.values.times import wire_time
from nodes import costs
from nodes.base import LITERAL, CredentialSlot, Effect, Look, NodeFailed, NodeParams
from nodes.handlers.trigger.mail_parts import moment_of, parts_of
from nodes.polling import Cursor, PollContext, Polled, PollType

MOST_MAILS = 25
LOOKUP_S = 5  # to find the mailbox's address
ONE_S = 20  # to read one message and keep its files
MARKING_S = 6  # to log in, and then to mark
MOST_TO_MARK = 500
WHAT_STRANGERS_CAUSE = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip
MOST_FILES_BYTES = 16 * 1024 * 1024


class EmailParams(NodeParams):
    folder: str = Field(default="INBOX", min_length=1, max_length=200, title="Folder", json_schema_extra=LITERAL)
    after: Literal["nothing", "mark_seen"] = Field(
        default="nothing", title="Afterwards", description="What is done with messages that started a run",
        json_schema_extra=LITERAL,
    )  # fmt: skip
    attachments: bool = Field(default=True, title="With attachments", json_schema_extra=LITERAL)
    every_s: int = Field(default=60, ge=10, le=86_400, title="Look every … seconds", json_schema_extra=LITERAL)


class EmailTrigger(PollType[EmailParams]):
    """Start with the new messages of an IMAP mailbox, oldest first; attachments are binary data."""

    kind = "email_trigger"
    effect: ClassVar[Effect] = "read"
    Params = EmailParams
    credentials = (CredentialSlot("mailbox", ("imap",), required=True),)
    look = Look(
        label="E-mail",
        description="Starts when a mailbox gets a message.",
        category="trigger",
        icon="mail",
        color="#0891b2",
        summary="{{ folder }}",
        aliases=("imap", "mail", "inbox"),
        docs="What is no text to read is a file: pictures in the text, invitations (`text/calendar`), attached "
        "messages. Works once the workflow is deployed; messages that are there then count as known. Messages are "
        "counted by their UID, so one that somebody reads first is not lost. One that cannot be read has "
        "`unreadable` and its `uid`, as has one that is too large, or that does not come three times while others do; "
        "it is never marked.",
        output_fields=(
            ("uid", "string"), ("message_id", "string"), ("subject", "string"), ("from", "json"), ("to", "json"),
            ("cc", "json"), ("date", "string"), ("text", "string"), ("html", "string"), ("headers", "json"),
        ),
    )  # fmt: skip

    async def poll(self, params: EmailParams, cursor: Cursor | None, ctx: PollContext) -> Polled:
        server = await _server(ctx)
        tries = {int(uid): int(count) for uid, count in (cursor or {}).get("stuck", {}).items()}

        def read() -> tuple[Folder, Batch | None]:
            with opened(server, params.folder) as box:
                if cursor is None or cursor["uidvalidity"] != box.state.uidvalidity:
                    return box.state, None
                return box.state, box.after(int(cursor["uid"]), MOST_MAILS, tries)

        state, batch = await _read(ctx, read)
        if cursor is None or batch is None:
            return Polled([], {"uidvalidity": state.uidvalidity, "uid": state.uidnext - 1})
        items: list[dict[str, Any]] = []
        read_uids: list[str] = []
        last, has_more = batch.last_uid, batch.has_more
        for at, mail in enumerate(batch.messages):
            if items and ctx.left_s() < ONE_S + 2 * MARKING_S:  # the next poll reads the others
                last, has_more = batch.messages[at - 1].uid, True
                break
            items.append(await _item(mail, ctx, with_files=params.attachments))
            if "unreadable" not in items[-1]:
                read_uids.append(str(mail.uid))
        onward: dict[str, Any] = {"uidvalidity": state.uidvalidity, "uid": last}
        if batch.tries:
            onward["stuck"] = {str(uid): count for uid, count in batch.tries.items()}
        failure = _failed(batch.failure) if batch.failure and last == batch.last_uid else None
        if params.after != "mark_seen":
            return Polled(items, onward, has_more, failure=failure)
        to_mark = [*cursor.get("to_mark", ()), *read_uids][-MOST_TO_MARK:]
        warning = await _marked(ctx, server, params.folder, to_mark)
        return Polled(items, {**onward, "to_mark": to_mark} if warning else onward, has_more, warning, failure)

    async def sample(self, params: EmailParams, ctx: PollContext) -> Sequence[dict[str, Any]]:
        server = await _server(ctx)

        def read() -> Sequence[RawMail | Unread]:
            with opened(server, params.folder) as box:
                return box.newest(3)

        found: list[dict[str, Any]] = []
        for mail in await _read(ctx, read):
            if not found or ctx.left_s() > ONE_S:
                found.append(await _item(mail, ctx, with_files=False))
        return found


async def _server(ctx: PollContext) -> MailServer:
    found = await ctx.credentials.get("mailbox")
    if found is None:
        raise NodeFailed("credential_missing", "The mailbox's credential is not there")
    try:
        host, port = where(found[1])
    except ValueError as exc:
        raise NodeFailed("credential_invalid", str(exc)) from exc
    try:
        async with asyncio.timeout(LOOKUP_S):
            return server_of(found[1], await ctx.address_of(host, port))
    except TimeoutError as exc:
        raise NodeFailed("unreachable", f"The address of {host} was not found in {LOOKUP_S} s", retryable=True) from exc


def _failed(reason: object) -> NodeFailed:
    return NodeFailed("mailbox_failed", f"The mailbox cannot be read: {reason}", retryable=True)


async def _read(ctx: PollContext, work: Any) -> Any:
    try:
        return await ctx.in_thread(work)
    except MailboxFailed as exc:
        raise _failed(exc) from exc


async def _marked(ctx: PollContext, server: MailServer, folder: str, uids: list[str]) -> str:
    """Mark messages as read; returns what is to be told if that fails, which keeps no message back."""

    def mark() -> None:
        with opened(server, folder, MARKING_S) as box:
            box.mark_seen(uids)

    try:
        if uids and ctx.left_s() < 2 * MARKING_S:
            raise _failed("this poll has no time left")
        if uids:
            await _read(ctx, mark)
    except NodeFailed as exc:
        return f"{len(uids)} messages could not be marked as read, and will be tried again: {exc.message}"
    return ""


async def _item(mail: RawMail | Unread, ctx: PollContext, *, with_files: bool) -> dict[str, Any]:
    """Return a message as an item. One that cannot be read is said to be so, and keeps no other one back."""
    if isinstance(mail, Unread):
        return {"uid": str(mail.uid), "unreadable": mail.reason}
    try:
        read = await ctx.compute(
            read_mail, mail.raw, str(mail.uid), int(with_files), cost_ms=costs.of_text(mail.raw, 100)
        )
    except NodeFailed as exc:
        return {"uid": str(mail.uid), "unreadable": exc.message}
    item: dict[str, Any] = read["item"]
    files = {
        f"attachment_{at}": await ctx.files.save(base64.b64decode(content), file_name=name, mime_type=kind)
        for at, (content, name, kind) in enumerate(read["files"])
    }
    return {**item, "$binary": files} if files else item


def read_mail(raw: bytes, uid: str, with_files: int) -> dict[str, Any]:
    """Return {"item", "files": [[content in base64, name, type]]} of a message as it came. Raises: NodeFailed."""
    try:
        return _read_mail(raw, uid, with_files)
    except WHAT_STRANGERS_CAUSE as exc:
        raise NodeFailed("invalid_input", f"The message cannot be read: {type(exc).__name__}: {exc}"[:300]) from exc


def _read_mail(raw: bytes, uid: str, with_files: int) -> dict[str, Any]:
    mail = MailMessage.from_bytes(raw)
    headers: dict[str, tuple[str, ...]] = dict(cast("Any", mail.headers))
    parts, sent_at = parts_of(mail.obj), moment_of(mail.date_str)
    item: dict[str, Any] = {
        "uid": uid,
        "message_id": next(iter(headers.get("message-id", ())), ""),
        "subject": _clean(mail.subject),
        "from": _address(mail.from_values),
        "to": [_address(one) for one in mail.to_values],
        "cc": [_address(one) for one in mail.cc_values],
        "reply_to": [_address(one) for one in mail.reply_to_values],
        "date": wire_time(sent_at) if sent_at is not None else "",
        "text": _clean(parts.text),
        "html": _clean(parts.html),
        "headers": {name: _clean(", ".join(values)) for name, values in headers.items()},
    }
    item = lossy(item, ITEM_DEPTH)
    files: list[list[str]] = []
    left = MOST_FILES_BYTES
    for at, file in enumerate(parts.files if with_files else ()):
        left -= len(file.content)
        if left < 0:
            item["attachments_left_out"] = len(parts.files) - at
            break
        name = _clean(file.name)[:200] or f"attachment_{at}"
        files.append([base64.b64encode(file.content).decode(), *lossy([name, file.kind], 1)])
    return {"item": item, "files": files}


def _address(found: Any) -> dict[str, str]:
    return {"name": _clean(found.name), "address": found.email} if found is not None else {"name": "", "address": ""}


def _clean(text: str) -> str:
    return text.replace("\x00", "")
