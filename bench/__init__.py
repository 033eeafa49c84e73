"""Measures: ratios in one run on one machine, never asserted."""
