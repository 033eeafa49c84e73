"""What may stand in a template, and how good an answer it is to a search: rules over plain values."""
