"""The report as one self-contained page: figures, plots and dialogues put into the template beside this file."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from escs.evolve.report import view
from escs.evolve.report.plots import emotion_curves, signed, skill_map
from escs.evolve.simulate.process import BOUND_SOURCE, process_figures
from escs.evolve.simulate.rollout import Rollout
from escs.evolve.simulate.run_folder import Run
from escs.evolve.simulate.score import MACHINERY, Score, published, remarks, score
from escs.runtime.errors import UsageError

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
MOST_PLAIN = 2_400_000
"""Bytes of dialogues that stand in the page as they are; more is packed, so that a page of 240 stays under 3 MB."""
ENDINGS = {
    "success": "well: 100 reached",
    "failure": "badly: below 10",
    "goodbye": "with a goodbye",
    "turns": "after the last turn",
    "technical": "broken off, not scored",
}


def page(runs: Sequence[Run]) -> str:
    """The page on one run, or on two side by side; the same runs give the same bytes.

    Raises `UsageError` for other numbers of runs, and where the plotting library is not installed.
    """
    if not 1 <= len(runs) <= 2:
        raise UsageError(f"A report shows one run or two side by side, not {len(runs)}.")
    from markupsafe import Markup

    environment = templates()
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    scores = [_score(run.rollouts) for run in runs]
    processes = [process_figures(run.rollouts) for run in runs]
    maps = [_map(run, name) for name, run in zip(view.NAMES, runs, strict=False)]
    some = view.entries(runs)
    scored = [one for one in scores if one is not None]
    rows = view.score_rows(scored, runs) if len(scored) == len(runs) else []
    talk = environment.get_template("talk.html.j2")
    shared = {"two": len(runs) == 2, "endings": ENDINGS, "felt": view.felt}
    bodies = [Markup(talk.render(entry=entry, **shared)) for entry in some]  # noqa: S704 - our template, autoescaped
    packed = ""
    if sum(len(body.encode("utf-8", errors="replace")) for body in bodies) > MOST_PLAIN:
        packed, bodies = _packed(bodies), []
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("page.html.j2").render(
        runs=runs,
        names=view.NAMES,
        titles=[run.folder.resolve().name for run in runs],
        facts=[view.facts(run) for run in runs],
        machinery=MACHINERY if any(one.simulator == "offline" for run in runs for one in run.rollouts) else "",
        remarks=[list(remarks(one)) if one else ["No dialogue can be scored."] for one in scores],
        rows=rows,
        process=view.process_rows(processes),
        unsafe=view.unsafe_rows(processes),
        unread=[one.n - one.readable for one in processes],
        bound_source=BOUND_SOURCE,
        intentions=_curves(runs, "intention", 4),
        temperaments=_curves(runs, "temperament", 3),
        maps=maps,
        events=view.events(some),
        twins=[view.twins(run.rollouts) for run in runs],
        entries=some,
        bodies=bodies,
        packed=packed,
        **shared,
        published=published,
        signed=signed,
        filters={
            "intention": sorted({entry.first.intention for entry in some}),
            "temperament": sorted({entry.first.temperament for entry in some}),
        },
        style=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        digest=digest,
    )


def templates() -> Environment:
    """The templates beside this file; whatever is put into them is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _packed(bodies: Sequence[str]) -> str:
    """The dialogues as one compressed text, which the page unpacks when one is opened; the same bytes every time."""
    data = json.dumps(bodies, ensure_ascii=False).encode("utf-8", errors="replace")
    return base64.b64encode(gzip.compress(data, compresslevel=9, mtime=0)).decode()


def _score(rollouts: Sequence[Rollout]) -> Score | None:
    """The scores; None where every dialogue broke off, since the report still shows why."""
    if not any(rollout.scored for rollout in rollouts):
        return None
    return score(rollouts)


def _curves(runs: Sequence[Run], level: str, columns: int) -> str:
    from markupsafe import Markup

    panels = view.panels(runs, level)
    if not panels:
        return ""
    drawn = emotion_curves(panels, columns=columns, title=f"Emotion over replies by {level}", prefix=f"c-{level}")
    return Markup(drawn)  # noqa: S704 - drawn by us, names in it escaped


def _map(run: Run, name: str) -> dict[str, object]:
    from markupsafe import Markup

    skills, groups, cells = view.skill_cells(run.rollouts)
    drawn = ""
    if skills:
        title = f"Change of emotion by skill and group of profiles, run {name}"
        drawn = Markup(skill_map(skills, groups, cells, title=title, prefix=f"m-{name.lower()}"))  # noqa: S704
    return {"svg": drawn, "skills": skills, "groups": groups, "cells": cells}
