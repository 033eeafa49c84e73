"""What drives a run: the run, its regions node by node, loops, what does not run, the loaded graph."""
