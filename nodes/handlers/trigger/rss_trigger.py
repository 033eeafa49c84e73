"""The RSS trigger: new entries of a feed start a run."""

from __future__ import annotations

import codecs
import hashlib
import re
from calendar import timegm
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import feedparser
from pydantic import Field

from core.http.requests import request_of
from core.json import ITEM_DEPTH, lossy, lossy_text
from core.values.charsets import charset_of, decoded
from core.values.times import wire_time
from nodes import costs
from nodes.base import LITERAL, Effect, Look, NodeFailed, NodeParams
from nodes.polling import MOST_AT_ONCE, Cursor, PollContext, Polled, PollType

MOST_KNOWN = 2000  # entries of a feed that are looked at, the first ones, and that are remembered
MOST_MARK = MOST_ID = 500
KNOWN_BY = 2  # how entries are told apart; cursors of an earlier release do not say
REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]+|[0-9]+);?")
LONGEST_REFERENCE = 12
DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding=["']([^"'>]{1,60})["']""")
UTF_8_XML = "application/xml; charset=utf-8"
Entry = tuple[str, dict[str, Any]]  # what it is known by, item
ACCEPT = "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"


class RssParams(NodeParams):
    url: str = Field(min_length=1, max_length=2000, title="URL of the feed", json_schema_extra=LITERAL)
    every_s: int = Field(default=300, ge=30, le=86_400, title="Look every … seconds", json_schema_extra=LITERAL)


class RssTrigger(PollType[RssParams]):
    """Start with the new entries of an RSS or Atom feed, oldest first."""

    kind = "rss_trigger"
    effect: ClassVar[Effect] = "read"
    Params = RssParams
    look = Look(
        label="RSS",
        description="Starts when a feed has new entries.",
        category="trigger",
        icon="rss",
        color="#ea580c",
        summary="{{ url }}",
        aliases=("feed", "atom", "news", "blog"),
        docs="Works once the workflow is deployed; entries that are there then count as known. One run for all entries "
        "that came since the last look, one item each.",
        output_fields=(
            ("id", "string"), ("title", "string"), ("link", "string"), ("published_at", "string"), ("author", "string"),
            ("summary", "string"), ("content", "string"), ("categories", "json"), ("enclosures", "json"),
            ("feed", "json"),
        ),
    )  # fmt: skip

    async def poll(self, params: RssParams, cursor: Cursor | None, ctx: PollContext) -> Polled:
        known = list((cursor or {}).get("known", []))
        found, marks = await _fetched(params.url, cursor or {}, ctx)
        if found is None:
            return Polled([], {**(cursor or {}), **marks})
        entries = dict(found[:MOST_KNOWN])
        seen = set(known)
        if cursor and "by" not in cursor:  # of an earlier release, which knew entries without an id by their links
            seen.update(one for one, item in entries.items() if item["id"] in seen)
        new = [one for one in reversed(entries) if one not in seen] if cursor else []
        taken, has_more = new[:MOST_AT_ONCE], len(new) > MOST_AT_ONCE
        marks = {} if has_more else marks  # asked again at once, it must not answer "nothing new"
        seen.update(taken if cursor else entries)
        kept = {"known": _kept(known, list(entries), seen), "by": KNOWN_BY, **marks}
        return Polled([entries[one] for one in taken], kept, has_more)

    async def sample(self, params: RssParams, ctx: PollContext) -> Sequence[dict[str, Any]]:
        found, _ = await _fetched(params.url, {}, ctx)
        return [item for _, item in found[:3]] if found is not None else []


def _kept(known: Sequence[str], there: Sequence[str], seen: set[str]) -> list[str]:
    """Return which entries to know the next time: those seen that stand in the feed, and the last of the others.

    What stands in the feed must never be pushed out, or it would count as new again.
    """
    current = [one for one in reversed(there) if one in seen]
    gone = [one for one in known if one not in set(current)]
    return [*gone[max(len(gone) + len(current) - MOST_KNOWN, 0) :], *current]


async def _fetched(url: str, cursor: Cursor, ctx: PollContext) -> tuple[list[Entry] | None, dict[str, str]]:
    """Return the entries of the feed, None where it has not changed, and what tells so the next time."""
    headers = [("accept", ACCEPT)]
    headers += [("if-none-match", cursor["etag"])] if cursor.get("etag") else []
    headers += [("if-modified-since", cursor["modified"])] if cursor.get("modified") else []
    reply = await ctx.http.send(request_of("GET", url, headers=headers, max_bytes=8 * 1024 * 1024))
    if reply.status == 304:
        return None, {}
    if reply.status >= 400:
        raise NodeFailed("http_status", f"The feed answered {reply.status}", status=reply.status)
    kind = reply.headers.get("content-type", "")
    found = await ctx.compute(parsed, reply.body, kind, cost_ms=costs.of_text(reply.body, 300))
    marks = {"etag": reply.headers.get("etag", ""), "modified": reply.headers.get("last-modified", "")}
    return found, {name: value for name, value in marks.items() if 0 < len(value) <= MOST_MARK}


def parsed(body: bytes, content_type: str) -> list[Entry]:
    """Return the entries of a feed, as (what it is known by, item). Raises: NodeFailed "not_a_feed"."""
    feed = feed_of(body, content_type)
    if not feed.entries and not feed.get("version"):
        raise NodeFailed("not_a_feed", "What is there is neither RSS nor Atom")
    known_by = map(lossy_text, map(_known_by, feed.entries))
    return list(zip(known_by, [lossy(entry, ITEM_DEPTH) for entry in _entries(feed)], strict=True))


def _readable(found: re.Match[str]) -> str:
    """Return a character reference as it is; the parser raises at one that names no character."""
    digits = found[1]
    if len(digits) > LONGEST_REFERENCE:
        return "\ufffd"
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    return "\ufffd" if not code or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else found[0]


def feed_of(body: bytes, content_type: str) -> Any:
    """Return the feed of a reply, whose charset is settled before the parser sees it.

    Its own fetching, of linked documents too, is never used: it gets bytes.
    """
    declared = DECLARED.search(body[:1000])
    marked = "utf-16" if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None
    charsets = [marked, charset_of(content_type), declared[1].decode("ascii", "replace") if declared else None]
    text = decoded(body, *charsets, "utf-8-sig", "windows-1252")
    text = REFERENCE.sub(_readable, text)
    return feedparser.parse(text.encode(errors="replace"), response_headers={"content-type": UTF_8_XML})


def _entries(feed: Any) -> list[dict[str, Any]]:
    about = {"title": feed.feed.get("title", ""), "link": feed.feed.get("link", "")}
    return [
        {
            "id": entry_id,
            "title": entry.get("title", ""),
            "link": entry.get("link", ""),
            "published_at": _moment(entry.get("published_parsed") or entry.get("updated_parsed")),
            "author": entry.get("author", ""),
            "summary": entry.get("summary", ""),
            "content": "\n".join(part.get("value", "") for part in entry.get("content", [])),
            "categories": [tag.get("term", "") for tag in entry.get("tags", [])],
            "enclosures": [
                {"url": one.get("href", ""), "type": one.get("type", "")} for one in entry.get("enclosures", [])
            ],
            "feed": about,
        }
        for entry_id, entry in zip(_ids_of(feed.entries), feed.entries, strict=True)
    ]


def _known_by(entry: Any) -> str:
    """Return what an entry is known by: its id; without one all it says, for feeds may give one link to all of them.

    An entry without an id whose title is edited comes once more: that is better than one that never comes.
    """
    return _id_of(entry, is_shared=True)


def _ids_of(entries: Sequence[Any]) -> list[str]:
    """Return the id of each item: the entry's own; without one its link, or a hash where others share that link."""
    links = Counter(entry.get("link") for entry in entries if not entry.get("id"))
    return [_id_of(entry, is_shared=links[entry.get("link")] > 1) for entry in entries]


def _id_of(entry: Any, *, is_shared: bool) -> str:
    text = str(entry.get("id") or ("" if is_shared else entry.get("link")) or "")
    if not text:
        said = f"{entry.get('title')}\n{entry.get('published')}" + (f"\n{entry.get('link')}" if is_shared else "")
        return hashlib.sha256(said.encode(errors="replace")).hexdigest()
    if len(text) <= MOST_ID:
        return text
    return f"{text[: MOST_ID - 65]} {hashlib.sha256(text.encode(errors='replace')).hexdigest()}"


def _moment(parsed: Any) -> str | None:
    return wire_time(datetime.fromtimestamp(timegm(parsed), UTC)) if parsed else None
