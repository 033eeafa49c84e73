"""Health: what is alive, what is not, and why."""
