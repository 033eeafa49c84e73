"""The statements of the engine: raw SQL, one round trip each; they share parts, so they stand together."""
