"""Numbers as people write them, in English unless another language is asked for."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from compiler.expressions.functions import locales

WIDE = Context(prec=800)  # the largest number has 309 digits before its point
NO_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "XPF", "PYG", "RWF", "GNF", "KMF", "DJF"})


def grouped(value: float, options: dict[str, Any], locale: str = locales.ENGLISH) -> str:
    """Write a number with thousands separators; options are those of `Intl.NumberFormat` that people use.

    Raises: ExpressionFailed for a language that is not known.
    """
    point, between, is_early = (".", ",", True) if locale == locales.ENGLISH else locales.symbols(locale)
    if not math.isfinite(value):
        return "NaN" if value != value else ("∞" if value > 0 else "-∞")
    style = options.get("style", "decimal")
    currency = str(options.get("currency", "USD"))[:10].upper()
    is_whole = style == "percent" or (style == "currency" and currency in NO_CENTS)
    standard = (0, 0) if is_whole else ((2, 2) if style == "currency" else (0, 3))
    least = _digits(
        options.get("minimumFractionDigits"), min(standard[0], _digits(options.get("maximumFractionDigits"), 99))
    )
    most = max(_digits(options.get("maximumFractionDigits"), max(standard[1], least)), least)
    number = WIDE.multiply(Decimal(repr(value)), 100 if style == "percent" else 1)
    whole, _, part = f"{number.copy_abs().quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP, WIDE):,f}".partition(".")
    if options.get("useGrouping") is False or (not is_early and len(whole) < len("10,000")):
        whole = whole.replace(",", "")
    part = part.rstrip("0").ljust(least, "0")
    text = whole.replace(",", between) + (point + part if part else "")
    is_negative = number < 0
    if style == "currency":
        return locales.amount_of(text, currency, locale, is_negative=is_negative)
    sign = "-" if is_negative else ""
    return sign + (locales.percentage(text, locale) if style == "percent" else text)


def _digits(value: Any, default: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return default
    return int(max(0, min(value, 20)))
