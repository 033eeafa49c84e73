"""An MCP server in the standard library alone, which behaves as its tools are called: well, or as badly as can be.

plain.py [how it starts: well, silent, flood, no_json, endless]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from typing import Any

TOOLS = {
    "echo": {"readOnlyHint": True}, "facts": {"readOnlyHint": True}, "fails": {}, "dies": {}, "dies_once": {"readOnlyHint": True},
    "large": {}, "huge": {}, "endless": {}, "silent": {}, "forks": {}, "picture": {}, "lies": {}, "count": {}, "progress": {},
    "writes": {}, "connects": {}, "sockets": {}, "reads": {}, "hoards": {},
    "asks": {}, "adds": {"readOnlyHint": True},
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


def sockets() -> dict[str, Any]:
    """Try to get sockets of all kinds; {"what": errno, 0 where it worked}."""
    import ctypes
    import socket

    found: dict[str, int] = {}

    def tried(what: str, work: Any) -> None:
        try:
            work()
            found[what] = 0
        except OSError as exc:
            found[what] = exc.errno or -1

    for what in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"):
        kind = socket.SOCK_RAW if what in ("AF_NETLINK", "AF_PACKET") else socket.SOCK_STREAM
        kind = socket.SOCK_SEQPACKET if what == "AF_ALG" else kind
        tried(what, partial(socket.socket, getattr(socket, what), kind))
    tried("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)))
    tried("pair", socket.socketpair)
    tried("pair of datagrams", partial(socket.socketpair, type=socket.SOCK_DGRAM))
    libc = ctypes.CDLL(None, use_errno=True)

    def checked(result: int) -> None:
        if result < 0:
            raise OSError(ctypes.get_errno(), "refused")

    tried("shmget", lambda: checked(libc.shmget(0, 4096, 0o1600)))
    tried("msgget", lambda: checked(libc.msgget(0, 0o1600)))
    tried("new user namespace", lambda: checked(libc.unshare(0x10000000)))
    return found


def hoards(arguments: dict[str, Any]) -> None:
    """Use too much of something, each process less than its own limit, then wait."""
    what = arguments["what"]
    kept: list[Any] = []
    if what == "disk":
        for number in range(int(arguments["times"])):
            with open(f"part-{number}", "wb") as file:
                file.write(b"x" * 2**20)
    if what == "names":
        for number in range(int(arguments["times"])):
            open(f"name-{number}", "wb").close()
    if what == "unlinked":
        for number in range(int(arguments["times"])):
            kept.append(open(f"gone-{number}", "wb"))  # noqa: SIM115 (it stays open)
            kept[-1].write(b"x" * 2**20)
            kept[-1].flush()
            os.unlink(f"gone-{number}")
    for _ in range(int(arguments.get("processes", 0))):
        if os.fork() == 0:
            if what == "memory":
                kept.append(bytearray(os.urandom(1)) * int(arguments["bytes"]))
            while what == "processor":
                pass
            if what == "files":
                kept.extend(open("/dev/null", "rb") for _ in range(int(arguments["files"])))  # noqa: SIM115
            time.sleep(600)
    time.sleep(600)


def reads(paths: list[str]) -> dict[str, bool]:
    found = {}
    for path in paths:
        try:
            if os.path.isdir(path):
                os.listdir(path)
            else:
                open(path, "rb").close()
            found[path] = True
        except OSError:
            found[path] = False
    return found


def called(name: str, arguments: dict[str, Any], request: dict[str, Any]) -> dict[str, Any] | None:
    if name == "echo":
        return text(str(arguments.get("text", "")), structuredContent={"said": arguments})
    if name == "facts":
        return text("facts", structuredContent=facts())
    if name == "adds":
        total = (arguments["a"] + arguments.get("b", 2)) * (2 if arguments.get("how") == "doubled" else 1)
        return text(str(total), structuredContent={"sum": total})
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
    if name == "sockets":
        return text("sockets", structuredContent=sockets())
    if name == "reads":
        return text("reads", structuredContent=reads(arguments["paths"]))
    if name == "asks":
        for number in range(int(arguments["times"])):
            same = arguments.get("same", False)
            pad = "x" * int(arguments.get("bytes", 0))
            send({"id": 1 if same else f"r{number}", "method": "ping", "params": {"_meta": {"pad": pad}}})
        if not arguments.get("reads", False):
            time.sleep(600)
        return text("asked")
    if name == "hoards":
        hoards(arguments)
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


ADDS = {
    "type": "object",
    "properties": {
        "a": {"type": "integer", "title": "First number", "description": "Any whole number."},
        "b": {"type": "integer", "title": "Second number", "default": 2},
        "how": {"type": "string", "title": "How", "enum": ["plain", "doubled"], "default": "plain"},
    },
    "required": ["a"],
}


def described(name: str) -> dict[str, Any]:
    made = {"name": name, "description": f"It {name}.", "inputSchema": {"type": "object"}, "annotations": TOOLS[name]}
    if name == "adds":
        made["inputSchema"] = ADDS
    if name == "lies":
        made["outputSchema"] = {
            "type": "object",
            "properties": {"number": {"type": "string", "pattern": "^(a+)+$"}},
            "required": ["number"],
        }
    return made


def listed(start: str, params: dict[str, Any]) -> dict[str, Any]:
    """List the tools: of a start "many", "long" or "pages" more than anybody keeps, of "tells" the variables, too."""
    if start == "many":
        return {"tools": [{"name": f"t{number}", "inputSchema": {"type": "object"}} for number in range(700)]}
    if start == "long":
        schema = {"type": "object", "properties": {"p": {"type": "string", "description": "x" * 70_000}}}
        odd = [{"name": "n" * 201, "inputSchema": {"type": "object"}}]
        tools = [{"name": f"t{number}", "description": "é" * 3000, "inputSchema": schema} for number in range(5)]
        return {"tools": [*tools, *odd]}
    if start == "pages":
        at = int(params.get("cursor") or 0)
        schema = {"type": "object", "description": "x" * 60_000}
        tools = [{"name": f"t{at}-{number}", "inputSchema": schema} for number in range(10)]
        return {"tools": tools, "nextCursor": str(at + 1)}
    if start == "tells":
        said = os.environ.get("SERVICE_KEY", "")
        schema = {"type": "object", "properties": {said: {"default": said, "enum": [said]}}}
        tool = {"name": "tells", "title": said, "description": f"Key {said}.", "inputSchema": schema}
        return {"tools": [tool]}
    return {"tools": [described(name) for name in TOOLS]}


def answered(request: dict[str, Any]) -> None:
    method, params = request["method"], request.get("params", {})
    if method == "initialize":
        result: Any = {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "plain", "version": "1"},
        }
    elif method == "tools/list":
        result = listed(START, params)
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


START = sys.argv[1] if len(sys.argv) > 1 else "well"


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


main(START)
