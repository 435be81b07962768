"""Scores of rollouts: the mean final emotion with successes and failures, by intention, temperament and every group.

Two ways to score, told apart by name. `escs`: every reply counts, the last one too. `sage`: as SAGE's released code has
it (arXiv 2505.02847), whose tenth reply is never felt, so that a dialogue which ran out of turns keeps the emotion before
its last reply. On SAGE's own files both give the published figures, since the tenth reply was never felt there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from escs.evolve.simulate.intervals import bootstrap_mean
from escs.evolve.simulate.rollout import FAILURE, SUCCESS, Rollout
from escs.runtime.errors import UsageError
from escs.runtime.taxonomy import taxonomy

if TYPE_CHECKING:
    from escs.evolve.simulate.run_folder import Run
    from rich.console import Console

Scoring = Literal["escs", "sage"]

MACHINERY = "machinery only: rules felt these dialogues, not people"
"""What stands beside every score that the offline seeker gave."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The figures of one group of dialogues. Emotions run from 0 to 100; the interval is the 95% one of the mean."""

    n: int
    mean: float
    sd: float
    successes: int  # final emotion at 100 or above
    failures: int  # below 10
    personas: int
    interval: tuple[float, float] | None  # None for fewer than two personas

    def to_json(self) -> dict[str, Any]:
        """The figures as `--json` gives them: rounded half up to one decimal as scores are published, and whole."""
        return {
            "n": self.n,
            "mean": published(self.mean),
            "mean_unrounded": self.mean,
            "sd": published(self.sd),
            "successes": self.successes,
            "failures": self.failures,
            "personas": self.personas,
            "interval": [published(end) for end in self.interval] if self.interval else None,
        }


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of a set of rollouts. Dialogues that broke off for technical reasons are in `technical` alone."""

    overall: Figure
    by_intention: dict[str, Figure]
    by_temperament: dict[str, Figure]
    by_group: dict[str, Figure]  # traps and tags
    technical: int
    unfelt: int  # dialogues whose last reply nobody felt, as in SAGE's own files
    scoring: Scoring
    machinery: bool  # some were felt by the offline rules

    def to_json(self) -> dict[str, Any]:
        """The scores as `--json` gives them."""
        return {
            **self.overall.to_json(),
            "by_intention": {name: figure.to_json() for name, figure in self.by_intention.items()},
            "by_temperament": {name: figure.to_json() for name, figure in self.by_temperament.items()},
            "by_group": {name: figure.to_json() for name, figure in self.by_group.items()},
            "technical": self.technical,
            "unfelt": self.unfelt,
            "scoring": self.scoring,
            **({"note": MACHINERY} if self.machinery else {}),
        }


@dataclass(frozen=True, slots=True)
class FileScore:
    """The scores of one file, and a sentence where some of it could not be read."""

    file: Path
    score: Score
    broken: str = ""
    simulator: str = ""  # who played its seekers, where those of another simulator are in the same file

    @property
    def title(self) -> str:
        """What the scores are of."""
        return f"{self.file}, seekers: {self.simulator}" if self.simulator else str(self.file)

    def to_json(self) -> dict[str, Any]:
        """One entry of `escs simulate --score FILE… --json`."""
        return {
            "file": str(self.file),
            **({"simulator": self.simulator} if self.simulator else {}),
            **self.score.to_json(),
            **({"broken": self.broken} if self.broken else {}),
        }


def published(value: float) -> float:
    """A figure to one decimal as people round: half up (33.25 becomes 33.3, which `round` makes 33.2)."""
    return float(Decimal(repr(value)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def final_of(rollout: Rollout, scoring: Scoring = "escs") -> float:
    """The final emotion of a rollout, 0 to 100, under one of the two ways to score."""
    if scoring == "sage" and rollout.ended == "turns":
        replies = [turn for turn in rollout.turns if turn.supporter]
        if replies and replies[-1].feel is not None:
            return rollout.emotions[-2]
    return rollout.final


@dataclass(slots=True)
class _Group:
    finals: list[float] = field(default_factory=list)
    by_persona: dict[str, list[float]] = field(default_factory=dict)

    def add(self, rollout: Rollout, final: float) -> None:
        self.finals.append(final)
        self.by_persona.setdefault(rollout.persona or rollout.profile, []).append(final)

    def figure(self, seed: int) -> Figure:
        n = len(self.finals)
        mean = sum(self.finals) / n
        sd = sqrt(sum((final - mean) ** 2 for final in self.finals) / (n - 1)) if n > 1 else 0.0
        ends = bootstrap_mean(self.by_persona, seed=seed)
        return Figure(
            n=n,
            mean=mean,
            sd=sd,
            successes=sum(final >= SUCCESS for final in self.finals),
            failures=sum(final < FAILURE for final in self.finals),
            personas=len(self.by_persona),
            interval=ends and (max(0.0, ends[0]), min(100.0, ends[1])),
        )


def score(rollouts: Iterable[Rollout], *, scoring: Scoring = "escs", seed: int = 1) -> Score:
    """Score rollouts as they come; only their finals are kept. Raises `UsageError` where none can be scored."""
    everything, technical, unfelt, machinery = _Group(), 0, 0, False
    intentions: dict[str, _Group] = {}
    temperaments: dict[str, _Group] = {}
    groups: dict[str, _Group] = {}
    for rollout in rollouts:
        machinery = machinery or rollout.simulator == "offline"
        if not rollout.scored:
            technical += 1
            continue
        replies = [turn for turn in rollout.turns if turn.supporter]
        unfelt += bool(replies) and replies[-1].feel is None
        final = final_of(rollout, scoring)
        everything.add(rollout, final)
        intentions.setdefault(rollout.intention, _Group()).add(rollout, final)
        temperaments.setdefault(rollout.temperament, _Group()).add(rollout, final)
        for name in dict.fromkeys(rollout.groups[2:]):
            groups.setdefault(name, _Group()).add(rollout, final)
    if not everything.finals:
        why = f"all {technical} broke off for technical reasons" if technical else "there is none"
        raise UsageError(f"No dialogue can be scored: {why}.")
    known = taxonomy()
    return Score(
        overall=everything.figure(seed),
        by_intention=_figures(intentions, known.intentions, seed),
        by_temperament=_figures(temperaments, known.temperaments, seed),
        by_group=_figures(groups, (), seed),
        technical=technical,
        unfelt=unfelt,
        scoring=scoring,
        machinery=machinery,
    )


def _figures(groups: dict[str, _Group], order: Iterable[str], seed: int) -> dict[str, Figure]:
    """In the taxonomy's order, and by name beyond it."""
    names = [name for name in order if name in groups]
    names += sorted(set(groups) - set(names))
    return {name: groups[name].figure(seed) for name in names}


def score_file(path: Path, *, scoring: Scoring = "sage", seed: int = 1) -> tuple[FileScore, ...]:
    """Score a trace file of SAGE (.jsonl, .jsonl.gz), a run's folder, or its `dialogues.jsonl`.

    A run that a second simulator cross-checked has one score for each of the two: they are never mixed. Of a file that is
    cut off the whole records count, and `broken` says so. Raises `UsageError` where it can be read as neither or holds no
    dialogue.
    """
    from escs.evolve.simulate.run_folder import DIALOGUES, INFO, read_run
    from escs.evolve.simulate.sage import Broken, sage_rollouts

    folder = path.parent if path.name == DIALOGUES and (path.parent / INFO).exists() else path
    if folder.is_dir():
        return _of_run(path, read_run(folder), scoring, seed)
    if not path.exists():
        raise UsageError(f"There is no file {path}.")
    broken = Broken()
    try:
        made = score(sage_rollouts(path, broken), scoring=scoring, seed=seed)
    except UsageError as error:
        if broken.whole == 0 and broken.left_out:
            number, fault = broken.left_out[0]
            raise UsageError(f"{path}, record {number}: {fault}; no whole record can be scored.") from error
        raise
    return (FileScore(path, made, broken.sentence(path)),)


def _of_run(path: Path, run: Run, scoring: Scoring, seed: int) -> tuple[FileScore, ...]:
    """One score for each simulator; one whose dialogues all broke off is named in `broken`, unless there is no other."""
    parts: dict[str, list[Rollout]] = {}
    for rollout in run.rollouts:
        parts.setdefault(rollout.simulator, []).append(rollout)
    whole = {name: some for name, some in parts.items() if any(one.scored for one in some)} or parts
    broken = [f"{path}: the last line is cut off; the {len(run.rollouts)} whole dialogues count."] if run.torn else []
    broken += [
        f"{path}: every dialogue with seekers played by {name} broke off." for name in parts if name not in whole
    ]
    return tuple(
        FileScore(path, score(some, scoring=scoring, seed=seed), " ".join(broken), name if len(parts) > 1 else "")
        for name, some in whole.items()
    )


def score_table(console: Console, scored: Score, *, title: str = "") -> None:
    """Print the scores as a compact table, without tags: most have a handful of dialogues, and the report has room."""
    from escs.runtime.terminal import plain
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(plain(title)) if title else None, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("group")
    for name in ("n", "mean", "95% interval", "sd", "≥100", "<10"):
        table.add_column(name, justify="right", no_wrap=True)
    parts: Sequence[dict[str, Figure]] = (
        {"all": scored.overall},
        scored.by_intention,
        scored.by_temperament,
        {name: figure for name, figure in scored.by_group.items() if name == "traps"},
    )
    for part in parts:
        for name, figure in part.items():
            ends = figure.interval
            table.add_row(
                escape(plain(name)),
                str(figure.n),
                f"{published(figure.mean):.1f}",
                f"{ends[0]:.1f} to {ends[1]:.1f}" if ends else "–",
                f"{figure.sd:.1f}",
                str(figure.successes),
                str(figure.failures),
            )
        table.add_section()
    console.print(table)
    for sentence in remarks(scored):
        console.print(sentence, markup=False, highlight=False)


def remarks(scored: Score) -> tuple[str, ...]:
    """What must be said beside the scores, in whole sentences."""
    said = []
    if scored.technical:
        said.append(f"{scored.technical} broke off for technical reasons and are not scored.")
    if scored.unfelt:
        said.append(f"In {scored.unfelt} nobody felt the last reply, as in SAGE's released code.")
    if scored.scoring == "sage" and not scored.unfelt:
        said.append("Scored as SAGE's released code does: the tenth reply does not count.")
    if scored.machinery:
        said.append(f"{MACHINERY[0].upper()}{MACHINERY[1:]}.")
    return tuple(said)
