"""Proposals: bounded edits of a bank, each answering named findings."""
