"""Nodes that keep documents, search them and answer from them."""
