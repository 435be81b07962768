"""Which support action a Chinese reply is mostly made of, by the words of `chinese.toml`; "" where nothing shows it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from escs.runtime.taxonomy import taxonomy

PATH = Path(__file__).with_name("chinese.toml")


@cache
def _book() -> tuple[int, dict[str, tuple[str, ...]]]:
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    return data["needed"], {name: tuple(found) for name, found in data["actions"].items() if name in taxonomy().actions}


def action_of(text: str) -> str:
    """The action with the most tell-tale words; a reply of many parts counts as what most of it is."""
    needed, actions = _book()
    points = {name: sum(text.count(word) for word in found) for name, found in actions.items()}
    best = max(points, key=points.__getitem__)
    return best if points[best] >= needed else ""
