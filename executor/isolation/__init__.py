"""Programs that confine and fork child processes, for user code and for work on users' data."""
