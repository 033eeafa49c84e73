"""Node types that users write: declared as a class, read without being run, run in the jail."""
