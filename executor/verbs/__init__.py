"""What people and programs do to runs: start, pause, stop, answer, repair, remove; and why one does not go on."""
