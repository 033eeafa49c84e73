"""Retrying runs, whole or in part, alone or many."""
