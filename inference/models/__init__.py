"""Language models: one way to ask, a wire for each provider."""
