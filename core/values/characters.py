"""Unicode normalization in linear time: the library's sorts long runs of combining marks one by one."""

import re
import unicodedata
from functools import cache
from typing import Literal

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
SHORT = 64  # marks behind one letter; real text has a few


@cache
def _long_runs() -> re.Pattern[str]:
    """Return what finds long runs of characters that are marks, or are made of marks alone."""
    marks = (chr(code) for code in range(0x300, 0x20000) if _is_mark(chr(code)))
    return re.compile(f"[{''.join(marks)}]{{{SHORT},}}")


def _is_mark(char: str) -> bool:
    if not unicodedata.category(char).startswith("M"):
        return False
    return unicodedata.combining(char) > 0 or unicodedata.combining(unicodedata.normalize("NFD", char)[0]) > 0


def _in_order(run: re.Match[str]) -> str:
    """Return marks in the order that all forms have them in: the same text for Unicode, and soon sorted."""
    parts = "".join(unicodedata.normalize("NFD", char) for char in run.group())
    return "".join(sorted(parts, key=unicodedata.combining))


def normalized(form: Form, text: str) -> str:
    """Return a text in one of Unicode's forms."""
    if len(text) > SHORT and not text.isascii():
        text = _long_runs().sub(_in_order, text)
    return unicodedata.normalize(form, text)
