"""Pages of ours: the editor, the documentation of the API and the OpenAPI document."""
