"""Sending by SMTP, in sessions that end in time: a server may spread its answers over bytes as it likes."""

from __future__ import annotations

import smtplib
import socket
from typing import Any

from django.core.mail.backends import smtp

from core.mail.session_time import SessionTime

SESSION_S = 40.0  # less than the thread that sends may take


class _InTime:
    """What hangs up when the time of the session is over."""

    _time: SessionTime | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # of smtplib's classes
        self._time = SessionTime(SESSION_S)
        self._time.begin(line)
        return line

    def close(self) -> None:
        super().close()  # type: ignore[misc]  # of smtplib's classes
        if self._time is not None:
            self._time.end()
            self._time = None


class _Plain(_InTime, smtplib.SMTP):
    pass


class _Tls(_InTime, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    """Django's, with a time for the whole session."""

    @property
    def connection_class(self) -> Any:
        return _Tls if self.use_ssl else _Plain
