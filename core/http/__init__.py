"""Calls to other services: the guarded client, addresses that may be called, pacing, OAuth as values."""
