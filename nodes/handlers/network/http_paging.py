"""Where the next page of an answer is: by its number, by a link in its body or its head, or behind a cursor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import SplitResult, quote_plus, unquote_plus, urljoin, urlunsplit

from pydantic import BaseModel, ConfigDict, Field

from core.values.hosts import url_parts
from core.values.paths import get_path
from nodes.abilities import HttpReply
from nodes.base import NodeFailed

LONGEST_URL = 8000
LINK = re.compile(r"""<([^<>]{0,8000})>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]+))?)*)""")
REL = re.compile(r"""(?:^|;)\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))""", re.IGNORECASE)


class Pagination(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    mode: Literal["off", "next_url", "page_number", "link_header", "cursor"] = "off"
    next_url: str = Field(default="", description="Dotted path in the reply's body that holds the next page's URL")
    page_param: str = Field(default="page", description="Query parameter that counts pages")
    first_page: int = Field(default=1, description="Number of the first page, where the URL has none itself")
    items_path: str = Field(default="", description="Dotted path of the page's list; counting ends when it is empty")
    cursor_path: str = Field(default="", description="Dotted path in the reply's body that holds the next cursor")
    cursor_param: str = Field(default="cursor", description="Query parameter that carries the cursor")
    max_pages: int = Field(default=100, ge=1, le=1000)


@dataclass(slots=True)
class Pages:
    """The pages of one call, in their order."""

    pagination: Pagination
    first: str
    number: int = 1

    @classmethod
    def of(cls, pagination: Pagination, url: str) -> Pages:
        """Return the pages that begin at a URL; its own number is that of the first one. Raises: NodeFailed."""
        if pagination.mode != "page_number":
            return cls(pagination, url)
        own = _query_value(url, pagination.page_param)
        number = int(own) if own is not None and re.fullmatch(r"-?\d{1,15}", own) else pagination.first_page
        return cls(pagination, url if own else with_query_value(url, pagination.page_param, str(number)), number)

    def after(self, reply: HttpReply, body: Any) -> str | None:
        """Return the URL of the page after a reply, or None. Raises: NodeFailed."""
        paging = self.pagination
        match paging.mode:
            case "next_url":
                found = get_path(body, paging.next_url)
                return self._followed(found) if isinstance(found, str) and found else None
            case "link_header":
                linked = next_link(reply.headers.get("link", ""))
                return self._followed(linked) if linked else None
            case "cursor":
                cursor = get_path(body, paging.cursor_path)
                if cursor is None or cursor == "" or isinstance(cursor, (bool, dict, list)):
                    return None
                return with_query_value(self.first, paging.cursor_param, str(cursor))
            case "page_number":
                if not (get_path(body, paging.items_path) if paging.items_path else body):
                    return None
                self.number += 1
                return with_query_value(self.first, paging.page_param, str(self.number))
            case _:
                return None

    def _followed(self, found: str) -> str:
        if len(found) > LONGEST_URL:
            raise NodeFailed("invalid_pagination", f"The next page's URL is longer than {LONGEST_URL} characters")
        parts_of(found)
        try:
            target = urljoin(self.first, found)
        except ValueError as exc:
            raise NodeFailed("invalid_pagination", "The next page's URL cannot be read") from exc
        if parts_of(target)[:2] != parts_of(self.first)[:2]:
            raise NodeFailed("invalid_pagination", "The next page is on another host")
        return target


def next_link(header: str) -> str | None:
    """Return the target of the first `rel="next"` of a Link header. Source: RFC 8288."""
    for target, params in LINK.findall(header):
        found = REL.search(params)
        if found is not None and "next" in (found[1] or found[2]).lower().split():
            return str(target).strip()
    return None


def parts_of(url: str) -> SplitResult:
    """Return the parts of a URL. Raises: NodeFailed, without the URL: it may hold a password."""
    try:
        parts = url_parts(url)
        _ = parts.port
    except ValueError as exc:
        reason = "" if "@" in url else f": {exc}"
        raise NodeFailed("invalid_params", f"The URL cannot be read{reason}"[:300]) from exc
    return parts


def _query_value(url: str, name: str) -> str | None:
    for piece in parts_of(url).query.split("&"):
        key, _, value = piece.partition("=")
        if unquote_plus(key) == name:
            return unquote_plus(value)
    return None


def with_query_value(url: str, name: str, value: str) -> str:
    """Return a URL with a parameter of its query set, in its place; all others stay as they are written."""
    parts = parts_of(url)
    written = f"{quote_plus(name)}={quote_plus(value)}"
    pieces: list[str] = []
    for piece in parts.query.split("&") if parts.query else ():
        if unquote_plus(piece.partition("=")[0]) != name:
            pieces.append(piece)
        elif written not in pieces:
            pieces.append(written)
    if written not in pieces:
        pieces.append(written)
    return urlunsplit(parts._replace(query="&".join(pieces)))
