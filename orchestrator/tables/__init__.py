"""Data tables over HTTP: tables, their rows, files of rows."""
