"""Compiling and evaluating for people who edit: within a time, fairly, and never so many that they take the process."""
