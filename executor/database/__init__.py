"""Connections of the engine: short statements, and the ORM in threads."""
