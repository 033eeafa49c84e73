"""The hostile user's own web server: answers that are made to harm who reads them."""

from __future__ import annotations

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MIB = 2**20
DEEP = b"[" * 249 + b"1" + b"]" * 249
LARGE = b"[" + b",".join(b'{"number":%d,"text":"some words of no meaning"}' % at for at in range(430_000)) + b"]"
PUNYCODE = b"a" * 1_800_000
HANG_S = 300
ENTRY = "<item><guid>%d</guid><title>An entry</title><link>http://127.0.0.1/%d</link></item>"
FEED = '<?xml version="1.0"?><rss version="2.0"><channel><title>Endless</title>'
FILES = {
    "/punycode": ("text/plain; charset=punycode", PUNYCODE),
    "/deep": ("application/json", DEEP),
    "/large": ("application/json", LARGE),
}


class Handler(BaseHTTPRequestHandler):
    """Serves what is named in the path; `/hang` says nothing, `/feed` never ends."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with contextlib.suppress(OSError):  # who is fed up hangs up
            if self.path == "/hang":
                time.sleep(HANG_S)
            elif self.path == "/feed":
                self._feed()
            else:
                self._file(*FILES[self.path])

    do_POST = do_GET

    def _file(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _feed(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.end_headers()
        self.wfile.write(FEED.encode())
        number = int(time.time() * 1000)
        while True:
            entries = "".join(ENTRY % (number + at, number + at) for at in range(500))
            number += 500
            self.wfile.write(entries.encode())
            time.sleep(0.1)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


def serve() -> str:
    """Serve on a free port; returns the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"
