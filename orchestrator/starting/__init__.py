"""Starting runs: from which version, with which input, within which limits."""
