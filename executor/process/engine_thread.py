"""A thread that holds an engine and its event loop. When it ends before it was told to, somebody hears of it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from importlib import import_module

import uvloop

from executor.process.engine import Engine, EngineConfig

logger = logging.getLogger(__name__)
START_S = 30.0


class EngineEnded(Exception):
    """The engine came to its end, and nobody had told it to."""


class EngineThread:
    """Holds the engine and its loop; `on_death` is told, in this thread, why the engine is gone."""

    def __init__(
        self, make_config: Callable[[], EngineConfig], on_death: Callable[[BaseException], None] | None = None
    ) -> None:
        self._make_config = make_config
        self._on_death = on_death
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_told = False
        self.engine: Engine | None = None
        self.death: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="engine", daemon=True)

    def configure(self, make_config: Callable[[], EngineConfig]) -> None:
        """Say how the engine is made; before `start`."""
        self._make_config = make_config

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(START_S)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def ring(self, execution_id: str) -> None:
        """Tell the engine of a run, from any thread."""
        if self._loop is not None and self.engine is not None:
            self._call(self.engine.ring, execution_id)

    def look_at_queues(self) -> None:
        """Tell the engine of nodes on its queues, from any thread."""
        if self._loop is not None and self.engine is not None:
            self._call(self.engine.jobs.look)

    def _call(self, call: Callable[..., None], *arguments: str) -> None:
        if self._loop is not None and self.is_alive:
            try:
                self._loop.call_soon_threadsafe(call, *arguments)
            except RuntimeError:  # its loop was closed meanwhile: the row is the queue
                logger.warning("the engine is gone")

    def stop(self, grace_s: float = 10) -> None:
        """Let runs end for a while, hand the rest back."""
        self._is_told = True
        if self._loop is None or self.engine is None or not self.is_alive:
            return
        closing = self.engine.close(grace_s)
        try:
            asyncio.run_coroutine_threadsafe(closing, self._loop)
        except RuntimeError:  # its loop was closed meanwhile
            closing.close()
            return
        self._thread.join(grace_s + 10)

    def _main(self) -> None:
        try:
            import_module("compiler.langgraph_builder")  # here, not with the first run
            uvloop.run(self._serve())
        except BaseException as exc:
            logger.critical("the engine is gone", exc_info=exc)
            self._dies(exc)
        else:
            if not self._is_told:
                self._dies(EngineEnded("the engine came to its end"))
        finally:
            self._ready.set()

    def _dies(self, cause: BaseException) -> None:
        self.death = cause
        if self._on_death is not None:
            self._on_death(cause)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.engine = Engine(self._make_config())
        self._ready.set()
        await self.engine.serve()
