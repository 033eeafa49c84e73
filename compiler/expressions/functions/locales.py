"""Dates and numbers as people write them in ten languages, by the data of Unicode's CLDR.

Other languages are refused: English in their place would be wrong without a sign. The library that holds the data is
loaded when the first text is asked for.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from compiler.expressions.errors import ExpressionFailed

ENGLISH = "en-US"
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ja", "zh")
_TAG = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}|\d{3}))?(?:[-_].*)?")
_AT = {
    "en": "{1} 'at' {0}", "de": "{1} 'um' {0}", "fr": "{1} 'à' {0}", "es": "{1}, {0}", "it": "{1} 'alle' 'ore' {0}",
    "pt": "{1} 'às' {0}", "nl": "{1} 'om' {0}",
}  # fmt: skip
_BLANK = {"fr": ("short",), "ja": ("short", "medium"), "zh": ("short", "medium")}  # between date and time, else a comma
_SEPARATE = "{1} {0}"
_SHORT_ZONE, _LONG_ZONE = "\ue000", "\ue001"  # where the name of the zone goes in a pattern
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-])(\d{2}):?(\d{2})")


def known(tag: str) -> str:
    """Return a language tag as it was given. Raises: ExpressionFailed for one that is not written here."""
    _locale(tag)
    return tag


@lru_cache(maxsize=64)
def _locale(tag: str) -> Any:
    found = _TAG.fullmatch(tag[:40])
    language = found[1].lower() if found else ""
    if found is None or language not in LANGUAGES:
        raise ExpressionFailed(f"the language {tag[:40]!r} is not among those known: {', '.join(LANGUAGES)}")
    babel = _babel("babel")
    script, region = found[2], found[3]
    for named in ((language, region, script), (language, region), (language,)):
        try:
            return babel.Locale(*named)
        except babel.UnknownLocaleError:
            continue
    raise AssertionError(tag)  # each of the languages is there


@cache
def _babel(module: str) -> Any:
    """Return the library's module: a megabyte, which most installations never need."""
    return importlib.import_module(module)


def month(moment: datetime, locale: str, width: str, *, is_alone: bool) -> str:
    known_as = _locale(locale)
    if known_as.language in ("ja", "zh") and not is_alone:
        return f"{moment.month}月"
    return str(known_as.months["stand-alone" if is_alone else "format"][width][moment.month])


def weekday(moment: datetime, locale: str, width: str, *, is_alone: bool) -> str:
    return str(_locale(locale).days["stand-alone" if is_alone else "format"][width][moment.weekday()])


def half_day(moment: datetime, locale: str) -> str:
    """Return `AM` or `PM`."""
    names = _locale(locale).day_periods["format"]["abbreviated"]
    return str(names["am" if moment.hour < 12 else "pm"])


def written(moment: datetime, options: Mapping[str, Any], locale: str) -> str:
    """Write a moment with the options of `Intl.DateTimeFormat`; without any, its date in digits."""
    return _applied(_pattern(tuple(sorted(_plain(options).items())), locale), moment, locale)


def _plain(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the options that say what to write, as texts."""
    names = (
        "weekday", "year", "month", "day", "hour", "minute", "second", "timeZoneName", "hour12", "hourCycle",
        "dateStyle", "timeStyle",
    )  # fmt: skip
    found = {name: str(options[name])[:10] for name in names if isinstance(options.get(name), (str, bool))}
    if not found.keys() - {"hour12", "hourCycle", "timeZoneName"}:
        found |= {"year": "numeric", "month": "numeric", "day": "numeric"}
    return found


def _applied(pattern: str, moment: datetime, locale: str) -> str:
    dates = _babel("babel.dates")
    text = str(dates.parse_pattern(pattern).apply(moment, _locale(locale)))
    for mark, width in ((_SHORT_ZONE, "short"), (_LONG_ZONE, "long")):
        if mark in text:
            text = text.replace(mark, _zone_name(moment, width, _locale(locale)))
    return text.replace("\u202f", " ")  # as V8 writes it


def _zone_name(moment: datetime, width: str, known_as: Any) -> str:
    """Return the name of a moment's zone, or its offset where the language has no short name for it."""
    name = str(_babel("babel.dates").get_timezone_name(moment, width=width, locale=known_as))
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return name
    sign, hours, minutes = offset.groups()
    return (
        f"{'UTC' if known_as.language == 'fr' else 'GMT'}{sign}{int(hours)}{f':{minutes}' if minutes != '00' else ''}"
    )


@lru_cache(maxsize=512)
def _pattern(given: tuple[tuple[str, str], ...], locale: str) -> str:
    """Return CLDR's pattern for some options."""
    options = dict(given)
    known_as = _locale(locale)
    if "dateStyle" in options or "timeStyle" in options:
        date = _of_style(known_as.date_formats, options.get("dateStyle"))
        clock = _of_style(known_as.time_formats, options.get("timeStyle"))
        return _joined(date, clock, known_as, options.get("dateStyle", "short"))
    date = _date_pattern(options, known_as)
    size = {"long": "long", "short": "medium"}.get(options.get("month", ""), "short")
    return _joined(date, _time_pattern(options, known_as), known_as, size, is_full="weekday" in options)


def _of_style(formats: Any, style: str | None) -> str:
    if style is None:
        return ""
    return str(formats[style if style in ("full", "long", "medium", "short") else "medium"].pattern)


def _joined(date: str, clock: str, known_as: Any, size: str, *, is_full: bool = False) -> str:
    if not date or not clock:
        return date or clock
    language = known_as.language
    if size in ("long", "full"):
        glue = _AT.get(language, _SEPARATE)
        glue = "{1} 'a' 'las' {0}" if language == "es" and size == "long" and not is_full else glue
    else:
        glue = _SEPARATE if size in _BLANK.get(language, ()) else "{1}, {0}"
    return glue.replace("{1}", date).replace("{0}", clock)


def _date_pattern(options: Mapping[str, str], known_as: Any) -> str:
    width = {"long": "MMMM", "short": "MMM", "narrow": "MMM"}.get(options.get("month", ""), "M")
    letters = [("year", "y"), ("month", width), ("weekday", "E"), ("day", "d")]
    wanted = "".join(letter for name, letter in letters if name in options)
    if not wanted:
        return ""
    pattern = _skeleton(wanted, known_as)
    if "weekday" in options:
        pattern = re.sub(r"E+|c+", {"long": "EEEE", "narrow": "EEEEE"}.get(options["weekday"], "EEE"), pattern)
    if width != "M":
        pattern = re.sub(r"M{3,}|L{3,}", lambda found: found.group()[0] * len(width), pattern)
    elif options.get("month") == "2-digit":
        pattern = re.sub(r"M+|L+", "MM", pattern)
    if options.get("day") == "2-digit":
        pattern = re.sub(r"d+", "dd", pattern)
    return re.sub(r"y+", "yy", pattern) if options.get("year") == "2-digit" else pattern


def _skeleton(wanted: str, known_as: Any) -> str:
    """Return the pattern for fields: as the language has it, or from the nearest it has."""
    if wanted == "yMMMMd":
        return str(known_as.date_formats["long"].pattern)
    if wanted == "yMMMMEd":
        return str(known_as.date_formats["full"].pattern)
    if wanted in ("E", "MMMM", "MMM"):
        return {"E": "cccc", "MMMM": "LLLL", "MMM": "LLL"}[wanted]
    skeletons = known_as.datetime_skeletons
    for name in (wanted, wanted.replace("MMMM", "MMM")):
        if name in skeletons:
            return str(skeletons[name].pattern)
    return " ".join(re.findall(r"M+|[yEd]", wanted))


def _time_pattern(options: Mapping[str, str], known_as: Any) -> str:
    if not options.keys() & {"hour", "minute", "second"}:
        return "" if "timeZoneName" not in options else _with_zone("", options, known_as)
    is_half = "h" in str(known_as.time_formats["short"].pattern)
    if "hour12" in options:
        is_half = options["hour12"] == "True"
    elif "hourCycle" in options:
        is_half = options["hourCycle"] in ("h11", "h12")
    fields = ("h" if is_half else "H") + ("m" if "minute" in options else "") + ("s" if "second" in options else "")
    fields = fields if "hour" in options else fields[1:]
    skeletons = known_as.datetime_skeletons
    pattern = str(skeletons[fields].pattern) if fields in skeletons else ":".join(letter * 2 for letter in fields)
    if options.get("hour") == "2-digit":
        pattern = re.sub(r"[hH]+", lambda found: found.group()[0] * 2, pattern)
    return _with_zone(pattern, options, known_as)


def _with_zone(pattern: str, options: Mapping[str, str], known_as: Any) -> str:
    name = options.get("timeZoneName")
    if name is None:
        return pattern
    mark = _LONG_ZONE if name == "long" else _SHORT_ZONE
    return (f"{mark} {pattern}" if known_as.language == "zh" else f"{pattern} {mark}").strip()


def relative(amount: int, unit: str, locale: str) -> str:
    """Return `in 2 days` or `2 days ago`, for an amount below zero."""
    known_as = _locale(locale)
    forms = known_as._data["date_fields"][unit]["future" if amount >= 0 else "past"]
    form = forms.get(known_as.plural_form(abs(amount)), forms["other"])
    return str(form.replace("{0}", str(abs(amount))))


def symbols(locale: str) -> tuple[str, str, bool]:
    """Return the point, what parts thousands, and whether numbers below ten thousand have it."""
    known_as = _locale(locale)
    found = known_as.number_symbols.get("latn", known_as.number_symbols)
    is_late = known_as.language in ("es", "it", "pl") or str(known_as) == "pt_PT"
    return str(found["decimal"]), str(found["group"]), not is_late


def percentage(number: str, locale: str) -> str:
    return _placed(str(_locale(locale).percent_formats[None].pattern), number)


def amount_of(number: str, currency: str, locale: str, *, is_negative: bool) -> str:
    """Write an amount of money, with its sign where the language has it."""
    known_as = _locale(locale)
    symbol = str(_babel("babel.numbers").get_currency_symbol(currency, known_as))
    plain, _, negative = str(known_as.currency_formats["standard"].pattern).partition(";")
    pattern = (negative or f"-{plain}") if is_negative else plain
    if symbol[-1:].isalpha() and pattern.replace("¤", "", 1)[:1].isspace() is False and pattern.startswith("¤"):
        symbol += "\u00a0"
    return _placed(pattern, number).replace("¤", symbol)


def _placed(pattern: str, number: str) -> str:
    return re.sub(r"[#0][#0,.]*", lambda _: number, pattern, count=1)
