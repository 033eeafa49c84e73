"""Numbers as people in the United States write them: the one locale that expressions know."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

WIDE = Context(prec=800)  # the largest number has 309 digits before its point
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CNY": "CN¥", "BRL": "R$", "KRW": "₩"}


def grouped(value: float, options: dict[str, Any]) -> str:
    """Write a number with thousands separators; options are those of `Intl.NumberFormat` that people use."""
    if not math.isfinite(value):
        return "NaN" if value != value else ("∞" if value > 0 else "-∞")
    style = options.get("style", "decimal")
    whole_currency = style == "currency" and options.get("currency") in ("JPY", "KRW")
    standard = (0, 0) if whole_currency or style == "percent" else ((2, 2) if style == "currency" else (0, 3))
    least = _digits(
        options.get("minimumFractionDigits"), min(standard[0], _digits(options.get("maximumFractionDigits"), 99))
    )
    most = max(_digits(options.get("maximumFractionDigits"), max(standard[1], least)), least)
    number = WIDE.multiply(Decimal(repr(value)), 100 if style == "percent" else 1)
    text = f"{number.copy_abs().quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP, WIDE):,f}"
    if "." in text:
        whole, part = text.split(".")
        part = part.rstrip("0").ljust(least, "0")
        text = f"{whole}.{part}" if part else whole
    if options.get("useGrouping") is False:
        text = text.replace(",", "")
    if style == "percent":
        text += "%"
    elif style == "currency":
        currency = str(options.get("currency", "USD"))
        text = SYMBOLS.get(currency, currency + "\u00a0") + text
    return ("-" if number < 0 else "") + text


def _digits(value: Any, default: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return default
    return int(max(0, min(value, 20)))
