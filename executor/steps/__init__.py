"""Steps in a node: work that is stored by name when it ends, and never done again."""
