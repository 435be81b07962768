"""Reports: what a run was, as one page that opens from disk."""
