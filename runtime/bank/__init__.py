"""The bank: reading, validating, indexing, choosing and writing back skills that are Markdown files."""
