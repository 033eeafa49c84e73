"""The Send E-mail node: one mail for each item, through the user's own mail server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from nodes.abilities import MAIL, MailFile, OutgoingMail
from nodes.base import CredentialSlot, Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.items import Item

ADVANCED: dict[str, Any] = {"group": "advanced"}
MOST_RECIPIENTS = 100
MOST_TEXT = 2_000_000  # characters
Addresses = Annotated[str, Field(max_length=20_000)] | Annotated[list[str], Field(max_length=1000)]


def _if_body(*kinds: str) -> dict[str, Any]:
    return {"show_if": {"field": "body_type", "in": list(kinds)}}


class SendEmailParams(NodeParams):
    to: Addresses = Field(title="To", description="Addresses, several with commas, or a list")
    subject: str = Field(default="", max_length=1000, title="Subject")
    body_type: Literal["text", "html", "both"] = Field(default="text", title="Body as")
    text: str = Field(default="", max_length=MOST_TEXT, title="Text", json_schema_extra=_if_body("text", "both"))
    html: str = Field(default="", max_length=MOST_TEXT, title="HTML", json_schema_extra=_if_body("html", "both"))
    attachments: str = Field(
        default="",
        max_length=5000,
        title="Files",
        description="Names of the item's files, several with commas; * for all",
    )
    cc: Addresses = Field(default="", title="Copy to", json_schema_extra=ADVANCED)
    bcc: Addresses = Field(default="", title="Blind copy to", json_schema_extra=ADVANCED)
    sender: str = Field(
        default="",
        max_length=500,
        title="From",
        description="Empty: that of the credential",
        json_schema_extra=ADVANCED,
    )
    reply_to: Addresses = Field(default="", title="Answers to", json_schema_extra=ADVANCED)
    output_property: str = Field(
        default="mail", min_length=1, max_length=100, title="Output field", json_schema_extra=ADVANCED
    )


class SendEmail(NodeType[SendEmailParams]):
    """Send a mail for each item.

    Outputs: the item with {"message_id": str, "accepted": [address], "refused": [{"address", "reason"}]} in a field.
    Raises: NodeFailed: those of `Mail`; "file_missing", "too_many_recipients", "no_recipient".
    """

    kind = "send_email"
    effect: ClassVar[Effect] = "write"
    Params = SendEmailParams
    credentials = (CredentialSlot("server", ("smtp",), required=True),)
    default_timeout_s = 90
    look = Look(
        label="Send E-mail",
        description="Sends a mail for each item.",
        category="network",
        icon="mail",
        color="#2563eb",
        summary="{{ to }}",
        aliases=("smtp", "mail", "notify"),
        docs="It goes through a mail server of yours (credential *SMTP server*). A mail that is sent again after a "
        "crash has the same Message-ID, by which mail programs show it once. Addresses that the server refuses are "
        "listed, with a warning `mail_partly_refused`; the node fails where it refuses all. A mail has at most 25 MiB "
        "with its files, and 100 recipients.",
        output_fields=(("mail", "json"),),
    )

    async def run(self, params: SendEmailParams, item: Item, ctx: NodeContext) -> NodeResult:
        to, cc, bcc = (_addresses(one) for one in (params.to, params.cc, params.bcc))
        if not to:
            raise NodeFailed("no_recipient", "The mail goes to nobody: `to` is empty")
        if (count := len(to) + len(cc) + len(bcc)) > MOST_RECIPIENTS:
            raise NodeFailed("too_many_recipients", f"{count} recipients, more than {MOST_RECIPIENTS}")
        mail = OutgoingMail(
            to, params.subject, params.text if params.body_type != "html" else "",
            params.html if params.body_type != "text" else "", cc, bcc, params.sender.strip(),
            _addresses(params.reply_to), await _files(params.attachments, item, ctx),
        )  # fmt: skip
        sent = await (await ctx.ability(MAIL)).send("server", mail)
        refused = [{"address": address, "reason": reason} for address, reason in sent.refused.items()]
        told = {"message_id": sent.message_id, "accepted": list(sent.accepted), "refused": refused}
        message = f"The server did not take it for {', '.join(sent.refused)}"
        kept = {key: value for key, value in item.items() if key != "pairedItem"}
        return NodeResult(
            {"main": [{**kept, "json": {**item["json"], params.output_property: told}}]},
            warnings=(("mail_partly_refused", "to", message),) if refused else (),
        )


def _addresses(given: Addresses) -> list[str]:
    """Return addresses one by one, also where an entry of a list holds several; a comma within quotes parts none."""
    found = [part for text in ([given] if isinstance(given, str) else given) for part in _parts(text)]
    return [part.strip() for part in found if part.strip()]


def _parts(text: str) -> list[str]:
    parts = [""]
    quoted = False
    for sign in text:
        quoted ^= sign == '"'
        if sign in ",;" and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


async def _files(names: str, item: Item, ctx: NodeContext) -> list[MailFile]:
    """Return the files of an item by name. Raises: NodeFailed "file_missing"."""
    held: Mapping[str, Any] = item.get("binary") or {}
    wanted = list(held) if names.strip() == "*" else [name.strip() for name in names.split(",") if name.strip()]
    found: list[MailFile] = []
    for name in wanted:
        if name not in held:
            raise NodeFailed("file_missing", f"The item has no file {name!r}", allowed=sorted(held))
        reference = held[name]
        content = await ctx.files.load(reference)
        found.append(MailFile(reference.get("file_name") or name, reference.get("mime_type") or "", content))
    return found
