"""The gate before a run's next node: closed while it pauses, suspends or is handed back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from executor.domain.tokens import Tokens


@dataclass(slots=True)
class Gate:
    """Closed as long as there is a reason; who stands at it holds no token."""

    tokens: Tokens
    reasons: set[str] = field(default_factory=set[str])
    standing: dict[str, int] = field(default_factory=dict[str, int])  # by node
    _waiting: list[tuple[object, asyncio.Future[None]]] = field(
        default_factory=list[tuple[object, "asyncio.Future[None]"]]
    )

    @property
    def is_closed(self) -> bool:
        return bool(self.reasons)

    def close(self, reason: str) -> None:
        self.reasons.add(reason)

    def open(self, reason: str) -> None:
        """Take a reason away; when it was the last, all go on, each with a token again."""
        self.reasons.discard(reason)
        if self.reasons:
            return
        waiting, self._waiting = self._waiting, []
        for holder, future in waiting:
            if not future.done():
                self.tokens.add(holder, 1)
                future.set_result(None)

    async def passed(self, holder: object, node_id: str) -> None:
        """Stand at the gate while it is closed."""
        while self.reasons:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((holder, future))
            self.standing[node_id] = self.standing.get(node_id, 0) + 1
            try:
                self.tokens.add(holder, -1)
                await future
            except asyncio.CancelledError:
                if (holder, future) in self._waiting:  # whoever ends it goes on itself
                    self._waiting.remove((holder, future))
                    self.tokens.add(holder, 1)
                raise
            finally:
                self.standing[node_id] -= 1
                if not self.standing[node_id]:
                    del self.standing[node_id]
