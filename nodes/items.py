"""Items: what nodes hand on to each other."""

from __future__ import annotations

from typing import Any

Item = dict[str, Any]  # {"json": {…}, "binary"?: {name: ref}, "pairedItem"?: {"item": int, "input"?: int}}
Items = list[Item]
