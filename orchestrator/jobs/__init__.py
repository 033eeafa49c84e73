"""Jobs: work on many things at a set pace."""
