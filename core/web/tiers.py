"""What each tier may do how often. A limit of None is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["auth", "workflows", "compile", "execute", "ai", "upload", "chat", "streams"]
MINUTE_S, DAY_S = 60, 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in a span: a minute from the first one, or a UTC day. A span of 0: so many at once."""

    free: int | None
    pro: int | None
    enterprise: int | None
    per_s: int

    def of(self, tier: str) -> int | None:
        return {"pro": self.pro, "enterprise": self.enterprise}.get(tier, self.free)


LIMITS: dict[Scope, Limit] = {
    "auth": Limit(10, 50, 200, MINUTE_S),
    "workflows": Limit(20, 100, 500, MINUTE_S),
    "compile": Limit(10, 100, None, MINUTE_S),
    "execute": Limit(5, 50, 200, MINUTE_S),
    "ai": Limit(10, 100, None, DAY_S),
    "upload": Limit(10, 100, None, DAY_S),
    "chat": Limit(50, 500, None, DAY_S),
    "streams": Limit(5, 20, 100, 0),
}
