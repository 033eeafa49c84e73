"""Forms that users write: what a form may be, data against it, its fields on a page."""
