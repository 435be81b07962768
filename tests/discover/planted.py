"""Planted truth: synthetic units whose rules are known, to see whether discovery finds them and nothing else.

What makes real data treacherous is in it: outcomes improve as a talk goes on, supporters give more advice later (so that
advice looks good by its place alone), dialogues differ as wholes, and states come and go within a dialogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from escs.evolve.discover.contrasts import Finding
from escs.evolve.discover.unit import Moment, Unit

STATES = {"sad": 5, "anxious": 4, "overwhelmed": 3, "ashamed": 3, "angry": 3, "lonely": 2}
"""States and how common each is."""

ACTIONS = {
    "open-question": (5, -0.12),
    "reflection-of-feelings": (4, -0.05),
    "validation": (4, 0.0),
    "restatement": (3, -0.05),
    "affirmation": (3, 0.05),
    "suggestion": (3, 0.12),
    "information": (2, 0.1),
}
"""Actions: how common each is, and how much commoner it gets with each turn (in logs, drawn towards the late turns)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A planted rule: what an action adds to the chance of a constructive outcome in a state."""

    action: str
    state: str
    lift: float
    first: int = 1  # turns in which it holds
    last: int = 99


RULES = (
    Rule("suggestion", "overwhelmed", -0.3, last=4),
    Rule("validation", "ashamed", 0.3),
    Rule("suggestion", "ashamed", -0.3),
    Rule("open-question", "angry", -0.25),
    Rule("reflection-of-feelings", "sad", 0.2),
    Rule("affirmation", "lonely", 0.3),
    Rule("information", "anxious", 0.25, first=5),
)


def plant(
    rules: Sequence[Rule] = RULES,
    *,
    seed: int,
    dialogues: int = 1500,
    turns: int = 12,
    base: float = 0.5,
    trend: float = 0.02,
    spread: float = 0.12,
) -> Iterator[Unit]:
    """Units of synthetic dialogues. `trend` is what a turn adds, `spread` the standard deviation between dialogues."""
    random = Random(f"planted {seed}")
    states, weights = list(STATES), list(STATES.values())
    actions = list(ACTIONS)
    for number in range(1, dialogues + 1):
        own = random.gauss(0, spread)
        state = random.choices(states, weights)[0]
        intensity = random.randrange(30, 95)
        scenario = random.choice(("job-crisis", "breakup", "low-mood"))
        for turn in range(1, turns + 1):
            if random.random() < 0.2:
                state = random.choices(states, weights)[0]
            likely = [share * 2.718281828 ** (slope * (turn - 6)) for share, slope in ACTIONS.values()]
            action = random.choices(actions, likely)[0]
            chance = base + own + trend * (turn - 6) - 0.001 * (intensity - 60)
            for rule in rules:
                if (rule.action, rule.state) == (action, state) and rule.first <= turn <= rule.last:
                    chance += rule.lift
            good = random.random() < min(0.98, max(0.02, chance))
            yield Unit(
                id=f"planted:{number}:{turn}",
                source="planted",
                dialogue=f"planted:{number}",
                turn=turn,
                scenario=scenario,
                before=Moment(state, intensity),
                action=action,
                strategy="",
                text="",
                after=Moment(),
                change="",
                outcome="constructive" if good else "negative",
            )


def score(findings: Sequence[Finding], rules: Sequence[Rule] = RULES) -> tuple[int, int, int]:
    """How many rules were found, how many contrasts were told, and how many of those are false.

    A contrast is true where a rule of its action and state holds at some of its turns and has its sign. It speaks of a
    rule only there; a contrast of any state is false, for every rule belongs to one state.
    """
    told = [finding for finding in findings if finding.told]
    found = {rule for rule in rules if any(_speaks(finding, rule) for finding in told)}
    false = sum(not any(_speaks(finding, rule) for rule in rules) for finding in told)
    return len(found), len(told), false


def _speaks(finding: Finding, rule: Rule) -> bool:
    question = finding.question
    low, dash, high = question.turns.partition("-")
    first, last = int(low or 1), int(high or 99) if dash else 99
    same = (question.action, question.state) == (rule.action, rule.state)
    return same and first <= rule.last and rule.first <= last and (rule.lift > 0) == (finding.sign > 0)
