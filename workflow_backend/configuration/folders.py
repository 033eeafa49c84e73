"""Where the program lies and where it keeps its data."""

from pathlib import Path

from workflow_backend import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(env.text("HEDDLE_DATA_DIR") or BASE_DIR / ".data").resolve()
