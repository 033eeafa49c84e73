"""Parts of the settings, each read from the environment by itself; `workflow_backend.settings` gathers them."""
