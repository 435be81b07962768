"""What the bank's figures say for each action at this moment: how it went beside others, and how likely people did it.

The associations are small and uncertain, so each is drawn towards zero by its own uncertainty (a normal prior around no
difference; Efron & Morris 1975, J Am Stat Assoc 70:311), and all of it together only breaks ties between skills whose
conditions fit alike: conditions that people write still decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from escs.runtime.cues import label_action
from escs.runtime.figures import Figures
from escs.runtime.habit import likely
from escs.runtime.state import Message, SeekerState
from escs.runtime.taxonomy import taxonomy

ANY = "any"  # the place that holds at every moment
EARLY = 4  # turns of the supporter that count as early
PRIOR = 0.05
"""Standard deviation of true differences that is taken for granted: in ESConv nothing larger stood out."""
HELP_WEIGHT = 5.0  # points for a difference of 1.0: a proven 0.1 is half a point, a met condition on the state two
LIKELY_WEIGHT = 0.4  # points for a share of 1.0 of what people did at such a moment


def places(state: str, turn: int, after: str) -> tuple[str, ...]:
    """The places of `help` that speak of a moment, the most special first."""
    when = f"turns 1-{EARLY}" if turn <= EARLY else f"turns {EARLY + 1} on"
    where = (f"{state}, {when}", state) if state else ()
    return (*where, ANY, f"after {after}") if after else (*where, ANY)


def shrunk(row: Sequence[int]) -> float:
    """A difference drawn towards zero by its uncertainty, as a share from -1 to 1."""
    difference, error = row[0] / 1000, row[1] / 1000
    return difference * PRIOR**2 / (PRIOR**2 + error**2)


def helpful(history: Sequence[Message], state: SeekerState, figures: Figures) -> dict[str, float]:
    """Points by action for `Chooser.rank`; empty where the bank has no figures."""
    if figures.empty and not figures.help:
        return {}
    points = _worth(places(state.label, state.turn, _after(history)) if figures.help else (), figures).copy()
    if not figures.empty:
        shares = likely(history, figures)
        for action, label in taxonomy().actions.items():
            points[action] += LIKELY_WEIGHT * shares.get(label.strategy, 0.0)
    return points


def _worth(at: tuple[str, ...], figures: Figures) -> dict[str, float]:
    """What `help` says of each action at these places."""
    known = figures.worth.get(at)
    if known is None:
        known = dict.fromkeys(taxonomy().actions, 0.0)
        after = [place for place in at if place.startswith("after ")]
        general = [place for place in at if place not in after]
        for action in known:
            found = next((row for place in general if (row := _row(figures.help, place, action))), None)
            if found is not None:
                known[action] += HELP_WEIGHT * shrunk(found)
            for place in after:
                if row := _row(figures.help, place, action):
                    known[action] += HELP_WEIGHT * shrunk(row)
        figures.worth[at] = known
    return known


def _row(table: Mapping[str, Mapping[str, tuple[int, ...]]], place: str, action: str) -> tuple[int, ...] | None:
    return table.get(place, {}).get(action)


def _after(history: Sequence[Message]) -> str:
    """The strategy of the supporter's last message; "" where there is none."""
    for place in range(len(history) - 1, -1, -1):
        if history[place].role == "assistant":
            return label_action(history[place].content, tuple(history[:place])).strategy
    return ""
