"""What a child does: reads calls of our own functions, makes them, writes what came of each, until nobody asks more."""

from __future__ import annotations

import gc
import importlib
import os
import resource
import signal
from typing import Any

from pydantic import BaseModel

from core.json import NotStorable, dumps_lossy, dumps_own, loads_own
from executor.compute import wire
from executor.isolation.guest import walls
from nodes.base import NodeFailed, NodeResult

AHEAD = 16  # orjson maps so many times the text it reads, at once
OUT_OF_MEMORY = 72


def work(channel: int, memory_bytes: int) -> None:
    """Serve calls until the worker hangs up. Never returns."""
    code = 70
    try:
        for descriptor in (0, 1, 2):
            os.dup2(channel, descriptor)
        os.closerange(3, 4096)
        walls.die_with_parent(signal.SIGKILL)
        walls.die_first()
        os.nice(2)  # the zygote, which ends it, goes first
        for which in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
            resource.setrlimit(which, (0, 0))
        _serve(_Budget(memory_bytes))
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    except BaseException:
        code = 70
    finally:
        os._exit(code)


class _Budget:
    """What calls of this child may take, as limits of the kernel."""

    def __init__(self, memory_bytes: int) -> None:
        self.own_bytes = walls.size_of_process()
        self.memory_bytes = memory_bytes

    def begin(self, head: dict[str, Any]) -> None:
        """The zygote watches memory; this is for what grows faster than it looks."""
        most = self.own_bytes + self.memory_bytes + AHEAD * int(head["input_bytes"])
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        usage = resource.getrusage(resource.RUSAGE_SELF)
        until = int(usage.ru_utime + usage.ru_stime + head["cpu_s"]) + 1
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def _serve(budget: _Budget) -> None:
    is_first = True
    while (head := _read()) is not None:
        mark, content = head
        if mark != b"c":
            raise wire.NotOurs(mark)
        if not is_first:
            gc.collect()  # what the call before left; nothing is collected while one is made
        is_first = False
        call: dict[str, Any] = loads_own(content)
        budget.begin(call)
        for frame in _answer(call):
            _write(*frame)


def _answer(call: dict[str, Any]) -> list[wire.Frame]:
    """Make a call; return its result, or how it failed: only a whole result is worth the worker's memory."""
    try:
        function = resolved(call["function"])
        made: list[wire.Frame] = []
        left = int(call["output_bytes"])
        result = function(*_arguments())
        end: wire.Frame = (b".", b"")
        if isinstance(result, NodeResult):
            end = b"r", str(result.size or 0).encode()
            result = {
                "outputs": dict(result.outputs),
                "logs": list(result.logs),
                "warnings": [list(one) for one in result.warnings],
                "usage": result.usage.as_record() if result.usage else {},
            }
        for frame in wire.frames_of(result, in_pieces=True):
            left -= len(frame[1])
            if left < 0:
                return [(b"!", dumps_own({"kind": "output"}))]
            made.append(frame)
    except NodeFailed as exc:
        return [(b"!", _failure(exc))]
    except MemoryError:
        raise
    except NotStorable as exc:
        return [(b"!", dumps_lossy({"kind": "invalid_output", "message": str(exc)[:500]}))]
    except Exception as exc:
        if _is_out_of_memory(exc):
            raise MemoryError from exc
        return [(b"!", dumps_lossy({"kind": "raised", "message": f"{type(exc).__name__}: {exc}"[:2000]}))]
    if end == (b"r", b"0"):
        end = b"r", str(int(call["output_bytes"]) - left).encode()  # it was counted while it was written
    return [*made, end]


def resolved(name: str) -> Any:
    """Return a function or class of ours by its module and name."""
    module, _, qualified = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in qualified.split("."):
        found = getattr(found, part)
    return found


def _arguments() -> list[Any]:
    assembler = wire.Assembler(_params)
    while True:
        frame = _read()
        if frame is None:
            raise EOFError
        if frame[0] == b".":
            return assembler.values
        assembler.feed(*frame)


def _params(content: bytes) -> BaseModel:
    name, _, raw = content.partition(b"\n")
    kind: type[BaseModel] = resolved(name.decode())
    return kind.model_validate_json(raw)


def _failure(exc: NodeFailed) -> bytes:
    said = {"kind": "failed", "code": exc.node_code, "message": exc.message, "retryable": exc.retryable}
    return dumps_lossy({**said, "details": exc.details})


def _is_out_of_memory(exc: BaseException | None) -> bool:
    """Tell whether memory is what was missing; orjson says so in its own words."""
    while exc is not None:
        if isinstance(exc, MemoryError) or "Not enough memory to allocate" in str(exc):
            return True
        exc = exc.__cause__ or exc.__context__
    return False


def _read() -> wire.Frame | None:
    """Return the next frame, None at the end of the channel."""
    head = _exactly(wire.HEAD)
    if head is None:
        return None
    content = _exactly(wire.size_of(head))
    return None if content is None else (bytes(head[4:]), bytes(content))


def _exactly(size: int) -> bytearray | None:
    made = bytearray(size)
    view = memoryview(made)
    while view:
        count = os.readv(0, [view])
        if not count:
            return None
        view = view[count:]
    return made


def _write(mark: bytes, content: bytes) -> None:
    for part in (wire.header(mark, content), content):
        left = memoryview(part)
        while left:
            left = left[os.write(1, left) :]
