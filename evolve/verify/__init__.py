"""Verification: base and candidate meet the same seekers, pair by pair, until the gate knows."""
