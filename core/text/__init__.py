"""Text of strangers: what must not be read in it, and what may be meant to steer a model."""
