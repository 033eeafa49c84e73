"""What workflows keep between their runs: tables of rows, and a small state of each node."""
