"""Programs of the repository: checks, generated pages, pins, building the page."""
