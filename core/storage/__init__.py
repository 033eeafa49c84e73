"""Stored files: their bytes, their life, their quota."""
