"""An MCP server in the standard library alone, which behaves as its tools are called: well, or as badly as can be.

plain.py [how it starts: well, silent, flood, no_json, endless]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

TOOLS = {
    "echo": {"readOnlyHint": True}, "facts": {"readOnlyHint": True}, "fails": {}, "dies": {}, "dies_once": {"readOnlyHint": True},
    "large": {}, "huge": {}, "endless": {}, "silent": {}, "forks": {}, "picture": {}, "lies": {}, "count": {}, "progress": {},
    "writes": {}, "connects": {},
}  # fmt: skip


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": said}], **more}


def facts() -> dict[str, Any]:
    def can(path: str, mode: str) -> bool:
        try:
            with open(path, mode):
                return True
        except OSError:
            return False

    return {
        "uid": os.getuid(), "cwd": os.getcwd(), "env": dict(os.environ), "pid": os.getpid(), "group": os.getpgid(0),
        "open": sorted(int(name) for name in os.listdir("/proc/self/fd") if name.isdigit())[:10],
        "reads_here": can(os.environ.get("LOOK_AT", "/nowhere"), "rb"), "writes_tmp": can("/tmp/mcp-was-here", "wb"),
        "writes_own": can("note.txt", "wb"), "groups": os.getgroups(),
    }  # fmt: skip


def forked(arguments: dict[str, Any]) -> dict[str, Any]:
    """Leave children behind: one in the group, one in a session of its own, whose parent ends."""
    pids = []
    for own_session in (False, True):
        child = subprocess.Popen(["/bin/sleep", "600"], start_new_session=own_session)
        pids.append(child.pid)
    orphan = subprocess.run(
        ["/bin/sh", "-c", "setsid sleep 600 >/dev/null 2>&1 & echo $!"], stdout=subprocess.PIPE, check=True
    )
    return text("forked", structuredContent={"pids": [*pids, int(orphan.stdout)]})


def connected(arguments: dict[str, Any]) -> dict[str, Any]:
    import socket

    try:
        socket.create_connection((arguments["host"], arguments["port"]), timeout=3).close()
    except OSError as exc:
        return text("no", structuredContent={"errno": exc.errno})
    return text("yes", structuredContent={"errno": 0})


def called(name: str, arguments: dict[str, Any], request: dict[str, Any]) -> dict[str, Any] | None:
    if name == "echo":
        return text(str(arguments.get("text", "")), structuredContent={"said": arguments})
    if name == "facts":
        return text("facts", structuredContent=facts())
    if name == "fails":
        return text("it did not work", isError=True)
    if name in ("dies", "dies_once"):
        marker = str(arguments.get("marker", ""))
        if name == "dies" or not os.path.exists(marker):
            if marker:
                open(marker, "w").close()
            os._exit(7)
        return text("alive")
    if name == "count":
        with open(arguments["file"], "a") as file:
            file.write("x")
        if arguments.get("dies"):
            os._exit(7)
        return text("counted")
    if name == "large":
        return text("x" * int(arguments.get("bytes", 100_000)))
    if name == "huge":
        sys.stdout.write(
            '{"jsonrpc": "2.0", "id": '
            + json.dumps(request["id"])
            + ', "result": {"content": [{"type": "text", "text": "'
        )
        for _ in range(1600):
            sys.stdout.write("x" * 65536)
        sys.stdout.write('"}]}}\n')
        sys.stdout.flush()
        return None
    if name == "endless":
        while True:
            sys.stdout.write("y" * 65536)
    if name == "silent":
        time.sleep(600)
    if name == "forks":
        return forked(arguments)
    if name == "connects":
        return connected(arguments)
    if name == "picture":
        return {"content": [{"type": "image", "mimeType": "image/png", "data": "iVBORw0KGgo="},
                            {"type": "resource", "resource": {"uri": "memo://1", "mimeType": "text/plain", "text": "memo"}}]}  # fmt: skip
    if name == "lies":
        return text("no number", structuredContent={"number": "none"})
    if name == "progress":
        token = request["params"].get("_meta", {}).get("progressToken")
        for at in range(3):
            send({"method": "notifications/progress", "params": {"progressToken": token, "progress": at, "total": 3}})
        return text("done")
    if name == "writes":
        sys.stderr.write("z" * 1_000_000)
        return text("written")
    raise KeyError(name)


def described(name: str) -> dict[str, Any]:
    made = {"name": name, "description": f"It {name}.", "inputSchema": {"type": "object"}, "annotations": TOOLS[name]}
    if name == "lies":
        made["outputSchema"] = {
            "type": "object",
            "properties": {"number": {"type": "string", "pattern": "^(a+)+$"}},
            "required": ["number"],
        }
    return made


def answered(request: dict[str, Any]) -> None:
    method, params = request["method"], request.get("params", {})
    if method == "initialize":
        result: Any = {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "plain", "version": "1"},
        }
    elif method == "tools/list":
        result = {"tools": [described(name) for name in TOOLS]}
    elif method == "tools/call":
        try:
            result = called(params["name"], params.get("arguments", {}), request)
        except KeyError as exc:
            send({"id": request["id"], "error": {"code": -32602, "message": f"Unknown tool {exc}"}})
            return
        if result is None:
            return
    else:
        send({"id": request["id"], "error": {"code": -32601, "message": "Method not found"}})
        return
    send({"id": request["id"], "result": result})


def main(start: str) -> None:
    if start == "silent":
        time.sleep(600)
    if start == "no_json":
        sys.stdout.write("Listening on port 3000\n")
        sys.stdout.flush()
        time.sleep(600)
    if start == "endless":
        while True:
            sys.stdout.write("y" * 65536)
    if start == "flood":
        while True:
            send({"method": "notifications/message", "params": {"level": "info", "data": "flood"}})
    if start == "bomb":
        while True:
            try:
                if os.fork() == 0:
                    os.setsid()
            except OSError:
                time.sleep(0.01)
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request and "method" in request:
            answered(request)


main(sys.argv[1] if len(sys.argv) > 1 else "well")
