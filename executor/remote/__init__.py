"""Turns of nodes that workers of other queues make."""
