"""What is kept in Redis for a while: counters, the streams of runs, who waits for their ends."""
