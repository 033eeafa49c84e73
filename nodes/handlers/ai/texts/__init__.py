"""Steps that let a model look at a text: classify it, sum it up, take values out of it."""
