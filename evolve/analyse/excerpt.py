"""Moments of traces as a reader needs them: what the seeker said, the reply, what came back, and what it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from escs.evolve.analyse.findings import Finding
from escs.evolve.simulate.rollout import Rollout

MOST = 4  # moments of a finding that a reader sees
LONGEST = 700  # characters of one message in them


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One reply of a trace. `change` is in points of emotion, -10 to 10."""

    groups: tuple[str, ...]
    turn: int
    before: str  # the supporter's reply before, "" at the opening
    seeker: str
    reply: str
    change: float
    answer: str  # what the seeker said next, "" where the dialogue ended
    skills: tuple[str, ...] = ()  # those at work, the leading one first

    @property
    def text(self) -> str:
        """As lines to read."""
        lines = [f"Supporter, before: {self.before}"] if self.before else []
        lines += [f"Seeker: {self.seeker}", f"Supporter's turn {self.turn}: {self.reply}"]
        at_work = f"; skills at work: {', '.join(self.skills)}" if self.skills else ""
        lines.append(f"(emotion {self.change:+.0f}{at_work})")
        lines += [f"Seeker, then: {self.answer}"] if self.answer else ["(the dialogue ended there)"]
        return "\n".join(lines)


def excerpts(finding: Finding, rollouts: Mapping[str, Rollout], most: int = MOST) -> tuple[Excerpt, ...]:
    """The finding's moments, the worst first, one of each persona."""
    return moments(finding.turns, rollouts, most)


def moments(
    turns_of: Iterable[tuple[str, int]], rollouts: Mapping[str, Rollout], most: int = MOST
) -> tuple[Excerpt, ...]:
    """The moments of these dialogues and turns, one of each persona, in their order."""
    found: dict[str, Excerpt] = {}
    for dialogue, turn in turns_of:
        rollout = rollouts.get(dialogue)
        if rollout is None or (rollout.persona or rollout.profile) in found or turn > len(rollout.turns):
            continue
        turns = rollout.turns
        here = turns[turn - 1]
        found[rollout.persona or rollout.profile] = Excerpt(
            groups=rollout.groups, turn=turn, before=_short(turns[turn - 2].supporter) if turn > 1 else "",
            seeker=_short(here.seeker), reply=_short(here.supporter), change=here.feel.change if here.feel else 0.0,
            answer=_short(turns[turn].seeker) if turn < len(turns) else "", skills=tuple(here.skills),
        )  # fmt: skip
        if len(found) == most:
            break
    return tuple(found.values())


def by_id(rollouts: Sequence[Rollout]) -> dict[str, Rollout]:
    """Rollouts by their ids."""
    return {rollout.id: rollout for rollout in rollouts}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
