"""`DateTime`: the common forms of Luxon, and n8n's additions."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.functions import date_format, locales
from compiler.expressions.functions.date_reading import (
    EPOCH,
    iso_moment,
    moment_at,
    moment_from_text,
    moved,
    zone_or_utc,
)
from compiler.expressions.functions.durations import Duration, duration_of, unit_of
from compiler.expressions.functions.locales import ENGLISH
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    HostObject,
    index_of,
    is_nullish,
    normal,
    text_of,
)
from core.values import moments
from core.values.kinds import is_list, is_object
from core.values.moments import MILLIS


class Dated(HostObject):
    """What stands for a moment, or for none where it is invalid."""

    __slots__ = ()
    moment: datetime | None


class DateTime(Dated):
    """A moment in a zone; without one it is invalid, as Luxon's are."""

    __slots__ = ("locale", "moment")

    def __init__(self, moment: datetime | None, locale: str = ENGLISH) -> None:
        self.moment = moment
        self.locale = locale

    def with_moment(self, moment: datetime | None) -> DateTime:
        """Return another moment that is written in the same language."""
        return DateTime(moment, self.locale)

    @property
    def is_valid(self) -> bool:
        return self.moment is not None

    def millis(self) -> float:
        return math.nan if self.moment is None else round(moments.milliseconds(self.moment, EPOCH))

    def iso(self, *, milliseconds: bool = True) -> str:
        if self.moment is None:
            return "Invalid DateTime"
        text = f"{self.moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0")
        text += f".{self.moment.microsecond // 1000:03d}" if milliseconds else ""
        return text + ("Z" if self.moment.tzinfo is UTC else date_format.offset_text(self.moment))

    def member(self, key: str) -> Any:
        if key == "isValid":
            return self.is_valid
        method = METHODS.get(key)
        if method is not None:
            return Function(lambda arguments: method(self, arguments))
        token = IN_WORDS.get(key)
        if token is not None and self.moment is not None:
            return date_format.write(self.moment, token, self.locale)
        if key == "locale":
            return self.locale
        read = PROPERTIES.get(key)
        if read is None:
            return UNDEFINED
        return math.nan if self.moment is None else read(self.moment)

    def to_text(self) -> str:
        return self.iso()

    def to_number(self) -> float:
        return self.millis()

    def to_json(self) -> Any:
        return None if self.moment is None else self.iso()


PROPERTIES: dict[str, Callable[[datetime], Any]] = {
    "year": lambda m: m.year,
    "month": lambda m: m.month,
    "day": lambda m: m.day,
    "hour": lambda m: m.hour,
    "minute": lambda m: m.minute,
    "second": lambda m: m.second,
    "millisecond": lambda m: m.microsecond // 1000,
    "weekday": lambda m: m.isoweekday(),
    "weekNumber": lambda m: m.isocalendar().week,
    "weekYear": lambda m: m.isocalendar().year,
    "ordinal": lambda m: m.timetuple().tm_yday,
    "quarter": lambda m: (m.month + 2) // 3,
    "daysInMonth": lambda m: calendar.monthrange(m.year, m.month)[1],
    "isInLeapYear": lambda m: calendar.isleap(m.year),
    "daysInYear": lambda m: 366 if calendar.isleap(m.year) else 365,
    "weeksInWeekYear": lambda m: m.replace(month=12, day=28).isocalendar().week,
    "ts": lambda m: DateTime(m).millis(),
    "offset": lambda m: int((m.utcoffset() or timedelta()).total_seconds() // 60),
    "zoneName": lambda m: date_format.WRITE["z"](m),
    "isInDST": lambda m: bool(m.dst()),
    "offsetNameShort": lambda m: m.tzname() or "",
    "zone": lambda m: {"name": date_format.WRITE["z"](m)},
}


IN_WORDS = {"monthLong": "LLLL", "monthShort": "LLL", "weekdayLong": "cccc", "weekdayShort": "ccc"}


def shifted(moment: datetime, amounts: dict[str, float], sign: int = 1) -> datetime:
    """Add calendar units in local time, then hours and smaller in elapsed time. Raises: JsError."""
    try:
        return moments.shifted(moment, amounts, sign)
    except (ValueError, OverflowError):
        raise JsError("the time is out of range") from None


def start_of(moment: datetime, unit: str) -> datetime:
    try:
        return moments.start_of(moment, unit)
    except (ValueError, OverflowError):
        raise JsError("the time is out of range") from None


def as_moment(value: Any, where: tzinfo = UTC) -> datetime:
    """Return the moment of a DateTime, a Date, ISO text or milliseconds. Raises: JsError."""
    if isinstance(value, Dated):
        moment = value.moment
    elif isinstance(value, str):
        moment = moment_from_text(value, where)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        moment = moment_at(value, where)
    else:
        moment = None
    if moment is None:
        raise JsError("Invalid DateTime")
    return moment


def difference(later: datetime, earlier: datetime, units: tuple[str, ...]) -> Duration:
    """Return the time between two moments in the units given: whole calendar units first, the rest in the last one."""
    try:
        return Duration(moments.difference(later, earlier, units))
    except (ValueError, OverflowError):
        raise JsError("the time is out of range") from None


def _diff(this: DateTime, arguments: list[Any], *, default: str = "milliseconds") -> Duration:
    units = arguments[1] if len(arguments) > 1 and not is_nullish(arguments[1]) else default
    names = tuple(unit_of(unit) for unit in (units if is_list(units) else [units])[:9])
    here = _valid(this)
    return difference(here, as_moment(arguments[0] if arguments else None, here.tzinfo or UTC), names)


def _diff_to(this: DateTime, other: Any, arguments: list[Any]) -> Any:
    """n8n's diffTo: one unit gives a number, several an object; days where nothing is said."""
    given = arguments[1] if len(arguments) > 1 else "days"
    result = _diff(DateTime(as_moment(other)), [this, given])
    return (
        normal(next(iter(result.amounts.values())))
        if not is_list(given)
        else {unit: normal(amount) for unit, amount in result.amounts.items()}
    )


def _valid(this: DateTime) -> datetime:
    if this.moment is None:
        raise JsError("Invalid DateTime")
    return this.moment


def _first(arguments: list[Any], default: Any) -> Any:
    return arguments[0] if arguments and arguments[0] is not UNDEFINED else default


def locale_text(this: DateTime, arguments: list[Any]) -> str:
    """Do what `toLocaleString` does: a locale may stand before or in the options."""
    moment = _valid(this)
    given = [value for value in arguments[:2] if not is_nullish(value)]
    locale = text_of(given.pop(0)) if given and isinstance(given[0], str) else this.locale
    options = given[0] if given and is_object(given[0]) else {}
    locale = text_of(options.get("locale", locale))
    if "timeZone" in options:
        moment = moved(moment, zone_or_utc(text_of(options["timeZone"])))
    return locales.written(moment, options, locale)


def _with(this: DateTime, arguments: list[Any]) -> DateTime:
    given = arguments[0] if arguments and is_object(arguments[0]) else {}
    moment = _valid(this)
    changes = {_FIELDS.get(text_of(unit), text_of(unit)): index_of(amount) for unit, amount in given.items()}
    weekday, ordinal, week, week_year = (changes.pop(name, None) for name in _OTHER_FIELDS)
    changes = {unit_of(unit)[:-1]: amount for unit, amount in changes.items()}
    if "millisecond" in changes:
        changes["microsecond"] = changes.pop("millisecond") * 1000
    try:
        if week is not None or week_year is not None or weekday is not None:
            year, number, day = moment.isocalendar()
            date = datetime.fromisocalendar(week_year or year, week or number, weekday or day)
            changes |= {"year": date.year, "month": date.month, "day": date.day}
        if ordinal is not None:
            date = datetime(changes.get("year", moment.year), 1, 1) + timedelta(days=ordinal - 1)  # noqa: DTZ001 (a date only)
            changes |= {"month": date.month, "day": date.day}
        if "day" not in changes and ("month" in changes or "year" in changes):
            year, month = changes.get("year", moment.year), changes.get("month", moment.month)
            changes["day"] = min(moment.day, calendar.monthrange(year, month)[1])
        return this.with_moment(moments.with_clock(moment, **changes))
    except (ValueError, TypeError, OverflowError, calendar.IllegalMonthError):
        return this.with_moment(None)


_FIELDS = {"weekdays": "weekday", "weeknumber": "weekNumber", "weekNumbers": "weekNumber", "ordinals": "ordinal"}
_OTHER_FIELDS = ("weekday", "ordinal", "weekNumber", "weekYear")


def _relative(this: DateTime, arguments: list[Any]) -> str:
    base = arguments[0].get("base") if arguments and is_object(arguments[0]) else None
    here = _valid(this)
    seconds = moments.elapsed(here, as_moment(base) if base is not None else datetime.now(UTC)).total_seconds()
    for unit in ("years", "months", "weeks", "days", "hours", "minutes", "seconds"):
        amount = int(abs(seconds) * 1000 // MILLIS[unit])
        if amount or unit == "seconds":
            return locales.relative(amount if seconds >= 0 else -amount, unit[:-1], this.locale)
    return ""


def _between(this: DateTime, arguments: list[Any]) -> bool:
    one, other = (DateTime(as_moment(value)).millis() for value in [*arguments, None, None][:2])
    return min(one, other) < DateTime(_valid(this)).millis() < max(one, other)


def _extract(this: DateTime, arguments: list[Any]) -> Any:
    unit = text_of(_first(arguments, "week"))
    known = {"week": "weekNumber", "weekNumber": "weekNumber", "dayOfWeek": "weekday", "yearDayNumber": "ordinal"}
    return this.member(known.get(unit, unit.rstrip("s")))


def _zoned(this: DateTime, arguments: list[Any]) -> DateTime:
    where = zone_or_utc(text_of(_first(arguments, "UTC")))
    options = arguments[1] if len(arguments) > 1 and is_object(arguments[1]) else {}
    moment = _valid(this)
    there = moved(moment, where)
    if not options.get("keepLocalTime"):
        return this.with_moment(there)
    return this.with_moment(moments.placed(moment.replace(tzinfo=None), where, there.utcoffset() or timedelta()))


def _same(this: DateTime, arguments: list[Any]) -> bool:
    unit = unit_of(arguments[1] if len(arguments) > 1 else "milliseconds")
    here, other = _valid(this), as_moment(_first(arguments, None))
    return not moments.elapsed(start_of(here, unit), start_of(moved(other, here.tzinfo), unit))


def _options(arguments: list[Any]) -> dict[str, Any]:
    return arguments[0] if arguments and is_object(arguments[0]) else {}


def _iso(this: DateTime, arguments: list[Any]) -> Any:
    if this.moment is None:
        return None
    date = _iso_date(this, arguments)
    return f"{date}T{_iso_time(this, arguments)}"


def _iso_date(this: DateTime, arguments: list[Any]) -> Any:
    date = f"{_valid(this):%Y-%m-%d}".rjust(10, "0")
    return date.replace("-", "") if _options(arguments).get("format") == "basic" else date


def _iso_time(this: DateTime, arguments: list[Any]) -> str:
    """Return hours to milliseconds, and the offset, as the options want them."""
    moment, options = _valid(this), _options(arguments)
    is_bare = options.get("suppressMilliseconds") is True and not moment.microsecond // 1000
    text = f"{moment:%H:%M}"
    if not (options.get("suppressSeconds") is True and is_bare and not moment.second):
        text += f"{moment:%S}".rjust(3, ":") + ("" if is_bare else f".{moment.microsecond // 1000:03d}")
    if options.get("includeOffset") is not False:
        text += "Z" if moment.tzinfo is UTC else date_format.offset_text(moment)
    text = text.replace(":", "") if options.get("format") == "basic" else text
    return f"T{text}" if options.get("includePrefix") is True else text


def _sql(this: DateTime, arguments: list[Any]) -> str:
    return f"{_valid(this):%Y-%m-%d} ".rjust(11, "0") + _sql_time(this, arguments)


def _sql_time(this: DateTime, arguments: list[Any]) -> str:
    moment, options = _valid(this), _options(arguments)
    text = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    if options.get("includeZone") is True:
        return f"{text} {date_format.WRITE['z'](moment)}"
    return text if options.get("includeOffset") is False else f"{text} {date_format.offset_text(moment)}"


def _localized(this: DateTime, arguments: list[Any]) -> DateTime:
    locale = _options(arguments).get("locale", _first(arguments, ENGLISH))
    return DateTime(this.moment, locales.known(text_of(locale)) if isinstance(locale, str) else this.locale)


def _equal(this: DateTime, arguments: list[Any]) -> bool:
    other = arguments[0] if arguments else None
    if not isinstance(other, DateTime) or other.moment is None or this.moment is None:
        return False
    zones = (date_format.WRITE["z"](moment) for moment in (this.moment, other.moment))
    return this.millis() == other.millis() and len(set(zones)) == 1 and this.locale == other.locale


Of = Callable[[DateTime, list[Any]], Any]
METHODS: dict[str, Of] = {
    "plus": lambda this, a: this.with_moment(shifted(_valid(this), duration_of(a))),
    "minus": lambda this, a: this.with_moment(shifted(_valid(this), duration_of(a), -1)),
    "startOf": lambda this, a: this.with_moment(start_of(_valid(this), unit_of(_first(a, "day")))),
    "beginningOf": lambda this, a: this.with_moment(start_of(_valid(this), unit_of(_first(a, "week")))),
    "endOf": lambda this, a: _end_of(this, a, "day"),
    "endOfMonth": lambda this, a: _end_of(this, ["month"], "month"),
    "set": _with,
    "setZone": _zoned,
    "setLocale": _localized,
    "reconfigure": _localized,
    "toUTC": lambda this, a: this.with_moment(moved(_valid(this), UTC)),
    "toLocal": lambda this, a: this,
    "toDateTime": lambda this, a: this,
    "diff": _diff,
    "diffNow": lambda this, a: _diff(this, [DateTime(datetime.now(UTC)), *a]),
    "diffTo": lambda this, a: _diff_to(this, _first(a, None), a),
    "diffToNow": lambda this, a: _diff_to(this, DateTime(datetime.now(UTC)), [None, *a]),
    "toFormat": lambda this, a: _formatted(this, a),
    "format": lambda this, a: _formatted(this, a),
    "toISO": _iso,
    "toISODate": _iso_date,
    "toISOTime": _iso_time,
    "toISOWeekDate": lambda this, a: date_format.write(_valid(this), "kkkk-'W'WW-c"),
    "toSQL": _sql,
    "toSQLTime": _sql_time,
    "toSQLDate": lambda this, a: f"{_valid(this):%Y-%m-%d}",
    "toHTTP": lambda this, a: f"{moved(_valid(this), UTC):%a, %d %b %Y %H:%M:%S} GMT",
    "toRFC2822": lambda this, a: date_format.write(_valid(this), "EEE, dd LLL yyyy HH:mm:ss ZZZ"),
    "toLocaleString": locale_text,
    "toLocaleDateString": locale_text,
    "toString": lambda this, a: this.iso(),
    "toJSON": lambda this, a: this.to_json(),
    "toMillis": lambda this, a: this.millis(),
    "valueOf": lambda this, a: this.millis(),
    "getTime": lambda this, a: this.millis(),
    "toSeconds": lambda this, a: normal(this.millis() / 1000),
    "toUnixInteger": lambda this, a: math.floor(this.millis() / 1000) if this.is_valid else math.nan,
    "toObject": lambda this, a: {
        name: PROPERTIES[name](_valid(this))
        for name in ("year", "month", "day", "hour", "minute", "second", "millisecond")
    },
    "toRelative": _relative,
    "toRelativeCalendar": _relative,
    "hasSame": _same,
    "equals": _equal,
    "isBetween": _between,
    "isWeekend": lambda this, a: _valid(this).isoweekday() > 5,
    "isDst": lambda this, a: bool(_valid(this).dst()),
    "isInLast": lambda this, a: (
        0
        <= moments.milliseconds(datetime.now(UTC), _valid(this))
        <= Duration(duration_of([_first(a, 0), *(a[1:] or ["minutes"])])).millis()
    ),
    "extract": _extract,
    "isEmpty": lambda this, a: False,
    "isNotEmpty": lambda this, a: True,
}


def _formatted(this: DateTime, arguments: list[Any]) -> str:
    """Write a moment with tokens; options may name another language."""
    options = arguments[1] if len(arguments) > 1 and is_object(arguments[1]) else {}
    locale = text_of(options.get("locale", this.locale))
    return date_format.write(_valid(this), text_of(_first(arguments, "yyyy-MM-dd"))[:500], locale)


def _end_of(this: DateTime, arguments: list[Any], default: str) -> DateTime:
    unit = unit_of(_first(arguments, default))
    return this.with_moment(shifted(shifted(start_of(_valid(this), unit), {unit: 1}), {"milliseconds": 1}, -1))


def _place(where: str | tzinfo) -> tzinfo:
    return zone_or_utc(where) if isinstance(where, str) else where


def from_timestamp(millis: float, where: str | tzinfo) -> DateTime:
    return DateTime(moment_at(millis, _place(where)))


def date_time_from_text(text: str, where: str | tzinfo) -> DateTime:
    """Read any form of a date; invalid where none fits."""
    return DateTime(moment_from_text(text, _place(where)))


def iso_date_time(text: str, where: tzinfo, *, keeps_offset: bool = False) -> DateTime:
    """Read ISO 8601, and nothing else; `keeps_offset` leaves it in the zone of its own offset."""
    return DateTime(iso_moment(text, where, keeps_offset=keeps_offset))
