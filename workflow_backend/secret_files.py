"""Secrets of a development machine: made once, kept in the data folder, readable by its owner only."""

import base64
import os
import secrets
from pathlib import Path

from workflow_backend.embedded import places


def development_secret(data_folder: Path, name: str) -> str:
    """Return 32 random bytes in base64, the same at every call for this data folder."""
    path = data_folder / "secrets" / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        places.private(places.prepared(data_folder) / "secrets")
    draft = path.with_suffix(f".{os.getpid()}")
    places.new_file(draft, base64.b64encode(secrets.token_bytes(32)), owner=None)
    try:
        os.link(draft, path)  # the first of two processes wins, the other reads what it wrote
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
