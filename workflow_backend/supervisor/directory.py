"""The small customer directory that the demo's workflow asks over HTTP: a real server on loopback."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAMES = [
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Gorse",
    "Hazel",
    "Ivy",
    "Juniper",
    "Kapok",
    "Larch",
    "Maple",
    "Nutmeg",
    "Oak",
    "Pine",
    "Quince",
    "Rowan",
    "Spruce",
    "Teak",
]
COUNTRIES = ("DE", "FR", "NL", "SE", "PT")


class _Directory(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for each other's acknowledgement

    def do_GET(self) -> None:
        number = self.path.rsplit("/", 1)[-1].removeprefix("C")
        if not self.path.startswith("/customers/C") or not number.isdigit():
            self._answer(404, {"error": "no such customer"})
            return
        at = int(number) - 1000
        name = f"{NAMES[at % len(NAMES)]} {'& Sons' if at >= len(NAMES) else 'Ltd'}"
        self._answer(200, {"customer_id": f"C{number}", "name": name, "country": COUNTRIES[at % len(COUNTRIES)]})

    def _answer(self, status: int, body: object) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the demo shows its own progress."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 64  # the default of 5 makes the sixth caller at once wait a second to connect again


def start_directory() -> ThreadingHTTPServer:
    """Serve the directory on a free port until `shutdown`."""
    server = _Server(("127.0.0.1", 0), _Directory)
    threading.Thread(target=server.serve_forever, name="customer directory", daemon=True).start()
    return server
