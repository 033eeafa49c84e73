"""Sealing what is stored, and tokens that stand for a right."""
