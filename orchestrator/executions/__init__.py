"""Executions as they are read and removed, and the verbs over them."""
