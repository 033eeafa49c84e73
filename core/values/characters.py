"""Unicode normalization in linear time: the library's sorts long runs of combining marks one by one."""

import re
import unicodedata
from functools import cache
from typing import Literal

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
PIECE = 256  # characters: even all marks, they are sorted soon
SHORT = 64  # marks behind one letter; real text has a few
_DECOMPOSED: dict[Form, Form] = {"NFC": "NFD", "NFD": "NFD", "NFKC": "NFKD", "NFKD": "NFKD"}


@cache
def _long_runs(form: Form) -> re.Pattern[str]:
    """Return what finds long runs of characters that a form makes marks of, and nothing but marks.

    Any character of another kind leaves something that marks are not sorted past. What they are called says nothing:
    the halfwidth sound marks of Japanese are letters, and marks in the compatibility forms.
    """
    marks = (chr(code) for code in range(0x300, 0x20000) if _is_mark(form, chr(code)))
    return re.compile(f"[{''.join(marks)}]{{{SHORT},}}")


def _is_mark(form: Form, char: str) -> bool:
    if not unicodedata.combining(char) and not unicodedata.decomposition(char):
        return False  # as nearly all
    return all(unicodedata.combining(part) for part in unicodedata.normalize(form, char))


def normalized(form: Form, text: str) -> str:
    """Return a text in one of Unicode's forms."""
    return unicodedata.normalize(form, in_order(form, text))


def decomposed_size(text: str, most: int) -> int:
    """Return how long a text is once each character of it is decomposed; above `most` it is not told exactly."""
    if text.isascii():
        return len(text)
    size = 0
    for at in range(0, len(text), PIECE):
        size += len(unicodedata.normalize("NFKD", text[at : at + PIECE]))
        if size > most:
            break
    return size


def in_order(form: Form, text: str) -> str:
    """Return a text with its long runs of marks as a form has them: the same text in that form, and soon made."""
    if len(text) <= SHORT or text.isascii():
        return text
    decomposed = _DECOMPOSED[form]

    def sort(run: re.Match[str]) -> str:
        parts = "".join(unicodedata.normalize(decomposed, char) for char in run.group())
        return "".join(sorted(parts, key=unicodedata.combining))

    return _long_runs(decomposed).sub(sort, text)
