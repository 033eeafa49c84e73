"""Formats of workflow files, as plain values."""
