"""`make run` and `make demo`: all processes under one command, and the demo."""
