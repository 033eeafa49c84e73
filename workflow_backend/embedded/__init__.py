"""Heddle's own PostgreSQL and Valkey, for machines that have neither.

The same engines as in production, from PyPI wheels, under the data folder. Whichever process comes first starts them
under a file lock; all others find them by `services.json`.
"""

from workflow_backend.embedded.errors import EmbeddedServerError
from workflow_backend.embedded.servers import Services, ensure, started_again, stop

__all__ = ["EmbeddedServerError", "Services", "ensure", "started_again", "stop"]
