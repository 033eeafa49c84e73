"""`DateTime`: the common forms of Luxon, and n8n's additions."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from compiler.expressions.errors import ExpressionFailed, JsError
from compiler.expressions.functions import date_format
from compiler.expressions.functions.durations import MILLIS, UNITS, Duration, duration_of, unit_of
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    HostObject,
    index_of,
    is_nullish,
    normal,
    text_of,
)
from core.values.times import parse_time, zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone_or_utc(name: str) -> tzinfo:
    if name.upper() in ("UTC", "UTC+0", "Z", "GMT"):
        return UTC
    if name.upper().startswith("UTC") and name[3:4] in "+-":
        return date_format._offset(name[3:].rjust(3))  # pyright: ignore[reportPrivateUsage]
    try:
        return zone(name)
    except ValueError as exc:
        raise JsError(str(exc)) from None


def moved(moment: datetime, place: tzinfo | None) -> datetime:
    """Return a moment as it reads in a zone. Raises: ExpressionFailed where that is before the year 1 or after 9999."""
    try:
        return moment.astimezone(place)
    except OverflowError:
        raise ExpressionFailed(f"the date {moment.isoformat()} is before the year 1 or after 9999 there") from None


class Dated(HostObject):
    """What stands for a moment, or for none where it is invalid."""

    __slots__ = ()
    moment: datetime | None


class DateTime(Dated):
    """A moment in a zone; without one it is invalid, as Luxon's are."""

    __slots__ = ("moment",)

    def __init__(self, moment: datetime | None) -> None:
        self.moment = moment

    @property
    def is_valid(self) -> bool:
        return self.moment is not None

    def millis(self) -> float:
        return math.nan if self.moment is None else round((self.moment - _EPOCH) / timedelta(milliseconds=1))

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
    "monthLong": lambda m: date_format.MONTHS[m.month - 1],
    "monthShort": lambda m: date_format.MONTHS[m.month - 1][:3],
    "weekdayLong": lambda m: date_format.DAYS[m.weekday()],
    "weekdayShort": lambda m: date_format.DAYS[m.weekday()][:3],
    "ts": lambda m: DateTime(m).millis(),
    "offset": lambda m: int((m.utcoffset() or timedelta()).total_seconds() // 60),
    "zoneName": lambda m: date_format.WRITE["z"](m),
    "locale": lambda m: "en-US",
    "isInDST": lambda m: bool(m.dst()),
    "offsetNameShort": lambda m: m.tzname() or "",
    "zone": lambda m: {"name": date_format.WRITE["z"](m)},
}


def shifted(moment: datetime, amounts: dict[str, float], sign: int = 1) -> datetime:
    """Add calendar units in local time, then hours and smaller in elapsed time, as Luxon does."""
    months = int(amounts.get("years", 0) * 12 + amounts.get("quarters", 0) * 3 + amounts.get("months", 0)) * sign
    days = (amounts.get("weeks", 0) * 7 + amounts.get("days", 0)) * sign
    exact = sum(amount * MILLIS[unit] for unit, amount in amounts.items() if unit in UNITS[5:]) * sign
    try:
        year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        local = moment.replace(year=year, month=month + 1, day=day) + timedelta(days=math.trunc(days))
        exact += (days - math.trunc(days)) * MILLIS["days"]
        return (local.astimezone(UTC) + timedelta(milliseconds=exact)).astimezone(moment.tzinfo) if exact else local
    except (ValueError, OverflowError, calendar.IllegalMonthError):
        raise JsError("the time is out of range") from None


def start_of(moment: datetime, unit: str) -> datetime:
    midnight = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}
    changes: dict[str, Any] = {
        "years": {**midnight, "month": 1, "day": 1},
        "quarters": {**midnight, "month": (moment.month - 1) // 3 * 3 + 1, "day": 1},
        "months": {**midnight, "day": 1},
        "weeks": midnight,
        "days": midnight,
        "hours": {"minute": 0, "second": 0, "microsecond": 0},
        "minutes": {"second": 0, "microsecond": 0},
        "seconds": {"microsecond": 0},
        "milliseconds": {"microsecond": moment.microsecond // 1000 * 1000},
    }[unit]
    begin = moment.replace(**changes)
    return begin - timedelta(days=begin.weekday()) if unit == "weeks" else begin


def as_moment(value: Any, where: tzinfo = UTC) -> datetime:
    """Return the moment of a DateTime, a Date, ISO text or milliseconds. Raises: JsError."""
    if isinstance(value, Dated):
        moment = value.moment
    elif isinstance(value, str):
        moment = date_time_from_text(value, where).moment
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        moment = from_timestamp(value, where).moment
    else:
        moment = None
    if moment is None:
        raise JsError("Invalid DateTime")
    return moment


def difference(later: datetime, earlier: datetime, units: tuple[str, ...]) -> Duration:
    """Return the time between two moments in the units given: whole calendar units first, the rest in the last one."""
    sign = 1 if later >= earlier else -1
    begin, end = (earlier, later) if sign > 0 else (later, earlier)
    end = moved(end, begin.tzinfo)
    amounts: dict[str, float] = {}
    for unit in sorted(units, key=UNITS.index):
        last = unit == max(units, key=UNITS.index)
        if unit in UNITS[:5]:
            whole = _whole_units(begin, end, unit)
            begin = shifted(begin, {unit: whole})
            part = 0.0
            if last and begin != end:
                after = shifted(begin, {unit: 1})
                part = (end - begin) / (after - begin)
            amounts[unit] = sign * (whole + part)
        else:
            millis = (end - begin) / timedelta(milliseconds=1)
            amount = millis / MILLIS[unit] if last else math.trunc(millis / MILLIS[unit])
            begin += timedelta(milliseconds=amount * MILLIS[unit])
            amounts[unit] = sign * amount
    return Duration(amounts)


def _whole_units(begin: datetime, end: datetime, unit: str) -> int:
    guess = int((end - begin) / timedelta(milliseconds=1) / MILLIS[unit]) + 1
    while guess > 0 and shifted(begin, {unit: guess}) > end:
        guess -= 1
    return guess


def _diff(this: DateTime, arguments: list[Any], *, default: str = "milliseconds") -> Duration:
    units = arguments[1] if len(arguments) > 1 and not is_nullish(arguments[1]) else default
    names = tuple(unit_of(unit) for unit in (units if isinstance(units, list) else [units])[:9])
    here = _valid(this)
    return difference(here, as_moment(arguments[0] if arguments else None, here.tzinfo or UTC), names)


def _diff_to(this: DateTime, other: Any, arguments: list[Any]) -> Any:
    """n8n's diffTo: one unit gives a number, several an object; days where nothing is said."""
    given = arguments[1] if len(arguments) > 1 else "days"
    result = _diff(DateTime(as_moment(other)), [this, given])
    return (
        normal(next(iter(result.amounts.values())))
        if not isinstance(given, list)
        else {unit: normal(amount) for unit, amount in result.amounts.items()}
    )


def _valid(this: DateTime) -> datetime:
    if this.moment is None:
        raise JsError("Invalid DateTime")
    return this.moment


def _first(arguments: list[Any], default: Any) -> Any:
    return arguments[0] if arguments and arguments[0] is not UNDEFINED else default


def locale_text(this: DateTime, arguments: list[Any]) -> str:
    moment, options = _valid(this), arguments[0] if arguments and isinstance(arguments[0], dict) else {}
    if options.get("dateStyle") or options.get("timeStyle") or not options:
        return date_format.write(moment, "D" if not options.get("timeStyle") else "t")
    words = {
        "weekday": {"long": "EEEE", "short": "EEE"},
        "month": {"long": "LLLL", "short": "LLL", "2-digit": "LL", "numeric": "L"},
        "day": {"2-digit": "dd"},
        "year": {"2-digit": "yy"},
    }
    letters = {"weekday": "EEE", "month": "L", "day": "d", "year": "yyyy"}
    parts = {name: words[name].get(str(options[name]), letters[name]) for name in letters if name in options}
    if "LLL" in parts.get("month", ""):
        text = " ".join(parts[name] for name in ("month", "day") if name in parts)
        text = ", ".join(part for part in (parts.get("weekday"), text, parts.get("year")) if part)
    else:
        text = "/".join(parts[name] for name in ("month", "day", "year") if name in parts)
    clock = "h:mm" + (":ss" if "second" in options else "") + " a" if "hour" in options else ""
    clock = clock.replace("h:", "HH:").replace(" a", "") if options.get("hour12") is False else clock
    return date_format.write(moment, ", ".join(part for part in (text, clock) if part))


def _with(this: DateTime, arguments: list[Any]) -> DateTime:
    given = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
    moment, changes = (
        _valid(this),
        {unit_of(unit)[:-1]: index_of(amount) for unit, amount in given.items() if unit != "weekday"},
    )
    if "millisecond" in changes:
        changes["microsecond"] = changes.pop("millisecond") * 1000
    try:
        made = moment.replace(**changes)  # type: ignore[arg-type]  # whole numbers of units, never a zone
        if "weekday" in given:
            made += timedelta(days=index_of(given["weekday"]) - made.isoweekday())
    except (ValueError, TypeError, OverflowError):
        return DateTime(None)
    return DateTime(made)


def _relative(this: DateTime, arguments: list[Any]) -> str:
    seconds = (_valid(this) - datetime.now(UTC)).total_seconds()
    for unit in ("years", "months", "weeks", "days", "hours", "minutes", "seconds"):
        amount = int(abs(seconds) * 1000 // MILLIS[unit])
        if amount or unit == "seconds":
            name = unit[:-1] if amount == 1 else unit
            return f"in {amount} {name}" if seconds >= 0 else f"{amount} {name} ago"
    return ""


def _between(this: DateTime, arguments: list[Any]) -> bool:
    first, second = (as_moment(value) for value in [*arguments, None, None][:2])
    return min(first, second) < _valid(this) < max(first, second)


def _extract(this: DateTime, arguments: list[Any]) -> Any:
    unit = text_of(_first(arguments, "week"))
    known = {"week": "weekNumber", "weekNumber": "weekNumber", "dayOfWeek": "weekday", "yearDayNumber": "ordinal"}
    return this.member(known.get(unit, unit.rstrip("s")))


def _zoned(this: DateTime, arguments: list[Any]) -> DateTime:
    where = zone_or_utc(text_of(_first(arguments, "UTC")))
    options = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], dict) else {}
    moment = _valid(this)
    return DateTime(moment.replace(tzinfo=where) if options.get("keepLocalTime") else moved(moment, where))


def _same(this: DateTime, arguments: list[Any]) -> bool:
    unit = unit_of(arguments[1] if len(arguments) > 1 else "milliseconds")
    here, other = _valid(this), as_moment(_first(arguments, None))
    return start_of(here, unit) == start_of(moved(other, here.tzinfo), unit)


def _iso(this: DateTime, arguments: list[Any]) -> Any:
    options = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
    bare = options.get("suppressMilliseconds") is True and this.millis() % 1000 == 0
    text = this.iso(milliseconds=not bare) if this.is_valid else None
    return text[:19] if text and options.get("includeOffset") is False else text


Of = Callable[[DateTime, list[Any]], Any]
METHODS: dict[str, Of] = {
    "plus": lambda this, a: DateTime(shifted(_valid(this), duration_of(a))),
    "minus": lambda this, a: DateTime(shifted(_valid(this), duration_of(a), -1)),
    "startOf": lambda this, a: DateTime(start_of(_valid(this), unit_of(_first(a, "day")))),
    "beginningOf": lambda this, a: DateTime(start_of(_valid(this), unit_of(_first(a, "week")))),
    "endOf": lambda this, a: _end_of(this, a, "day"),
    "endOfMonth": lambda this, a: _end_of(this, ["month"], "month"),
    "set": _with,
    "setZone": _zoned,
    "setLocale": lambda this, a: this,
    "reconfigure": lambda this, a: this,
    "toUTC": lambda this, a: DateTime(moved(_valid(this), UTC)),
    "toLocal": lambda this, a: this,
    "toDateTime": lambda this, a: this,
    "diff": _diff,
    "diffNow": lambda this, a: _diff(this, [DateTime(datetime.now(UTC)), *a]),
    "diffTo": lambda this, a: _diff_to(this, _first(a, None), a),
    "diffToNow": lambda this, a: _diff_to(this, DateTime(datetime.now(UTC)), [None, *a]),
    "toFormat": lambda this, a: date_format.write(_valid(this), text_of(_first(a, "yyyy-MM-dd"))[:500]),
    "format": lambda this, a: date_format.write(_valid(this), text_of(_first(a, "yyyy-MM-dd"))[:500]),
    "toISO": _iso,
    "toISODate": lambda this, a: f"{_valid(this):%Y-%m-%d}".rjust(10, "0"),
    "toISOTime": lambda this, a: this.iso()[11:],
    "toSQL": lambda this, a: (
        this.iso().replace("T", " ").replace("Z", " Z")
        if this.iso().endswith("Z")
        else f"{this.iso()[:23].replace('T', ' ')} {this.iso()[23:]}"
    ),
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
    "equals": lambda this, a: bool(a) and isinstance(a[0], DateTime) and a[0].moment == this.moment,
    "isBetween": _between,
    "isWeekend": lambda this, a: _valid(this).isoweekday() > 5,
    "isDst": lambda this, a: bool(_valid(this).dst()),
    "isInLast": lambda this, a: (
        0
        <= (datetime.now(UTC) - _valid(this)) / timedelta(milliseconds=1)
        <= Duration(duration_of([_first(a, 0), *(a[1:] or ["minutes"])])).millis()
    ),
    "extract": _extract,
    "isEmpty": lambda this, a: False,
    "isNotEmpty": lambda this, a: True,
}


def _end_of(this: DateTime, arguments: list[Any], default: str) -> DateTime:
    unit = unit_of(_first(arguments, default))
    return DateTime(shifted(shifted(start_of(_valid(this), unit), {unit: 1}), {"milliseconds": 1}, -1))


def from_timestamp(millis: float, where: str | tzinfo) -> DateTime:
    if not math.isfinite(millis) or abs(millis) > 8.64e15:
        return DateTime(None)
    try:
        return DateTime(
            (_EPOCH + timedelta(milliseconds=millis)).astimezone(
                zone_or_utc(where) if isinstance(where, str) else where
            )
        )
    except OverflowError:
        return DateTime(None)


_LOOSE = (
    "EEE, dd LLL yyyy HH:mm:ss ZZZ",
    "EEE, d LLL yyyy HH:mm:ss z",
    "d LLL yyyy HH:mm:ss ZZZ",
    "LLLL d, yyyy HH:mm:ss",
    "LLLL d, yyyy",
    "LLL d, yyyy",
    "LLL d, yyyy HH:mm:ss",
    "d LLLL yyyy",
    "d LLL yyyy",
    "M/d/yyyy",
    "M/d/yyyy, h:mm:ss a",
    "M/d/yyyy HH:mm",
    "M/d/yyyy HH:mm:ss",
    "yyyy/MM/dd",
    "yyyy/MM/dd HH:mm:ss",
    "yyyy-M-d",
    "EEE LLL d yyyy HH:mm:ss",
    "yyyy-MM",
    "yyyy",
)


def date_time_from_text(text: str, where: str | tzinfo) -> DateTime:
    """Read ISO 8601 and the other forms that JavaScript's `Date` takes; invalid where none fits."""
    place = zone_or_utc(where) if isinstance(where, str) else where
    if len(text) > 60:
        return DateTime(None)
    moment = parse_time(text, place)
    for pattern in () if moment else _LOOSE:
        moment = date_format.read(text.split(" (")[0].replace(" GMT+", " +").strip(), pattern, place)
        if moment:
            break
    return DateTime(moved(moment, place) if moment else None)
