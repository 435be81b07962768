"""The ledger of a gate set: how much chance of error each verification may spend, over all that were ever made on it."""

from __future__ import annotations

ALPHA = 0.05
"""Chance that anything at all that is no better was ever accepted on one gate set."""
POWER = 1.5
_SUM = 2.6123753486854883  # of k^-1.5 over all k (Riemann's zeta function at 1.5)


def share(number: int, alpha: float = ALPHA) -> float:
    """What verification `number` (from 1) on a gate set may spend: the shares of all numbers sum to `alpha`.

    Each verification, whatever was done before, wrongly accepts with at most its share (the test is conditional on the
    past), so the union of all, hand edits and later runs included, errs with at most `alpha`. Shares fall as k^-1.5.
    """
    if number < 1:
        raise ValueError(f"verification number {number}")
    return float(alpha * number**-POWER / _SUM)
