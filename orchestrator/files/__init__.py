"""Stored files: over HTTP, and those that nobody needs any more."""
