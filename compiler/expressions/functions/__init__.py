"""Tables of pure functions: methods by type, and what stands under a name."""
