"""What changes workflows and starts runs, one use case a function."""
