"""What a human supporter would do next: strategies and actions ranked from the text of the dialogue so far alone.

With a bank's figures, a strategy s at a moment with the values v of the factors f scores

    log P(s) + Σ_f w_f · log(P(s | f = v) / P(s)),    P(s | f = v) = (n(s, f = v) + k · P(s)) / (n(f = v) + k)

with counts n from the figures, and the weights w_f and smoothing k of `habit.toml`: naive Bayes, tempered because the
factors overlap. Without figures hand-set rules add points. The scores become shares that sum to 1. Earlier strategies
of the supporter are inferred by `label_action`; nobody has to give them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from operator import add

from escs.runtime.cues import POINT
from escs.runtime.figures import Figures, figures_of, load
from escs.runtime.habit_file import When, habit_file
from escs.runtime.moment import NEVER, moment
from escs.runtime.safety.risk import Level
from escs.runtime.state import Message, SeekerState
from escs.runtime.taxonomy import taxonomy

__all__ = ["Figures", "Ranking", "figures_of", "habit", "habit_at", "load", "rank_actions", "value_of"]

_NAMED = 2  # reasons that a ranking gives for a strategy


@dataclass(frozen=True, slots=True)
class Ranking:
    """ESConv's strategies, likeliest first."""

    strategies: tuple[tuple[str, float], ...]  # strategy and its share; the shares sum to 1
    reasons: tuple[str, ...]  # for each, in words: what at this moment spoke for it
    basis: str  # "figures", or "rules" where the bank has none

    @property
    def why(self) -> str:
        """Why the first one is first."""
        return self.reasons[0]


def value_of(factor: str, shown: Mapping[str, str]) -> str:
    """The value of a factor, which may join several things, at a moment."""
    return " & ".join([shown[part] for part in factor.split(" & ")]) if " & " in factor else shown[factor]


def _in_words(factor: str, shown: Mapping[str, str]) -> str:
    said = []
    for part in factor.split(" & "):
        value = shown[part]
        if part in ("turn", "moment", "stretch"):
            said.append(f"turn {value}")
        elif part in ("last", "last-two"):
            said.append(value if value == NEVER else f"after {value}")
        elif part in ("length", "length-roughly"):
            said.append(f"the seeker's {value} words")
        elif part == "said":
            said.append(f"the supporter's last {value} words")
        elif part == "asked":
            said.append("the seeker asked" if value == "yes" else "the seeker did not ask")
        else:
            name = part.removeprefix("seeker: ").replace("-", " ")
            said.append(f"the seeker {name}" if value == "yes" else f"not: the seeker {name}")
    return ", ".join(said)


def _from_figures(shown: Mapping[str, str], figures: Figures) -> list[tuple[str, float, list[tuple[float, str]]]]:
    scores = _start(figures)
    spoke: list[list[tuple[float, str]]] = [[] for _ in scores]
    for factor, _ in habit_file().factors:
        for place, gain in enumerate(_gains(figures, factor, value_of(factor, shown))):
            scores[place] += gain
            spoke[place].append((gain, factor))
    return [
        (name, score, [(gain, _in_words(factor, shown)) for gain, factor in sorted(reasons, reverse=True)[:_NAMED]])
        for name, score, reasons in zip(figures.strategies, scores, spoke, strict=True)
    ]


def _start(figures: Figures) -> list[float]:
    """Each strategy's score before anything is known of the moment."""
    known = figures.gains.get(("all", "turns"))
    if known is None:
        totals = figures.habit["all"]["turns"]
        # Half a turn each keeps a strategy that was never seen from being impossible.
        known = tuple(log((count + 0.5) / (sum(totals) + 0.5 * len(totals))) for count in totals)
        figures.gains["all", "turns"] = known
    return list(known)


def _gains(figures: Figures, factor: str, value: str) -> tuple[float, ...]:
    """What a factor's value adds to each strategy's score; nothing where it was never seen."""
    known = figures.gains.get((factor, value))
    if known is None:
        counts = figures.habit.get(factor, {}).get(value)
        smoothing, weight = habit_file().smoothing, dict(habit_file().factors)[factor]
        seen = sum(counts) + smoothing if counts is not None else 0
        if counts is None or not seen:
            known = ()
        else:
            totals = figures.habit["all"]["turns"]
            shares = [(count + 0.5) / (sum(totals) + 0.5 * len(totals)) for count in totals]
            known = tuple(
                weight * log(max((count + smoothing * share) / seen, 1e-6) / share)
                for count, share in zip(counts, shares, strict=True)
            )
        figures.gains[factor, value] = known
    return known


def _holds(when: When, values: Mapping[str, frozenset[str]]) -> bool:
    return all(not values[name].isdisjoint(wanted) for name, wanted in when)


def _from_rules(shown: Mapping[str, str]) -> list[tuple[str, float, list[tuple[float, str]]]]:
    values = {name: frozenset((value,)) for name, value in shown.items()}
    scores = dict.fromkeys(taxonomy().strategies, 0)
    spoke: dict[str, list[tuple[float, str]]] = {name: [] for name in scores}
    for rule in habit_file().rules:
        if _holds(rule.when, values):
            for name, points in rule.points:
                scores[name] += points
                spoke[name].append((points, rule.name))
    return [
        (name, POINT * score, sorted(spoke[name], key=lambda reason: -reason[0])[:_NAMED])
        for name, score in scores.items()
    ]


def habit_at(shown: Mapping[str, str], figures: Figures) -> Ranking:
    """The ranking at a moment, as `moment` gives it."""
    rows = _from_rules(shown) if figures.empty else _from_figures(shown, figures)
    top = max(score for _, score, _ in rows)
    weights = {name: exp(score - top) for name, score, _ in rows}
    whole = sum(weights.values())
    rows.sort(key=lambda row: -row[1])
    return Ranking(
        tuple((name, weights[name] / whole) for name, _, _ in rows),
        tuple(
            "; ".join(said for gain, said in reasons if gain > 0) or "nothing speaks for it at this moment"
            for _, _, reasons in rows
        ),
        "rules" if figures.empty else "figures",
    )


def likely(history: Sequence[Message], figures: Figures) -> dict[str, float]:
    """The shares of `habit` by strategy, from figures, without the reasons: what a choice needs at every turn."""
    shown = moment(history)
    scores, known = _start(figures), figures.gains
    for factor, _ in habit_file().factors:
        value = shown.get(factor) or value_of(factor, shown)  # few join several things
        gains = known.get((factor, value))
        if gains is None:
            gains = _gains(figures, factor, value)
        if gains:
            scores = list(map(add, scores, gains))
    top = max(scores)
    weights = [exp(score - top) for score in scores]
    whole = sum(weights)
    return {name: weight / whole for name, weight in zip(figures.strategies, weights, strict=True)}


def habit(history: Sequence[Message], figures: Figures) -> Ranking:
    """How likely a human supporter is to use each strategy next, from the text of the dialogue so far alone."""
    return habit_at(moment(history), figures)


def _state_values(state: SeekerState) -> dict[str, frozenset[str]]:
    label = taxonomy().states.get(state.label)
    strength = "strong" if state.intensity >= 75 else "mild" if state.intensity < 50 else "middling"
    return {
        "state": frozenset((state.label,)),
        "stage": frozenset((state.stage,)),
        "asked-for": state.asked_for or frozenset(("nothing",)),
        "declined": state.declined,
        "risk": frozenset((Level(state.risk).word,)),
        "arousal": frozenset((label.arousal if label else "",)),
        "strength": frozenset((strength,)),
        "early": frozenset(("yes" if state.turn <= 4 else "no",)),
    }


def _fitting(state: SeekerState) -> dict[str, list[str]]:
    """The actions of each strategy, best fit to the state first; the taxonomy's order decides between equals."""
    values = _state_values(state)
    points = dict.fromkeys(taxonomy().actions, 0)
    for fit in habit_file().fits:
        if _holds(fit.when, values):
            points[fit.action] += fit.points
    ordered: dict[str, list[str]] = {}
    for action in sorted(points, key=lambda action: -points[action]):
        ordered.setdefault(taxonomy().strategy(action), []).append(action)
    return ordered


def rank_actions(history: Sequence[Message], state: SeekerState, figures: Figures) -> list[tuple[str, float, str]]:
    """All actions, best first, as (action, score, why).

    The score, 0 to 1, is the share of the action's strategy: how likely a human supporter is to use it next. Actions
    of one strategy stand together, ordered by their fit to the state.
    """
    ranking = habit(history, figures)
    fitting = _fitting(state)
    rows = []
    for (strategy, share), reason in zip(ranking.strategies, ranking.reasons, strict=True):
        why = f"{strategy}: people do this here {share:.0%} of the time ({reason})"
        if ranking.basis == "rules":
            why = f"{strategy}, by hand-set rules, since the bank has no figures ({reason})"
        rows += [(action, share, why) for action in fitting.get(strategy, ())]
    return rows


LEADING = 100.0
"""Points of a share of 1: enough to outweigh whatever else decides which skill leads."""


def by_habit(history: Sequence[Message], state: SeekerState, figures: Figures) -> dict[str, float]:
    """Points by action for choosing as people did, where that is to be compared: what they would do next leads."""
    return {action: LEADING * share for action, share, _ in rank_actions(history, state, figures)}
