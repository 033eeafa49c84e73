"""Node types that speak to models and to tools."""
