"""The parent: imports all that user code may use, then forks one locked child per call. It never sees a tenant's data.

Its arguments: the control descriptor, the QuickJS library or "-", the folder of time zones or "-", the worker's id, the
account to become.
"""

from __future__ import annotations

import datetime
import gc
import hashlib
import importlib
import io
import json
import os
import signal
import socket
import sys
import zoneinfo
from typing import Any

from . import custom_code, forks, frames, javascript_code, probes, python_code, walls
from .results import NoResult, as_json, printable

ZONES: dict[str, bytes] = {}  # the files of time zones: no file can be opened later


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[2]))
    try:
        hello = _prepare(sys.argv[3], sys.argv[4], int(sys.argv[5]), int(sys.argv[6]))
    except (walls.WallMissing, OSError, ImportError) as exc:
        control.send(json.dumps({"ok": False, "reason": str(exc)[:500]}).encode())
        return
    control.send(json.dumps(hello).encode())
    gc.collect()
    gc.freeze()
    own_bytes = hello["bytes"]
    forks.Forks(control, lambda order, channel: _child(order, channel, own_bytes)).serve()


def _prepare(engine: str, zones: str, worker: int, uid: int) -> dict[str, Any]:
    """Put up the walls of the parent, after all imports that need files."""
    walls.known_machine()
    forks.step_back()
    _keep_zones(zones)
    for name in python_code.MODULES:
        importlib.import_module(name)
    _warm_up()
    if engine != "-":
        javascript_code.load(engine)
    own_bytes = walls.size_of_process()
    layers = ["rlimit"]
    walls.die_first()  # children inherit it: Landlock lets them open no file, and another account must not
    if walls.drop_user(uid):
        layers.append("own_user")
    walls.die_with_parent(signal.SIGKILL)
    if os.getppid() != worker:
        raise OSError("the worker is gone")
    walls.no_new_privileges()
    layers.append("no_new_privs")
    walls.landlock()
    layers.append("landlock")
    return {"ok": True, "layers": [*layers, "seccomp"], "bytes": own_bytes, "abi": walls.landlock_abi(),
            "machine": walls.MACHINE, "python": sys.version.split()[0], "javascript": engine != "-"}  # fmt: skip


def _keep_zones(folder: str) -> None:
    """Keep the files of all time zones, ready to be read as if they came with a package."""
    for root in (folder, *zoneinfo.TZPATH):
        for place, _, names in os.walk(root):
            for name in names:
                path = os.path.join(place, name)
                with open(path, "rb") as file:
                    content = file.read()
                if content.startswith(b"TZif"):
                    ZONES.setdefault(os.path.relpath(path, root), content)
        if ZONES:
            break
    zoneinfo.reset_tzpath([])
    setattr(zoneinfo._common, "load_tzdata", _zone)  # noqa: B010 (its type is another)


def _zone(key: str) -> io.BytesIO:
    if key not in ZONES:
        raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")
    return io.BytesIO(ZONES[key])


def _warm_up() -> None:
    """Load what modules load only when they are first used; files cannot be opened later."""

    for text in ("2026-03-01", "%Y-%m-%d"):
        text.encode("idna" if text.isascii() and "%" not in text else "utf-8")
    datetime.datetime.strptime("2026-03-01 +0000", "%Y-%m-%d %z")
    for algorithm in sorted(hashlib.algorithms_guaranteed):
        hashlib.new(algorithm)
    for encoding in ("utf-8", "ascii", "latin-1", "utf-16", "utf-32", "cp1252", "idna", "punycode", "unicode_escape"):
        "a".encode(encoding)


# -- one child -------------------------------------------------------------------------------------------------------
def _child(order: dict[str, Any], channel: int, own_bytes: int) -> None:
    """Lock itself up, then read what it is to do. Never returns."""
    code = 70
    try:
        for descriptor in (0, 1, 2):
            os.dup2(channel, descriptor)
        os.closerange(3, 4096)
        walls.die_with_parent(signal.SIGKILL)
        os.nice(2)  # the parent, which ends it, goes first
        walls.limits(own_bytes, order["memory_bytes"], order["cpu_s"])
        walls.landlock()
        probe = order.get("probe")
        if probe is None or order["sealed"]:
            walls.seccomp(os.getpid())
        if probe is not None:
            _tell({"probe": probe, "succeeded": _probe(probe, order["sealed"])}, order)
        else:
            _work(order)
        code = 0
    except walls.WallMissing:
        code = 71
    except MemoryError:
        code = 72
    except BaseException:
        code = 70
    finally:
        os._exit(code)


def _probe(name: str, sealed: bool) -> bool:
    known = probes.SEALED if sealed else {**probes.UNSEALED, **{n: p for n, (_, p) in probes.UNSEALED_FROM_ABI.items()}}
    return probes.succeeds(known[name])


def _tell(reply: dict[str, Any], order: dict[str, Any]) -> None:
    raw = as_json({key: printable(value) if isinstance(value, str) else value for key, value in reply.items()})
    if len(raw) > order["reply_bytes"]:
        message = f"The result is larger than {order['reply_bytes'] // 2**20} MiB"
        raw = as_json({"kind": "output", "type": "", "message": message, "line": None, "logs": reply["logs"][:20]})
    frames.write(1, raw)


def _work(order: dict[str, Any]) -> None:
    logs = python_code.Logs()
    failures: list[dict[str, Any]] = []
    rounded = 0
    reply: dict[str, Any]
    try:
        request = frames.read(0, order["request_bytes"])
        if request["language"] == "javascript":
            items, lines, rounded = javascript_code.run(request, order["memory_bytes"], order["wall_s"], failures)
            logs.lines.extend(map(printable, lines))
        elif request.get("class"):
            items = custom_code.run(request, logs)
        else:
            items = python_code.run(request, logs, failures)
        reply = {"kind": "ok", "items": items, "logs": logs.lines, "failures": failures, "rounded": rounded}
        if "static" in request:
            reply["static"] = request["static"]
        raw = as_json(reply)  # here, so that what cannot be written is the user's error
        if len(raw) <= order["reply_bytes"]:
            frames.write(1, raw)
            return
        reply = {"kind": "output", "type": "", "message": "", "line": None, "logs": logs.lines[:20]}
        reply["message"] = f"The result is larger than {order['reply_bytes'] // 2**20} MiB"
    except NoResult as exc:
        reply = {"kind": exc.kind, "type": "", "message": str(exc), "line": None, "logs": logs.lines}
    except javascript_code.JavaScriptFailed as exc:
        reply = {**exc.problem, "logs": logs.lines}
    except BaseException as exc:
        reply = {**python_code.problem_of(exc), "logs": logs.lines}
        del exc
    _tell(reply, order)
