"""Documents: files that people keep here to ask them later."""
