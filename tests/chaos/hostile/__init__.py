"""A hostile user as a program of its own: all kinds of work that once harmed others, at once, until it is told to stop."""
