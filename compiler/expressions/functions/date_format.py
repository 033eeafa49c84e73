"""Luxon's format tokens, for writing and for reading. Source: Luxon's manual, "Formatting" and "Parsing"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from compiler.expressions.functions import locales
from core.values import moments
from core.values.times import zone

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_TOKEN = re.compile(
    r"'([^']*)'|y{1,6}|L{1,5}|M{1,5}|d{1,4}|E{1,5}|c{1,5}|H{1,2}|h{1,2}|m{1,2}|s{1,2}|S{1,3}|u{1,3}|"
    r"a|Z{1,5}|z|o{1,3}|W{1,2}|k{2,4}|q{1,2}|n{1,2}|X|x|D{1,4}|T{1,4}|t{1,4}|f{1,4}|F{1,4}|G{1,5}"
)


def offset_text(moment: datetime, *, colon: bool = True) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    sign, minutes = "-" if minutes < 0 else "+", abs(minutes)
    return f"{sign}{minutes // 60:02d}{':' if colon else ''}{minutes % 60:02d}"


def _narrow_offset(moment: datetime) -> str:
    text = offset_text(moment)
    hours, minutes = text[1:].split(":")
    return f"{text[0]}{int(hours)}" + (f":{minutes}" if minutes != "00" else "")


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


WRITE: dict[str, Callable[[datetime], str]] = {
    "y": lambda m: str(m.year),
    "yy": lambda m: f"{m.year % 100:02d}",
    "yyyy": lambda m: f"{m.year:04d}",
    "yyyyyy": lambda m: f"{m.year:06d}",
    "L": lambda m: str(m.month),
    "LL": lambda m: f"{m.month:02d}",
    "LLL": lambda m: MONTHS[m.month - 1][:3],
    "LLLL": lambda m: MONTHS[m.month - 1],
    "LLLLL": lambda m: MONTHS[m.month - 1][0],
    "d": lambda m: str(m.day),
    "dd": lambda m: f"{m.day:02d}",
    "E": lambda m: str(m.isoweekday()),
    "EEE": lambda m: DAYS[m.weekday()][:3],
    "EEEE": lambda m: DAYS[m.weekday()],
    "EEEEE": lambda m: DAYS[m.weekday()][0],
    "H": lambda m: str(m.hour),
    "HH": lambda m: f"{m.hour:02d}",
    "h": lambda m: str(_hour12(m)),
    "hh": lambda m: f"{_hour12(m):02d}",
    "m": lambda m: str(m.minute),
    "mm": lambda m: f"{m.minute:02d}",
    "s": lambda m: str(m.second),
    "ss": lambda m: f"{m.second:02d}",
    "S": lambda m: str(m.microsecond // 1000),
    "SSS": lambda m: f"{m.microsecond // 1000:03d}",
    "u": lambda m: f"{m.microsecond // 1000:03d}",
    "uu": lambda m: f"{m.microsecond // 10000:02d}",
    "uuu": lambda m: str(m.microsecond // 100_000),
    "a": lambda m: "AM" if m.hour < 12 else "PM",
    "Z": _narrow_offset,
    "ZZ": offset_text,
    "ZZZ": lambda m: offset_text(m, colon=False),
    "ZZZZ": lambda m: m.tzname() or "",
    "ZZZZZ": lambda m: m.tzname() or "",
    "z": lambda m: getattr(m.tzinfo, "key", None) or ("UTC" if m.tzinfo is UTC else f"UTC{_narrow_offset(m)}"),
    "o": lambda m: str(m.timetuple().tm_yday),
    "GG": lambda m: "Anno Domini",
    "GGGGG": lambda m: "A",
    "ooo": lambda m: f"{m.timetuple().tm_yday:03d}",
    "W": lambda m: str(m.isocalendar().week),
    "WW": lambda m: f"{m.isocalendar().week:02d}",
    "kk": lambda m: f"{m.isocalendar().year % 100:02d}",
    "kkkk": lambda m: f"{m.isocalendar().year:04d}",
    "n": lambda m: str(m.isocalendar().week),
    "nn": lambda m: f"{m.isocalendar().week:02d}",
    "q": lambda m: str((m.month + 2) // 3),
    "qq": lambda m: f"{(m.month + 2) // 3:02d}",
    "X": lambda m: str(int(m.timestamp())),
    "x": lambda m: str(round(m.timestamp() * 1000)),
    "G": lambda m: "AD",
}
for _letter in ("M", "c"):
    WRITE.update(
        {key.replace("L" if _letter == "M" else "E", _letter): value for key, value in WRITE.items() if key[0] in "LE"}
    )


_DATE = {"year": "numeric", "month": "numeric", "day": "numeric"}
_DATES: dict[int, dict[str, str]] = {
    1: _DATE, 2: {**_DATE, "month": "short"}, 3: {**_DATE, "month": "long"},
    4: {**_DATE, "month": "long", "weekday": "long"},
}  # fmt: skip
_CLOCK = {"hour": "numeric", "minute": "numeric"}
_FULL_CLOCK = {**_CLOCK, "second": "numeric"}
_ZONES = {3: {"timeZoneName": "short"}, 4: {"timeZoneName": "long"}}
_WIDTHS = {3: "abbreviated", 4: "wide", 5: "narrow"}


_SHORT_DAY = {**_DATES[2], "weekday": "short"}
PRESETS: dict[str, Any] = {
    "DATE_SHORT": _DATES[1], "DATE_MED": _DATES[2], "DATE_MED_WITH_WEEKDAY": _SHORT_DAY, "DATE_FULL": _DATES[3],
    "DATE_HUGE": _DATES[4], "TIME_SIMPLE": _CLOCK, "TIME_WITH_SECONDS": _FULL_CLOCK,
    "TIME_WITH_SHORT_OFFSET": _FULL_CLOCK | _ZONES[3], "TIME_WITH_LONG_OFFSET": _FULL_CLOCK | _ZONES[4],
    "TIME_24_SIMPLE": _CLOCK | {"hourCycle": "h23"}, "TIME_24_WITH_SECONDS": _FULL_CLOCK | {"hourCycle": "h23"},
    "TIME_24_WITH_SHORT_OFFSET": _FULL_CLOCK | {"hourCycle": "h23"} | _ZONES[3],
    "TIME_24_WITH_LONG_OFFSET": _FULL_CLOCK | {"hourCycle": "h23"} | _ZONES[4],
    "DATETIME_SHORT": _DATES[1] | _CLOCK, "DATETIME_SHORT_WITH_SECONDS": _DATES[1] | _FULL_CLOCK,
    "DATETIME_MED": _DATES[2] | _CLOCK, "DATETIME_MED_WITH_SECONDS": _DATES[2] | _FULL_CLOCK,
    "DATETIME_MED_WITH_WEEKDAY": _SHORT_DAY | _CLOCK, "DATETIME_FULL": _DATES[3] | _CLOCK | _ZONES[3],
    "DATETIME_FULL_WITH_SECONDS": _DATES[3] | _FULL_CLOCK | _ZONES[3], "DATETIME_HUGE": _DATES[4] | _CLOCK | _ZONES[4],
    "DATETIME_HUGE_WITH_SECONDS": _DATES[4] | _FULL_CLOCK | _ZONES[4],
}  # fmt: skip


def _options_of(token: str) -> dict[str, str]:
    """Return what a token for a whole date or time writes, as options. Source: Luxon's `formats`."""
    size, letter = len(token), token[0]
    if letter == "D":
        return _DATES[size]
    if letter in "tT":
        clock = (_CLOCK if size == 1 else _FULL_CLOCK) | _ZONES.get(size, {})
        return clock | ({"hourCycle": "h23"} if letter == "T" else {})
    return _DATES[size] | (_CLOCK if letter == "f" else _FULL_CLOCK) | _ZONES.get(size, {})


def _in_words(moment: datetime, token: str, locale: str) -> str | None:
    """Write what is written otherwise in each language; None for other tokens."""
    letter, size = token[0], len(token)
    if letter in "DTtfF":
        return locales.written(moment, _options_of(token), locale)
    if locale == locales.ENGLISH:
        return None
    if letter in "ML" and size > 2:
        return locales.month(moment, locale, _WIDTHS[size], is_alone=letter == "L")
    if letter in "Ec" and size > 2:
        return locales.weekday(moment, locale, _WIDTHS[size], is_alone=letter == "c")
    return locales.half_day(moment, locale) if letter == "a" else None


def write(moment: datetime, pattern: str, locale: str = locales.ENGLISH) -> str:
    """Write a moment with Luxon's tokens; text in single quotes stands for itself."""

    def token(found: re.Match[str]) -> str:
        if found.group(1) is not None:
            return found.group(1)
        words = _in_words(moment, found.group(), locale)
        if words is not None:
            return words
        maker = WRITE.get(found.group())
        return maker(moment) if maker else found.group()

    return _TOKEN.sub(token, pattern)


_READ = {
    "yyyy": r"(?P<year>\d{4})",
    "yy": r"(?P<year2>\d{2})",
    "y": r"(?P<year>\d{1,6})",
    "MMMM": r"(?P<monthname>[A-Za-z]+)",
    "MMM": r"(?P<monthname>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "dd": r"(?P<day>\d{2})",
    "d": r"(?P<day>\d{1,2})",
    "HH": r"(?P<hour>\d{2})",
    "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<hour12>\d{2})",
    "h": r"(?P<hour12>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "m": r"(?P<minute>\d{1,2})",
    "ss": r"(?P<second>\d{2})",
    "s": r"(?P<second>\d{1,2})",
    "SSS": r"(?P<milli>\d{3})",
    "S": r"(?P<milli>\d{1,3})",
    "u": r"(?P<fraction>\d{1,9})",
    "a": r"(?P<half>[AaPp][Mm])",
    "EEEE": r"[A-Za-z]+",
    "EEE": r"[A-Za-z]{3}",
    "Z": r"(?P<offset>Z|[+-]\d{1,2}(?::\d{2})?)",
    "ZZ": r"(?P<offset>Z|[+-]\d{2}:\d{2})",
    "ZZZ": r"(?P<offset>Z|[+-]\d{4})",
    "z": r"(?P<zone>[A-Za-z_+\-/0-9]+)",
    "X": r"(?P<seconds>-?\d+)",
    "x": r"(?P<millis>-?\d+)",
    "o": r"(?P<ordinal>\d{1,3})",
}
_READ.update({key.replace("M", "L"): value for key, value in _READ.items() if key[0] == "M"})


def read(text: str, pattern: str, where: tzinfo) -> datetime | None:
    """Read text with Luxon's tokens; None where it does not fit."""
    regex, at, known = "", 0, set[str]()
    for found in _TOKEN.finditer(pattern):
        regex += re.escape(pattern[at : found.start()])
        at = found.end()
        part = re.escape(found.group(1)) if found.group(1) is not None else _READ.get(found.group())
        if part is None:
            return None
        name = re.search(r"\?P<(\w+)>", part)
        if name and name.group(1) in known:
            part = part.replace(f"?P<{name.group(1)}>", "")
        known.add(name.group(1) if name else "")
        regex += part
    fits = re.fullmatch(regex + re.escape(pattern[at:]), text, re.IGNORECASE)
    return _moment({key: value for key, value in fits.groupdict().items() if value}, where) if fits else None


def _moment(parts: dict[str, str], where: tzinfo) -> datetime | None:
    try:
        if "seconds" in parts or "millis" in parts:
            return datetime.fromtimestamp(int(parts.get("seconds", 0)) + int(parts.get("millis", 0)) / 1000, where)
        if "zone" in parts:
            where = zone(parts["zone"])
        if "offset" in parts:
            where = offset_of(parts["offset"])
        month = int(parts.get("month", 1))
        if "monthname" in parts:
            month = [name[:3].lower() for name in MONTHS].index(parts["monthname"][:3].lower()) + 1
        hour = int(parts.get("hour", 0))
        if "hour12" in parts:
            hour = int(parts["hour12"]) % 12 + (12 if parts.get("half", "am").lower() == "pm" else 0)
        year = (
            int(parts["year"])
            if "year" in parts
            else (_century(int(parts["year2"])) if "year2" in parts else datetime.now(where).year)
        )
        micro = int(parts["fraction"][:6].ljust(6, "0")) if "fraction" in parts else int(parts.get("milli", 0)) * 1000
        made = datetime(  # noqa: DTZ001 (the zone follows)
            year,
            month,
            int(parts.get("day", 1)),
            hour,
            int(parts.get("minute", 0)),
            int(parts.get("second", 0)),
            micro,
        )
        made += timedelta(days=int(parts["ordinal"]) - 1 if "ordinal" in parts else 0)
        return moments.at_clock(made, where)
    except (ValueError, OverflowError, OSError):
        return None


def _century(year: int) -> int:
    return 1900 + year if year > 60 else 2000 + year


def offset_of(text: str) -> tzinfo:
    if text in ("Z", "z"):
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
