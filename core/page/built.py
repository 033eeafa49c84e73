"""What `frontend/dist` holds: the files of the page, by Vite's manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from core.json import loads_own

ENTRY = "src/main.tsx"


@dataclass(frozen=True, slots=True)
class Built:
    """The files that the page names, relative to the folder."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]


def built() -> Built | None:
    """Return what the page has to name; None where nothing is built. A new build is seen at the next request."""
    manifest = Path(settings.FRONTEND_DIST) / ".vite" / "manifest.json"
    try:
        return _read(manifest, manifest.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError):
        return None


@lru_cache(maxsize=2)
def _read(manifest: Path, _changed_at: int) -> Built:
    chunks: dict[str, Any] = loads_own(manifest.read_bytes())
    needed = list(_closure(chunks, ENTRY, set()))
    styles = dict.fromkeys(style for chunk in needed for style in chunk.get("css", ()))
    return Built(chunks[ENTRY]["file"], tuple(styles), tuple(chunk["file"] for chunk in needed[1:]))


def _closure(chunks: Mapping[str, Any], name: str, seen: set[str]) -> Iterator[dict[str, Any]]:
    if name in seen:
        return
    seen.add(name)
    yield chunks[name]
    for other in chunks[name].get("imports", ()):
        yield from _closure(chunks, other, seen)
