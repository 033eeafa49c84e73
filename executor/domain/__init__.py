"""Rules of an execution as plain values."""
