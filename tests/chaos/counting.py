"""A server that counts effects by their Idempotency-Key; a key that comes again is no second effect."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_S = 0.15  # what an effect may take, so that some are cut off


class Counting(ThreadingHTTPServer):
    """Each path is a tag; `by_tag` says which keys came for it, and how often."""

    def __init__(self) -> None:
        self.by_tag: dict[str, Counter[str]] = {}
        self.chance = random.Random()
        self.lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                time.sleep(server.chance.uniform(0, SLOW_S))
                with server.lock:
                    keys = server.by_tag.setdefault(self.path.strip("/"), Counter())
                    keys[self.headers.get("Idempotency-Key", "none")] += 1
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"
