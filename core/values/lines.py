"""Text that has to fit on one line: headers of mails, titles, names."""

from __future__ import annotations

import re
import unicodedata

# Control characters, line and paragraph separators, halves of surrogate pairs.
_BREAKS = frozenset({"Cc", "Zl", "Zp", "Cs"})

_DOT = re.compile(r"[.\u3002\uff0e\uff61](?=\w)")  # and what stands for it in names of hosts
_COLON = re.compile(r":(?=[/\uff0f\\])")


def one_line(text: str, most: int) -> str:
    """Return a text without control characters and line breaks, what was between them a single space, cut to `most`."""
    clean = "".join(" " if unicodedata.category(one) in _BREAKS else one for one in text)
    return " ".join(clean.split())[:most].strip()


def unlinked(text: str) -> str:
    """Return a text that others chose, for a mail: in no part of it a mail program sees the address of a site."""
    return _COLON.sub(": ", _DOT.sub(". ", one_line(text, len(text))))


def has_breaks(text: str) -> bool:
    """Tell whether a text holds characters that no single line may hold."""
    return any(unicodedata.category(one) in _BREAKS for one in text)


def plain_lines(text: str) -> str:
    """Return a text that a mail's body may hold: line breaks and tabs stay, other control characters go."""
    text = text.replace("\r\n", "\n")
    return "".join(one if one in "\n\t" or unicodedata.category(one) not in _BREAKS else " " for one in text)
