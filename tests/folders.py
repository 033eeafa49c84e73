"""Folders of tests that other accounts have to reach."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def open_to_all(folder: Path) -> None:
    """Let every account pass through a folder and the folders above it that are for tests."""
    root = Path(tempfile.gettempdir()).resolve()
    for step in (folder, *folder.parents):
        if step == root or step.stat().st_uid != os.getuid():
            return
        step.chmod(0o755)
