"""Names of files on the wire: Content-Disposition, read and written.

Source: RFC 6266 and RFC 8187 for answers, RFC 7578 section 4.2 for parts of forms.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from core.values.text_encoding import decode_as, meant_by

LONGEST = 255
PARAMETER = re.compile(r""";\s*([A-Za-z0-9!#$&+.^_`|~*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))""", re.DOTALL)
ESCAPED = re.compile(r'\\(["\\])')  # others are kept: programs send paths of Windows unescaped
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
FORM_ESCAPES = {"%22": '"', "%0D": "", "%0A": "", "%0d": "", "%0a": ""}


def parameters_of(header: str) -> dict[str, str]:
    """Return the parameters of a header by their names in lower case; of those with `*` what they stand for.

    `filename*` comes as `filename`, in place of a plain one; the first of two wins.
    """
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    for name, quoted, token in PARAMETER.findall(";" + header.partition(";")[2]):
        value = ESCAPED.sub(r"\1", quoted) if quoted or not token else token.strip()
        lowered = name.lower()
        if not lowered.endswith("*"):
            plain.setdefault(lowered, value)
        elif (read := _extended(value)) is not None:
            extended.setdefault(lowered[:-1], read)
    return {**plain, **extended}


def _extended(value: str) -> str | None:
    """Return what `charset'language'percent-encoded` stands for, or None where it is none of that."""
    charset, quote_mark, rest = value.partition("'")
    _, second, encoded = rest.partition("'")
    if not quote_mark or not second or meant_by(charset) is None:
        return None
    return decode_as(unquote_to_bytes(encoded), charset).text


def file_name_of(header: str | None) -> str | None:
    """Return the file's name that a Content-Disposition gives, without folders; None where it gives none."""
    return None if not header else base_name(parameters_of(header).get("filename"))


def base_name(name: str | None) -> str | None:
    """Return a name without folders and control characters, or None where nothing is left of it."""
    if not name:
        return None
    last = CONTROLS.sub("", name).replace("\\", "/").rsplit("/", 1)[-1].strip()
    return None if last in ("", ".", "..") else last[-LONGEST:]


def attachment(file_name: str) -> str:
    """Return the Content-Disposition of a download: a name for all, and the very name for those who read it."""
    name = base_name(file_name) or "download"
    plain = re.sub(r"[^ !#-$&-\[\]-~]", "_", name)  # ASCII without quotes, backslashes and percent signs
    if plain == name:
        return f'attachment; filename="{name}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def form_part(name: str, file_name: str | None = None) -> str:
    """Return the Content-Disposition of a form's part, its names written as browsers write them."""
    said = f'form-data; name="{_in_form(name)}"'
    return said if file_name is None else f'{said}; filename="{_in_form(file_name)}"'


def _in_form(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def of_form(text: str) -> str:
    """Return a name of a form's part as it was meant: browsers write quotes with percent signs."""
    return re.sub("%22|%0[dD]|%0[aA]", lambda found: FORM_ESCAPES[found[0]], text)
