"""How owners share places: one policy, on event loops and among threads."""
