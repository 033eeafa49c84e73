"""What a process of ours has: the machine, its log, its garbage collection, the ticks of beat."""
