"""Workflows: saving, versions, compiling and deploying them, files in and out."""
