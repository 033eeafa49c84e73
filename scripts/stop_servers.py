"""`make stop`: ends what `make run` started in this checkout, and its embedded servers; says what."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from workflow_backend.supervisor.stopping import stop_everything  # noqa: E402 (its folder has to be known first)

if __name__ == "__main__":
    folder = Path(os.environ.get("HEDDLE_DATA_DIR") or ROOT / ".data").resolve()
    went_well = stop_everything(folder, lambda line: sys.stdout.write(f"heddle: {line}\n"))
    sys.exit(0 if went_well else 1)
