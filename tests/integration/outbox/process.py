"""A process that does nothing but the outbox, for tests that kill it."""

from __future__ import annotations

import os
import sys
import threading

import django


def main() -> None:
    django.setup()
    from core.outbox.worker import Room

    Room(on_death=lambda cause: os._exit(70)).start()
    sys.stdout.write("up\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
