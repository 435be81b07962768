"""What a report shows, worked out of runs: rows of figures, panels of curves, cells of the map, dialogues in pairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from escs.evolve.report.plots import Cell, Panel, Series
from escs.evolve.simulate.intervals import bootstrap_mean
from escs.evolve.simulate.process import ProcessFigures, Share
from escs.evolve.simulate.rollout import Rollout, Turn, Unsafe
from escs.evolve.simulate.run_folder import Run
from escs.evolve.simulate.score import Figure, Score, published
from escs.runtime.taxonomy import taxonomy

NAMES = ("A", "B")
LONGEST = 300  # characters of one value of run.json


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One group's figures in each run, None where a run has none of it, and the paired difference B minus A."""

    name: str
    level: str  # "all", "intention", "temperament" or "group"
    figures: tuple[Figure | None, ...]
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean paired difference of the final emotion, B minus A, over dialogues of the same profile and seed."""

    pairs: int
    mean: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process figure: the value in each run, and beside it what stands in small print."""

    name: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """An unsafe event and where it stands on the page."""

    run: str
    anchor: str
    dialogue: str
    event: Unsafe


@dataclass(frozen=True, slots=True)
class Talk:
    """One dialogue of one run on the page."""

    run: str
    anchor: str
    rollout: Rollout
    language: str
    unsafe: dict[int, tuple[Unsafe, ...]]


@dataclass(frozen=True, slots=True)
class Entry:
    """The dialogues of one profile and seed, one for each run that has it."""

    anchor: str
    talks: tuple[Talk, ...]

    @property
    def first(self) -> Rollout:
        """The dialogue that names the entry."""
        return self.talks[0].rollout

    @property
    def unsafe(self) -> int:
        """How many unsafe events there were."""
        return sum(len(talk.rollout.unsafe) for talk in self.talks)


def by_simulator(run: Run) -> tuple[Run, ...]:
    """The run, or one for each simulator where a second one cross-checked it: their scores are not to be mixed."""
    names = list(dict.fromkeys(rollout.simulator for rollout in run.rollouts))
    if len(names) < 2:
        return (run,)
    return tuple(
        replace(
            run,
            info={**run.info, "simulators": [name]},
            rollouts=tuple(rollout for rollout in run.rollouts if rollout.simulator == name),
            folder=run.folder.resolve().with_name(f"{run.folder.resolve().name} with {name.rpartition('/')[2]}"),
        )
        for name in names
    )


def facts(run: Run) -> list[tuple[str, str]]:
    """What `run.json` says, as lines of a list."""
    lines = []
    for key, value in run.info.items():
        if value in (None, "", [], {}):
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append((key.replace("_", " "), text if len(text) <= LONGEST else text[:LONGEST] + "…"))
    return lines


def score_rows(scores: Sequence[Score], runs: Sequence[Run]) -> list[ScoreRow]:
    """The rows of the table of scores, the whole first."""
    rows = [ScoreRow("all dialogues", "all", tuple(one.overall for one in scores), _difference(runs, None))]
    tables = (
        ("intention", tuple(one.by_intention for one in scores)),
        ("temperament", tuple(one.by_temperament for one in scores)),
        ("group", tuple(one.by_group for one in scores)),
    )
    for level, tables_of in tables:
        for name in dict.fromkeys(name for table in tables_of for name in table):
            figures = tuple(table.get(name) for table in tables_of)
            rows.append(ScoreRow(name, level, figures, _difference(runs, name)))
    return rows


def _difference(runs: Sequence[Run], group: str | None) -> Difference | None:
    """Paired by profile and seed; None for one run, or where nothing pairs."""
    if len(runs) < 2:
        return None
    first, second = ({(one.profile, one.seed): one for one in run.rollouts if one.scored} for run in runs)
    by_persona: dict[str, list[float]] = {}
    for key in first.keys() & second.keys():
        if group is None or group in first[key].groups:
            by_persona.setdefault(first[key].persona or key[0], []).append(second[key].final - first[key].final)
    values = [value for some in by_persona.values() for value in some]
    if not values:
        return None
    return Difference(len(values), sum(values) / len(values), bootstrap_mean(by_persona))


def percent(share: float) -> str:
    """A share as people read it: 3.1%, 42%."""
    return f"{published(100 * share):.1f}%" if share < 0.1 else f"{100 * share:.0f}%"


def process_rows(figures: Sequence[ProcessFigures]) -> list[ProcessRow]:
    """The process figures, and below them the unsafe events by kind."""

    def number(value: float | None, unit: str) -> tuple[str, str]:
        return ("–", "") if value is None else (f"{value:.1f}", unit)

    rows = [
        ProcessRow("First reassurance", tuple(number(one.first_reassurance, "mean turn") for one in figures)),
        ProcessRow("Questions per reply", tuple(number(one.questions, "") for one in figures)),
    ]
    for name in ("reassured_early", "agreement", "own_steps", "people", "repairs"):
        shares: list[Share] = [getattr(one, name) for one in figures]
        rows.append(ProcessRow(_sentence(shares[0].what), tuple(_share(share) for share in shares)))
    return rows


def unsafe_rows(figures: Sequence[ProcessFigures]) -> list[ProcessRow]:
    """Unsafe events by kind: the share of dialogues with one, of those that could have one."""
    rows = []
    kinds = dict.fromkeys(kind for one in figures for kind in one.unsafe)
    for kind in sorted(kinds, key=lambda kind: (kind != "any", kind not in ("missed-cue", "trap"), kind)):
        cells = []
        for one in figures:
            among = one.unsafe.get(kind)
            cells.append(_share(among.dialogues if among else Share("", 0, one.n)))
        rows.append(ProcessRow("any kind" if kind == "any" else kind, tuple(cells)))
    return rows


def _share(share: Share) -> tuple[str, str]:
    if share.share is None or share.bound is None:
        return "–", "nothing could show it"
    return percent(share.share), f"{share.events} of {share.chances}, at most {percent(share.bound)}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def panels(runs: Sequence[Run], level: str) -> list[Panel]:
    """Curves of every intention or temperament that some run has, in the taxonomy's order."""
    known = taxonomy()
    order = known.intentions if level == "intention" else known.temperaments
    present = {getattr(one, level) for run in runs for one in run.rollouts if one.scored}
    names = [name for name in order if name in present] + sorted(present - set(order))
    return [
        Panel(
            name,
            tuple(
                Series(
                    label,
                    tuple(one.emotions for one in run.rollouts if one.scored and getattr(one, level) == name),
                )
                for label, run in zip(NAMES, runs, strict=False)
            ),
        )
        for name in names
    ]


def skill_cells(rollouts: Iterable[Rollout]) -> tuple[list[str], list[str], dict[tuple[str, str], Cell]]:
    """Skills (most used first), groups (all, intentions, temperaments), and the mean change where both met."""
    changes: dict[tuple[str, str], list[float]] = {}
    for rollout in rollouts:
        for turn in rollout.turns if rollout.scored else ():
            for skill in dict.fromkeys(turn.skills) if turn.feel else ():
                for group in ("all", rollout.intention, rollout.temperament):
                    assert turn.feel is not None
                    changes.setdefault((skill, group), []).append(turn.feel.change)
    used = {skill: len(values) for (skill, group), values in changes.items() if group == "all"}
    met = {group for _, group in changes}
    known = taxonomy()
    groups = [group for group in ("all", *known.intentions, *known.temperaments) if group in met]
    skills = sorted(used, key=lambda skill: (-used[skill], skill))
    cells = {key: Cell(sum(values) / len(values), len(values)) for key, values in changes.items()}
    return skills, [*groups, *sorted(met - set(groups))], cells


def entries(runs: Sequence[Run]) -> list[Entry]:
    """Every dialogue, those of one profile and seed together, in the order of profiles."""
    found: dict[tuple[str, int], list[tuple[str, Rollout]]] = {}
    for label, run in zip(NAMES, runs, strict=False):
        for rollout in run.rollouts:
            found.setdefault((rollout.profile, rollout.seed), []).append((label, rollout))
    made = []
    for number, (_, some) in enumerate(sorted(found.items()), 1):
        anchor = f"d{number}"
        made.append(Entry(anchor, tuple(_talk(label, anchor, place, one) for place, (label, one) in enumerate(some))))
    return made


def _talk(label: str, anchor: str, place: int, rollout: Rollout) -> Talk:
    unsafe: dict[int, list[Unsafe]] = {}
    for event in rollout.unsafe:
        unsafe.setdefault(event.turn, []).append(event)
    chinese = any("\u4e00" <= letter <= "\u9fff" for turn in rollout.turns[:1] for letter in turn.seeker)
    by_turn = {turn: tuple(events) for turn, events in unsafe.items()}
    return Talk(label, f"{anchor}{'ab'[place % 2]}{place // 2 or ''}", rollout, "zh" if chinese else "", by_turn)


def events(some: Iterable[Entry]) -> dict[str, list[Event]]:
    """Unsafe events by kind, with where they are on the page."""
    made: dict[str, list[Event]] = {}
    for entry in some:
        for talk in entry.talks:
            for event in talk.rollout.unsafe:
                made.setdefault(event.kind, []).append(
                    Event(talk.run, f"{talk.anchor}-{event.turn}", talk.rollout.id, event)
                )
    return dict(sorted(made.items()))


def twins(rollouts: Iterable[Rollout]) -> list[dict[str, Any]]:
    """Personas with more than one profile (the same story, one thing changed): mean finals, widest gap first."""
    found: dict[str, dict[str, list[float]]] = {}
    for rollout in rollouts:
        if rollout.scored and rollout.persona:
            found.setdefault(rollout.persona, {}).setdefault(rollout.profile, []).append(rollout.final)
    made = []
    for persona, profiles in found.items():
        if len(profiles) > 1:
            means = {name: sum(values) / len(values) for name, values in sorted(profiles.items())}
            made.append({"persona": persona, "means": means, "gap": max(means.values()) - min(means.values())})
    return sorted(made, key=lambda twin: (-float(str(twin["gap"])), str(twin["persona"])))


def felt(turn: Turn) -> str:
    """How a reply was felt, as people read it; "" where it was not."""
    if turn.feel is None:
        return ""
    change = f"{turn.feel.change:+g}" if turn.feel.change else "0"
    return f"{change} → {turn.feel.emotion:g}"
