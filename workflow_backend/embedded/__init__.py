"""Heddle's own PostgreSQL and Valkey, for machines that have neither.

The same engines as in production, from PyPI wheels, under the data folder. Whichever process comes first starts them
under a file lock; all others find them by `services.json`; when the last of them ends, a guardian stops the servers.
"""

from workflow_backend.embedded.errors import EmbeddedServerError
from workflow_backend.embedded.servers import Services, ensure, processes, started_again, stop, stop_unused
from workflow_backend.embedded.users import dismiss_guardian

__all__ = [
    "EmbeddedServerError",
    "Services",
    "dismiss_guardian",
    "ensure",
    "processes",
    "started_again",
    "stop",
    "stop_unused",
]
