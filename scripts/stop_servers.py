"""Stops the embedded servers of this checkout."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from workflow_backend.embedded import stop

if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    stop(Path(os.environ.get("HEDDLE_DATA_DIR") or root / ".data"))
