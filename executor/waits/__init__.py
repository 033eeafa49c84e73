"""What a node's turn waits for: people, time, signals, children, other queues; and letting the run go meanwhile."""
