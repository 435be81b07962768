"""The crisis screen: reads one text for signs of danger, by code and data alone."""

from __future__ import annotations

import re

from escs.runtime.safety.risk import Level, Screening, Sign

_THIN = re.compile(r"kill(?:ing)? myself|want to die|suicidal|end my life|end it all|unalive", re.IGNORECASE)


def screen(text: str) -> Screening:
    """What the screen sees in one text, on its own."""
    hit = _THIN.search(text)
    if hit is None:
        return Screening()
    sign = Sign("suicide-active", Level.CRISIS, hit[0], "thin", "Suicidal thoughts are voiced.")
    return Screening(Level.CRISIS, (sign,))
