"""Text that has to fit on one line: headers of mails, titles, names."""

from __future__ import annotations

import unicodedata

# Control characters, line and paragraph separators, halves of surrogate pairs.
_BREAKS = frozenset({"Cc", "Zl", "Zp", "Cs"})


def one_line(text: str, most: int) -> str:
    """Return a text without control characters and line breaks, what was between them a single space, cut to `most`."""
    clean = "".join(" " if unicodedata.category(one) in _BREAKS else one for one in text)
    return " ".join(clean.split())[:most].strip()


def has_breaks(text: str) -> bool:
    """Tell whether a text holds characters that no single line may hold."""
    return any(unicodedata.category(one) in _BREAKS for one in text)


def plain_lines(text: str) -> str:
    """Return a text that a mail's body may hold: line breaks and tabs stay, other control characters go."""
    text = text.replace("\r\n", "\n")
    return "".join(one if one in "\n\t" or unicodedata.category(one) not in _BREAKS else " " for one in text)
