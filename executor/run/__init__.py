"""A run while a process holds it, as values: its state, its regions, its gate, its open waits, how it ends."""
