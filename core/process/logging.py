"""How a line of the log is written: scrubbed as a whole, with the traceback it carries."""

from __future__ import annotations

import logging

from core.text.scrubbing import scrubbed_log


class ScrubbingFormatter(logging.Formatter):
    """Formats as usual, then masks. What a handler writes has gone through here."""

    def format(self, record: logging.LogRecord) -> str:
        return scrubbed_log(super().format(record))
