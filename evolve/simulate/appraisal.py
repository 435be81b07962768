"""The offline seeker's feelings: what a reply does, by stated rules, for this intention, temperament, trust and history.

    change = gain · (intention + temperament + moves + manner + profile + momentum + mood + noise), within ±10

`moves` is how well the reply's moves meet the hidden intention: the best one counts whole, the worst counts half where it
hurts, for people hear both. Every parameter and its source stands in `appraisal.toml`. It tests machinery and the choice
of skills, and no prose: nobody real was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from statistics import NormalDist

from escs.evolve.simulate.appraisal_file import Parameters, parameters
from escs.evolve.simulate.heard import Heard
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.rollout import MOST_CHANGE, START

ADVISES = frozenset({"suggestion", "collaborative-planning", "reframing"})
ASKED_FOR = {"advice": {"suggestion", "collaborative-planning"}}
"""What comes early to nobody who hopes for it."""
FED = frozenset({"praise", "not-to-blame"})
"""Intentions that flattery feeds, once."""
LONG_REPLY = 90  # words of a reply that lectures
EARLY = 3  # replies: before the third, advice comes early
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Felt:
    """What a reply did: points of emotion, and the reasons that weighed most, in words."""

    change: int  # -10 to 10
    why: str


@dataclass(frozen=True, slots=True)
class Past:
    """What the appraisal knows of the talk before this reply."""

    turn: int  # of the supporter, from 1
    emotion: float
    heard: tuple[Heard, ...] = ()
    changes: tuple[float, ...] = ()
    cue: bool = False  # the seeker has just dropped a hint at danger

    def times(self, phrase: str) -> int:
        """How often earlier replies held a kind of phrase."""
        return sum(phrase in each.phrases for each in self.heard)


def appraise(profile: Profile, heard: Heard, past: Past, seed: int) -> Felt:
    """How the reply lands. Deterministic for a profile, a seed and a talk."""
    use = parameters()
    parts = [
        *_moves(profile, heard, past, use),
        *_manner(profile, heard, past, use.manner),
        *_landing(profile, heard, past, use.manner),
    ]
    set_by = use.intention[profile.intention] + use.temperament[profile.temperament]
    rest = use.dynamics["momentum"] * (past.emotion - START)
    rest += use.dynamics["mood"] * _draw(profile.name, seed, "mood")
    rest += use.dynamics["noise"] * _draw(profile.name, seed, f"turn {past.turn}")
    total = use.dynamics["gain"] * (set_by + rest + sum(points for points, _ in parts))
    change = round(max(-MOST_CHANGE, min(MOST_CHANGE, total)))
    if change < 0 and _spared(heard, past):
        change = 0
    weighed = sorted((part for part in parts if part[0]), key=lambda part: -abs(part[0]))[:3]
    left = total - sum(points for points, _ in weighed)
    said = [f"{why} ({points:+.1f})" for points, why in weighed]
    return Felt(change, "; ".join([*said, f"temper, mood and the rest ({left:+.1f})"]))


def trust(profile: Profile, changes: Sequence[float]) -> float:
    """Trust after so many replies, 0 to 100: it grows with time and with what does good, and falls with what hurts."""
    use = parameters().dynamics
    level = use["trust-start"]
    for change in changes:
        level += (use["trust-turn"] if change >= 0 else 0.0) + use["trust-gain"] * change
        level = max(0.0, min(100.0, level))
    return level


def _spared(heard: Heard, past: Past) -> bool:
    """A first gentle question about what is wanted, or about danger, never lowers the emotion by itself."""
    if {"dismissive", "agrees-blindly"} & heard.phrases or heard.repeats or heard.is_list:
        return False
    asked = any(each.asks_what_is_wanted for each in past.heard)
    return heard.asks_after_danger or (heard.asks_what_is_wanted and not asked and not ADVISES & set(heard.actions))


Part = tuple[float, str]


def _moves(profile: Profile, heard: Heard, past: Past, use: Parameters) -> list[Part]:
    table = use.meets[profile.intention]
    asked = any(each.asks_what_is_wanted for each in past.heard)
    points = {
        action: table.get(action, 0.0)
        for action in heard.actions
        if action != "safety-question" and not (action == "ask-what-is-wanted" and asked)
    }
    if not points:
        return []
    best, worst = max(points, key=points.__getitem__), min(points, key=points.__getitem__)
    parts = [(points[best], f"{best} for one who hopes for {profile.intention}")]
    if worst != best and points[worst] < 0:
        parts.append((points[worst] / 2, f"{worst} in it"))
    return parts


def _manner(profile: Profile, heard: Heard, past: Past, use: dict[str, float]) -> list[Part]:
    parts: list[Part] = []

    def add(name: str, why: str) -> None:
        parts.append((use[name], why))

    if heard.takes_up:
        add("takes-up", "takes up what was just said")
    elif heard.takes_up_earlier:
        add("takes-up-earlier", "takes up what was said before")
    elif not heard.asks_after_danger and past.turn > 1:
        add("ignores", "takes up nothing that was said")
    if heard.repeats:
        add("said-before", "says again what it said before")
    elif _same_again(heard, past):
        add("same-again", "does the same for the third time")
    if not heard.asks_after_danger:
        if heard.questions >= 2:
            add("pressed", "asks more than one thing at once")
        elif heard.questions and len(past.heard) >= 2 and all(each.questions for each in past.heard[-2:]):
            add("interview", "asks for the third time in a row")
    if (heard.words > LONG_REPLY or heard.is_list) and not heard.asks_after_danger:
        add("lectures", "goes on too long")
    wanted: set[str] = ASKED_FOR.get(profile.intention, set())
    if past.turn < EARLY and ADVISES & set(heard.actions) - wanted:
        add("too-early", "comes with ideas before the story is told")
    if "dismissive" in heard.phrases:
        add("dismissive", "brushes it aside")
    if "empty-comfort" in heard.phrases:
        times = 1 + past.times("empty-comfort")
        parts.append((use["empty-comfort"] * min(times, 2), "comfort that would fit anybody"))
    if "early-reassurance" in heard.phrases and past.turn <= EARLY:
        add("early-reassurance", "reassures before it knows")
    if "agrees-blindly" in heard.phrases:
        times = past.times("agrees-blindly")
        if profile.intention in FED and not times:
            add("flattered", "says what they hoped to hear")
        elif times:
            parts.append((use["agrees-blindly"] * min(times, 3), "agrees with everything"))
    if heard.asks_after_danger and past.cue:
        add("asks-after-danger", "dares to ask")
    if "repair" in heard.actions and past.changes and past.changes[-1] < 0:
        add("missed-before", "owns that it missed")
    return parts


def _same_again(heard: Heard, past: Past) -> bool:
    lead = heard.actions[:1]
    return len(past.heard) >= 2 and bool(lead) and all(each.actions[:1] == lead for each in past.heard[-2:])


def _landing(profile: Profile, heard: Heard, past: Past, use: dict[str, float]) -> list[Part]:
    """What the profile itself says of the reply's moves; of several lines for one move the most special holds."""
    parts = []
    for action in heard.actions:
        mine = [one for one in profile.lands if one.action == action and one.first <= past.turn <= one.last]
        if mine:
            one = min(mine, key=lambda landing: landing.last - landing.first)
            parts.append((use["profile"] * one.amount, one.why or f"{action}, by this person's own lights"))
    return parts


@lru_cache(maxsize=4096)
def _draw(name: str, seed: int, what: str) -> float:
    """A standard normal number, the same for the same profile, seed and place in the talk, whatever is said there."""
    digest = sha256(f"{seed} {name} {what}".encode()).digest()
    return _NORMAL.inv_cdf((int.from_bytes(digest[:7], "big") + 0.5) / 2**56)


def chance(name: str, seed: int, what: str) -> float:
    """A number from 0 to 1, drawn in the same way."""
    digest = sha256(f"{seed} {name} {what}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56
