"""The report on an evaluation: its table, the differences with their intervals, and moments to read side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from escs.evolve.evaluate.out_folder import DIALOGUES, RESPONSES, RESPONSES_FILE, TABLE
from escs.evolve.report import view
from escs.evolve.report.page import ENDINGS, FOLDER, templates
from escs.evolve.report.plots import Interval, Panel, Series, emotion_curves, intervals
from escs.evolve.simulate.run_folder import Run, read_run
from escs.runtime.errors import UsageError

_FIELDS = ("dialogue", "turn", "seeker", "human", "marked", "arm", "reply", "strategy")
MOST_MOMENTS = 24
"""Turns of real dialogues that are shown with every arm's reply; the rest stands in `responses.jsonl`."""
MOST_PAIRS = 6
"""Simulated seekers whose dialogues with two arms are shown: half where the one ended better, half where the other did."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One turn of a real dialogue: what the seeker said, the human's answer, and each arm's."""

    dialogue: str
    turn: int
    seeker: str
    human: str
    marked: str
    replies: tuple[tuple[str, str, str], ...]  # arm, reply (or why there is none), strategy


def is_evaluation(folder: Path) -> bool:
    """Whether `escs eval --out` made this folder."""
    return (folder / TABLE).is_file()


def evaluation_page(folder: Path) -> str:
    """The page; the same folder gives the same bytes.

    Raises `UsageError` where the folder's files are broken or of another version, and where the plotting library is missing.
    """
    table = _table(folder / TABLE)
    from markupsafe import Markup

    runs = {}
    if table["title"] == DIALOGUES:  # what stands beside a table of responses is another evaluation's
        runs = {arm: read_run(folder / arm) for arm in table["arms"] if (folder / arm).is_dir()}
    curves = ""
    if runs:
        panels = [
            Panel(arm, (Series("", tuple(one.emotions for one in run.rollouts if one.scored)),))
            for arm, run in runs.items()
        ]
        curves = Markup(emotion_curves(panels, columns=5, title="Emotion over replies by arm", prefix="c-arm"))  # noqa: S704
    pair = _pair(runs)
    entries = view.entries(pair) if pair else []
    environment = templates()
    talk = environment.get_template("talk.html.j2")
    shared = {"two": True, "endings": ENDINGS, "felt": view.felt}
    groups: dict[str, list[Interval]] = {}
    for one in table["differences"]:
        name = f"{one['arm']} − {one['other']}"
        groups.setdefault(one["measure"], []).append(Interval(name, one["difference"], *one["interval"]))
    plot = Markup(intervals(groups, title="Differences with 95% intervals", prefix="d")) if groups else ""  # noqa: S704
    return environment.get_template("evaluation.html.j2").render(
        name=folder.resolve().name,
        table=table,
        plot=plot,
        curves=curves,
        pair=[run.folder.name for run in pair],
        names=view.NAMES,
        entries=entries,
        bodies=[Markup(talk.render(entry=entry, **shared)) for entry in entries],  # noqa: S704
        moments=_moments(folder / RESPONSES_FILE) if table["title"] == RESPONSES else [],
        style=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
    )


def _table(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        arms = [str(arm) for arm in found["arms"]]
        found["what"] = {arm: str(found["what"][arm]) for arm in arms}
        for row in found["rows"]:
            row["cells"] = [_cell(row[arm], row["digits"]) for arm in arms]
        for one in found["differences"]:
            one["interval"] = [float(end) for end in one["interval"]]
            one["cells"] = [
                f"{one['difference']:+.2f}", "{:+.2f} to {:+.2f}".format(*one["interval"]), f"{one['holm']:.3f}", one["said"]
            ]  # fmt: skip
        return {**{key: found[key] for key in ("title", "what", "rows", "differences", "remarks")}, "arms": arms}
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is no table of this version ({error!r}); let `escs eval … --out {path.parent}` write it anew."
        ) from error


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _moments(path: Path) -> list[Moment]:
    """Turns spread evenly over the dialogues. Raises `UsageError` where a line is broken."""
    if not path.is_file():
        return []
    by_turn: dict[tuple[str, int], list[dict[str, Any]]] = {}
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                missing = [key for key in _FIELDS if key not in row]
                if missing:
                    raise KeyError(missing[0])
                by_turn.setdefault((row["dialogue"], row["turn"]), []).append(row)
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(
                    f"{path}, line {number} is broken; let `escs eval responses` write it anew."
                ) from error
    keys = [*by_turn]
    count = min(MOST_MOMENTS, len(keys))
    chosen = [keys[(2 * place + 1) * len(keys) // (2 * count)] for place in range(count)]
    return [
        Moment(
            *key, rows[0]["seeker"], rows[0]["human"], rows[0]["marked"],
            tuple((row["arm"], row["reply"] or f"(none: {row.get('fault', '')})", row["strategy"]) for row in rows),
        )
        for key in chosen for rows in (by_turn[key],)
    ]  # fmt: skip


def _pair(runs: Mapping[str, Run]) -> tuple[Run, ...]:
    """Two arms, cut down to the seekers whose endings they part in most; nothing where there are no two."""
    arms = [arm for arm in ("evolved", "static") if arm in runs]
    arms += [arm for arm in ("none", *runs) if arm in runs and arm not in arms]
    if len(arms) < 2:
        return ()
    one, other = runs[arms[1]], runs[arms[0]]  # the plainer one is A
    first, second = ({each.id: each for each in run.rollouts if each.scored} for run in (one, other))
    gains = sorted((second[name].final - first[name].final, name) for name in first.keys() & second.keys())
    half = MOST_PAIRS // 2
    chosen = {name for _, name in (gains if len(gains) <= MOST_PAIRS else gains[:half] + gains[-half:])}
    if not chosen:
        return ()
    return tuple(
        replace(run, rollouts=tuple(each for each in run.rollouts if each.id in chosen)) for run in (one, other)
    )
