"""Analysis: from traces to findings that name their turns, their skill and what would show them mended."""
