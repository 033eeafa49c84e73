"""`python -m tests.chaos.hostile`: attack an installation until a line comes on stdin; then say what was started.

What it needs comes as JSON on the first line of stdin, what it did goes to stdout as JSON. It is a program of its own so
that it takes no time from who measures beside it.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

import httpx

from tests.chaos.hostile import crowds, doors, server, values, work
from tests.chaos.hostile.attack import Attack, Kind

KINDS = [*values.KINDS, *work.KINDS, *doors.KINDS, *crowds.KINDS]


def _repeat(attack: Attack, kind: Kind) -> None:
    while not attack.over.is_set():
        try:
            kind.act(attack, kind.name)
        except (httpx.HTTPError, ValueError, OSError) as exc:
            attack.note(kind.name, type(exc).__name__)
        attack.over.wait(max(kind.pause_s, 0.01))


def _tell(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def main() -> int:
    asked = json.loads(sys.stdin.readline())
    only = set(asked.pop("only", None) or [])
    attack = Attack(**asked, server_url=server.serve())
    kinds = [kind for kind in KINDS if (kind.name in only if only else attack.scale == 1 or not kind.is_long)]
    threads = [
        threading.Thread(target=_repeat, args=(attack, kind), daemon=True)
        for kind in kinds
        for _ in range(kind.threads)
    ]
    for thread in threads:
        thread.start()
    _tell({"begun": len(threads)})
    sys.stdin.readline()
    attack.over.set()
    end = time.monotonic() + 25
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0.01))
    said = {
        "kinds": [kind.name for kind in kinds],
        "started": {kind: sorted(ids) for kind, ids in list(attack.started.items())},
        "answers": {kind: dict(answers) for kind, answers in list(attack.answers.items())},
    }
    _tell(said)
    sys.stdin.readline()  # its server is there until nobody needs it any more
    return 0


if __name__ == "__main__":
    sys.exit(main())
