"""What tokens cost, read from `prices.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from escs.runtime.engines.hosts import ANTHROPIC, host_of, is_loopback
from escs.runtime.task import Usage

PATH = Path(__file__).with_name("prices.toml")
_DATED = re.compile(r"-20\d{6}$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float
    write: float
    read: float

    def of(self, usage: Usage) -> float:
        """US dollars for the tokens of one call."""
        plain = max(0, usage.input - usage.cached - usage.written)
        spent = plain * self.input + usage.written * self.write + usage.cached * self.read + usage.output * self.output
        return spent / 1_000_000


@cache
def _prices() -> dict[str, Mapping[str, Any]]:
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    return {model: entry for entry in data["price"] for model in entry["models"]}


def _price(entry: Mapping[str, Any]) -> Price:
    return Price(*(float(entry[name]) for name in ("input", "output", "write", "read")))


def cost(engine: Mapping[str, str], usage: Usage) -> float | None:
    """US dollars for the tokens of one call of the engine with this key (and its `discount`, where it has one).

    0 for what runs on this computer, None where the price is not known: another server, or a model that is not listed.
    """
    server = engine.get("base_url")
    if server is None or is_loopback(server):
        return 0.0
    entry = _prices().get(_DATED.sub("", engine.get("model", "")))
    if host_of(server) != host_of(ANTHROPIC) or entry is None:
        return None
    long = entry.get("long")
    full = _price(long if long and usage.input > long["over"] else entry).of(usage)
    return full * float(engine.get("discount", "1"))
