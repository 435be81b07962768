"""A bank's figures: counts of labels from annotated dialogues, that say what human supporters do and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

FILE_NAME = "figures.toml"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where figures come from."""

    corpora: tuple[str, ...] = ()
    dialogues: int = 0
    turns: int = 0
    licence: str = ""
    tool: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of labels with their provenance. Without a file they are empty, and hand-set rules stand in."""

    provenance: Provenance = field(default_factory=Provenance)
    strategies: tuple[str, ...] = ()
    habit: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    """Factor → value → turns by strategy, in the order of `strategies`."""
    help: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    """The same shape for how helpful each action was: state and moment → action → counts by outcome."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to go by, so that the hand-set rules of `habit` decide alone."""
        return not self.habit


NONE = Figures()


def load(path: Path) -> Figures:
    """The figures of a bank; `NONE` where the file does not exist."""
    return NONE
