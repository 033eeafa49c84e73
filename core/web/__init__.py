"""The editor's page and its built files."""
