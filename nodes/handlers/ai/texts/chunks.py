"""Long texts in parts that a model can take: cut between paragraphs, else between lines, sentences, words."""

from __future__ import annotations

CUTS = ("\n\n", "\n", ". ", "! ", "? ", " ")
LEAST = 0.5  # of a part: a cut before that would leave too many parts


def chunks(text: str, most_chars: int) -> list[str]:
    """Return a text in parts of at most so many characters, without the white space around them."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        end = _end(text, at, most_chars)
        part = text[at:end].strip()
        if part:
            parts.append(part)
        at = end
    return parts


def _end(text: str, at: int, most_chars: int) -> int:
    """Return where the part that begins at a place ends."""
    last = at + most_chars
    if last >= len(text):
        return len(text)
    for cut in CUTS:
        found = text.rfind(cut, at + int(most_chars * LEAST), last - len(cut) + 1)
        if found >= 0:
            return found + len(cut)
    return last


def grouped(texts: list[str], most_chars: int) -> list[list[str]]:
    """Return texts in groups, in their order, of at most so many characters each; at least two to a group."""
    groups: list[list[str]] = []
    size = 0
    for text in texts:
        if not groups or (size + len(text) > most_chars and len(groups[-1]) > 1):
            groups.append([])
            size = 0
        groups[-1].append(text)
        size += len(text)
    if len(groups) > 1 and len(groups[-1]) == 1:
        alone = groups.pop()
        groups[-1] += alone
    return groups
