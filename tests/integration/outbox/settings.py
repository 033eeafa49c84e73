"""The settings of processes that tests start: they know the kinds of tests."""

from workflow_backend.settings import *  # noqa: F403
from workflow_backend.settings import OUTBOX_KINDS

OUTBOX_KINDS = [*OUTBOX_KINDS, "tests.integration.outbox.kinds.KINDS"]
SANDBOX_AT_START = False
