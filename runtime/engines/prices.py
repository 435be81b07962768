"""What tokens cost, read from `prices.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from escs.runtime.task import Usage

PATH = Path(__file__).with_name("prices.toml")


@cache
def _prices() -> dict[str, dict[str, float]]:
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    return {entry["model"]: entry for entry in data["price"]}


def cost(model: str, usage: Usage) -> float | None:
    """US dollars for the tokens of a call; 0 for engines on this computer, None for a model without a known price."""
    if model == "offline" or model.startswith("llama:"):
        return 0.0
    known = [name for name in _prices() if model.startswith(name)]
    if not known:
        return None
    price = _prices()[max(known, key=len)]
    plain = usage.input - usage.cached - usage.written
    spent = (
        plain * price["input"]
        + usage.written * price["write"]
        + usage.cached * price["read"]
        + usage.output * price["output"]
    )
    return spent / 1_000_000
