"""Start and end of a web process, as ASGI servers announce them."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from psycopg_pool import PoolTimeout

from core.accounts.registration import setup_link
from core.process import garbage
from credentials.key_check import KeysDoNotFit, check_keys


async def lifespan(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Answer the server's start and shutdown; a start with keys that open nothing is refused."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            garbage.settle()
            garbage.give_large_blocks_back()
            try:
                await sync_to_async(_look_at_the_database)()
            except KeysDoNotFit as exc:
                await send({"type": "lifespan.startup.failed", "message": f"heddle: {exc}"})
                return
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _look_at_the_database() -> None:
    """Check the keys, and tell how an installation without staff is set up. Raises: KeysDoNotFit."""
    try:
        check_keys()
        _tell_setup_link()
    finally:
        connection.close()


def _tell_setup_link() -> None:
    """Write the link to the terminal itself: a log masks tokens."""
    base_url = settings.PUBLIC_URL or f"http://127.0.0.1:{settings.PORT or 8000}"
    try:
        link = setup_link(base_url=base_url, now=timezone.now())
    except (DatabaseError, PoolTimeout, OSError):
        return  # its tables are not there yet
    if link is not None:
        sys.stderr.write(
            f"heddle: nobody here is staff yet. Open the first account, once, within 24 hours: {link}\n"
            "heddle: or run `manage.py createsuperuser`\n"
        )
