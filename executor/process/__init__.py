"""A worker process: the engine, its supervision, its lease, its memory, its watchdog, and quarantine."""
