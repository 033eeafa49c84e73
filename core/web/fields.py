"""Fields of bodies that several apps share."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.values.lines import has_breaks


class LineField(serializers.CharField):
    """A name or title: text of one line, so that it may stand in a header of a mail or a file."""

    default_error_messages = {"control_characters": "Line breaks and control characters are not allowed."}

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if has_breaks(text):
            self.fail("control_characters")
        return text


class IdentifierField(serializers.CharField):
    """An id that somebody else chose: blanks at its ends, and nothing but blanks, are part of it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=64, **options)
