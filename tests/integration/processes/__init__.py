"""Processes of `make run`: real ones, in data folders of their own."""
