"""The file trigger: files of a folder that are new, changed or gone start a run."""

from __future__ import annotations

import fnmatch
import mimetypes
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from core.values.times import wire_time
from nodes.base import LITERAL, Effect, Look, NodeFailed, NodeParams
from nodes.polling import MOST_AT_ONCE, Cursor, PollContext, Polled, PollType

MOST_FILES = 10_000
MOST_BYTES = 16 * 1024 * 1024
Event = Literal["created", "changed", "removed"]
Known = dict[str, tuple[int, int]]  # (modified at in ns, size in bytes) by path below the folder


class FileParams(NodeParams):
    folder: str = Field(min_length=1, max_length=1000, title="Folder", json_schema_extra=LITERAL)
    pattern: str = Field(
        default="*", min_length=1, max_length=200, title="Files", description="Such as *.csv",
        json_schema_extra=LITERAL,
    )  # fmt: skip
    events: list[Event] = Field(default=["created", "changed"], min_length=1, title="On", json_schema_extra=LITERAL)
    subfolders: bool = Field(default=False, title="In subfolders too", json_schema_extra=LITERAL)
    read: bool = Field(default=False, title="With content", description="Up to 16 MiB", json_schema_extra=LITERAL)
    settled_s: float = Field(
        default=2, ge=0, le=3600, title="Unchanged for … seconds", description="So that none is read half-written",
        json_schema_extra=LITERAL,
    )  # fmt: skip
    every_s: int = Field(default=10, ge=2, le=86_400, title="Look every … seconds", json_schema_extra=LITERAL)


class FileTrigger(PollType[FileParams]):
    """Start with the files that were created, changed or removed since the last look."""

    kind = "file_trigger"
    effect: ClassVar[Effect] = "read"
    Params = FileParams
    look = Look(
        label="Files",
        description="Starts when files of a folder change.",
        category="trigger",
        icon="folder-search",
        color="#ca8a04",
        summary="{{ folder }}/{{ pattern }}",
        aliases=("folder", "watch", "directory", "local file"),
        docs="The folder is one of the machine the workers run on, and must lie in one that `HEDDLE_WATCH_FOLDERS` "
        "opens. Works once the workflow is deployed; files that are there then count as known.",
        output_fields=(
            ("event", "string"), ("path", "string"), ("name", "string"), ("size_bytes", "number"),
            ("modified_at", "string"),
        ),
    )  # fmt: skip

    async def poll(self, params: FileParams, cursor: Cursor | None, ctx: PollContext) -> Polled:
        root = opened_folder(params.folder, ctx.folders)
        now_ns = int(ctx.now.timestamp() * 1e9)
        found, names = await ctx.in_thread(lambda: _scan(root, params))
        if cursor is None:
            return Polled([], {"files": found})
        known: Known = {path: (seen[0], seen[1]) for path, seen in cursor["files"].items()}
        kept = dict(known)
        events: list[tuple[str, str]] = []
        ahead = _ahead(found, known, cursor.get("ahead", {}), now_ns)
        for path, seen in sorted(found.items(), key=lambda entry: entry[1]):
            since_ns = ahead[path][2] if path in ahead else seen[0]
            if known.get(path) != seen and now_ns - since_ns >= params.settled_s * 1e9:
                events.append(("changed" if path in known else "created", path))
        events += [("removed", path) for path in known if path not in found]
        taken = events[:MOST_AT_ONCE]
        for event, path in taken:
            if event == "removed":
                del kept[path]
            else:
                kept[path] = found[path]
        wanted = [(event, path) for event, path in taken if event in params.events]
        items = [
            await _item(root, event, path, found, ctx, content_of=names.get(path) if params.read else None)
            for event, path in wanted
        ]
        left = {path: since for path, since in ahead.items() if kept.get(path) != found[path]}
        return Polled(items, {"files": kept, **({"ahead": left} if left else {})}, len(events) > len(taken))

    async def sample(self, params: FileParams, ctx: PollContext) -> Sequence[dict[str, Any]]:
        root = opened_folder(params.folder, ctx.folders)
        found, _ = await ctx.in_thread(lambda: _scan(root, params))
        newest = sorted(found, key=lambda path: found[path], reverse=True)[:3]
        return [await _item(root, "created", path, found, ctx, content_of=None) for path in newest]


def _ahead(found: Known, known: Known, before: Mapping[str, Sequence[int]], now_ns: int) -> dict[str, list[int]]:
    """Return files that are not known and say a time to come, as [modified at, size, since when they look so, ns].

    Such a time was set, or is another machine's: it does not tell for how long a file has been as it is.
    """
    ahead: dict[str, list[int]] = {}
    for path, seen in found.items():
        if seen[0] > now_ns and known.get(path) != seen:
            looked = before.get(path)
            is_same = looked is not None and tuple(looked[:2]) == seen
            ahead[path] = [*seen, looked[2] if looked is not None and is_same else now_ns]
    return ahead


def opened_folder(name: str, allowed: Sequence[Path]) -> Path:
    """Return a folder that workflows may watch, links in its path followed. Raises: NodeFailed."""
    try:
        folder = Path(name).resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as exc:
        folder = None
        problem: Exception | None = exc
    else:
        problem = None
    if folder is None or not any(folder.is_relative_to(root) for root in allowed):
        # one text for both: nobody learns which folders exist
        raise NodeFailed("folder_refused", "There is no such folder, or workflows may not watch it") from problem
    return folder


def _scan(root: Path, params: FileParams) -> tuple[Known, dict[str, Path]]:
    """Return what is there by the text of its path, and where each lies."""
    found: Known = {}
    names: dict[str, Path] = {}
    for path, status in _files(root, params.subfolders):
        if fnmatch.fnmatch(path.name, params.pattern):
            shown = shown_path(path.relative_to(root))
            found[shown], names[shown] = (status.st_mtime_ns, status.st_size), path
            if len(found) > MOST_FILES:
                raise NodeFailed("too_many_files", f"The folder has more than {MOST_FILES:,} such files")
    return found, names


def shown_path(path: Path) -> str:
    """Return a path as a text that can be stored: bytes of a name that are no UTF-8 are written as `\\xff`.

    It is the same text at each look, or the file would be a new one each time.
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _files(folder: Path, subfolders: bool) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield regular files; links are passed over, they may lead out of the folder."""
    try:
        entries = list(os.scandir(folder))
    except OSError as exc:
        raise NodeFailed("folder_refused", "The folder cannot be read", retryable=True) from exc
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            continue  # gone meanwhile
        if stat.S_ISREG(status.st_mode):
            yield Path(entry.path), status
        elif subfolders and stat.S_ISDIR(status.st_mode):
            yield from _files(Path(entry.path), subfolders)


async def _item(
    root: Path, event: str, path: str, found: Known, ctx: PollContext, *, content_of: Path | None
) -> dict[str, Any]:
    modified_ns, size = found.get(path, (0, 0))
    item: dict[str, Any] = {
        "event": event,
        "path": f"{shown_path(root)}/{path}",
        "name": Path(path).name,
        "folder": shown_path(root),
        "size_bytes": size,
        "modified_at": wire_time(datetime.fromtimestamp(modified_ns / 1e9, UTC)) if modified_ns else None,
    }
    if content_of is not None and event != "removed":
        content = await ctx.in_thread(lambda: _content(content_of))
        if content is not None:
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            item["$binary"] = {"file": await ctx.files.save(content, file_name=Path(path).name, mime_type=kind)}
    return item


def _content(path: Path) -> bytes | None:
    """Return a file's bytes, or None where it is too large, gone, or a link by now."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= MOST_BYTES else None
