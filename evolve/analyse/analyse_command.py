"""`escs analyse`: findings from a run's traces."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from escs.evolve.calls import Calls, Engines, call_options, with_engines
from escs.runtime.errors import UsageError
from escs.runtime.terminal import plain, plain_json

if TYPE_CHECKING:
    from escs.evolve.analyse.diagnose import Trace
    from escs.evolve.analyse.findings import Finding
    from escs.evolve.simulate.run_folder import Run
    from escs.evolve.verify.loose import Loose

SHOWN = 15  # findings on a terminal
FRESH = 500_000  # seeds of what is tried lie this far from the run's own


@click.command(epilog="Example: escs analyse run1 --bank my-bank/skills")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--bank",
    type=click.Path(path_type=Path),
    help="The bank that the run met (default: $ESCS_BANK, else the one that ships).",
)
@click.option(
    "--profiles", "path", type=click.Path(path_type=Path), help="The run's profiles, where they are your own."
)
@click.option("--traces-only", is_flag=True, help="Read the traces, and hold no dialogue to try things out.")
@click.option("--all", "everything", is_flag=True, help="Also what is not told apart from chance.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@call_options
def analyse(
    run: Path, bank: Path | None, path: Path | None, traces_only: bool, everything: bool, as_json: bool, calls: Calls
) -> None:
    """Say what goes wrong in a run of `escs simulate`: missing skills, unsafe interventions, failures with some people.

    Effects are points of emotion a reply, adjusted for who was met and when, with 95% intervals by persona. Where rules held
    the run, it also tries what would be if a skill were not there, or were as an earlier version: the same seekers meet the
    bank both ways. With --engine, a model says in words why; the figures stay as they are.
    """
    from escs.evolve.analyse.diagnose import Trace, diagnose
    from escs.evolve.analyse.findings import in_order
    from escs.evolve.analyse.reasons import reasoned
    from escs.evolve.branches.past import past_of_folder
    from escs.evolve.discover.plan import skills_of
    from escs.evolve.simulate.run_folder import read_run
    from escs.evolve.simulate.tree import tree_hash
    from escs.evolve.verify.loose import Loose
    from escs.runtime.settings import Settings

    read = read_run(run)
    if not read.rollouts:
        raise UsageError(f"{run} holds no dialogue; run `escs simulate --out {run}` first.")
    where = Settings.read(os.environ, bank=bank).bank
    met = str(read.info.get("bank", ""))
    same = not met or met == tree_hash(where)
    if not same:
        note = f"Note: the run met another version of the bank ({met[:8]}) than {where} holds now."
        click.echo(plain(note), err=True)
    known = skills_of(where)
    loose = Loose(where)
    trace = Trace.of(
        read.rollouts,
        {folder: skill for folder, (skill, _) in known.items()},
        past_of_folder(where, loose.files(loose.base)),
    )

    async def work(engines: Engines) -> list[Finding]:
        found = diagnose(trace)
        if not traces_only:
            found += await _probed(read, trace, loose, path, same)
        return await reasoned(
            engines.get(), in_order(found), {folder: text for folder, (_, text) in known.items()}, read.rollouts
        )

    findings = with_engines(calls, work)
    shown = [one for one in findings if everything or not one.noise]
    if as_json:
        click.echo(plain_json(json.dumps([one.to_json() for one in shown], ensure_ascii=False)))
    else:
        _tell(shown)


async def _probed(read: Run, trace: Trace, loose: Loose, path: Path | None, same: bool) -> list[Finding]:
    """What paired dialogues add, where the run's own can be held again by rules."""
    from escs.evolve.analyse.probes import leads_of, probe, questions
    from escs.evolve.simulate.profiles import SHIPPED, usable
    from escs.evolve.verify.arms import Arms
    from escs.evolve.verify.trials import Trials
    from escs.runtime.engines.offline import OfflineEngine

    info = read.info
    by_rules = (
        info.get("engine") == "offline" and info.get("simulators") == ["offline"] and info.get("supporter") == "bank"
    )
    if not by_rules or not same:
        return []
    names = set(info.get("profiles", ()))
    profiles = [one for one in usable(path or SHIPPED, None) if one.name in names]
    if len(profiles) < len(names):
        click.echo(
            "Note: the run's profiles are not all here, so nothing is tried out; name them with --profiles.", err=True
        )
        return []
    felt = [step for step, _ in trace.all]
    asked = questions(loose.files(loose.base), trace.skills, trace.past, leads_of(trace.everything))
    click.echo(f"{len(asked)} questions of the form: what if this skill were not there, or were as it was? …", err=True)
    engine = OfflineEngine()
    with tempfile.TemporaryDirectory(prefix="escs-") as folder, Arms(loose, Path(folder), engine, engine) as arms:
        return await probe(loose, Trials(arms, loose.base, profiles, FRESH + int(info.get("seed", 1))), asked, felt)


def _tell(shown: Sequence[Finding]) -> None:
    if not shown:
        click.echo("No finding is told apart from chance; more dialogues (--repeats) see more, --all shows the rest.")
        return
    for one in shown[:SHOWN]:
        chance = " (within noise)" if one.noise else ""
        who = f"{one.skill or 'no skill'}, {', '.join(one.groups)}"
        click.echo(plain(f"{one.kind}{chance}: {who}: {one.why}"))
        low, high = one.interval
        click.echo(
            f"    {one.effect:+.1f} a reply ({low:+.1f} to {high:+.1f}); {one.support['steps']} replies, "
            f"{one.support['dialogues']} dialogues, {one.support['personas']} personas"
        )
        if one.reason:
            click.echo(plain(f"    a model's reading: {one.reason}"))
        if one.turns:
            click.echo(plain(f"    e.g. {', '.join(f'{dialogue} turn {turn}' for dialogue, turn in one.turns[:3])}"))
        click.echo(plain(f"    mended when: {one.mended_when}"))
    if len(shown) > SHOWN:
        click.echo(f"… and {len(shown) - SHOWN} more (--json has all of them).")
