"""Standard output and error of a process that outlives its terminal: writing to them never raises."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO


class Lasting:
    """A text stream that becomes silent when its file is gone (EIO of a closed terminal, EPIPE of a closed pipe)."""

    def __init__(self, inner: TextIO) -> None:
        self._inner = inner

    def write(self, text: str) -> int:
        try:
            return self._inner.write(text)
        except (OSError, ValueError):
            self._fall_silent()
            return len(text)

    def flush(self) -> None:
        try:
            self._inner.flush()
        except (OSError, ValueError):
            self._fall_silent()

    def _fall_silent(self) -> None:
        """Point the file to nowhere: what is buffered, and what the interpreter writes at its end, goes there."""
        nothing = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nothing, self._inner.fileno())
        except (OSError, ValueError):
            return
        finally:
            os.close(nothing)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def outlive_the_terminal() -> None:
    """Let `sys.stdout` and `sys.stderr` be such streams, also where the process began without them."""
    for name in ("stdout", "stderr"):
        stream: TextIO | None = getattr(sys, name)
        if isinstance(stream, Lasting):
            continue
        setattr(sys, name, Lasting(stream or open(os.devnull, "w", encoding="utf-8")))  # noqa: SIM115 (for our life)


def to_nowhere() -> None:
    """Point the files of standard output and error to nowhere."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
