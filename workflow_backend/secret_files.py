"""Secrets of a development machine: made once, kept in the data folder, readable by its owner only."""

import base64
import os
import secrets
from pathlib import Path


def development_secret(data_folder: Path, name: str) -> str:
    """Return 32 random bytes in base64, the same at every call for this data folder."""
    path = data_folder / "secrets" / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    try:
        os.link(draft, path)  # the first of two processes wins, the other reads what it wrote
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
