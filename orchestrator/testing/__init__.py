"""Tests of workflows, and runs that are kept as tests."""
