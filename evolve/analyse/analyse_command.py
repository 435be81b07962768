"""`escs analyse`: findings from a run's traces."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from escs.runtime.errors import UsageError
from escs.runtime.terminal import plain, plain_json

SHOWN = 15  # findings on a terminal


@click.command(epilog="Example: escs analyse run1 --bank my-bank/skills")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--bank",
    type=click.Path(path_type=Path),
    help="The bank that the run met (default: $ESCS_BANK, else the one that ships).",
)
@click.option("--all", "everything", is_flag=True, help="Also what is not told apart from chance.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def analyse(run: Path, bank: Path | None, everything: bool, as_json: bool) -> None:
    """Say what goes wrong in a run of `escs simulate`: missing skills, unsafe interventions, failures with some people.

    Effects are points of emotion a reply, adjusted for who was met and when, with 95% intervals by persona.
    """
    from escs.evolve.analyse.diagnose import Trace, diagnose
    from escs.evolve.discover.plan import skills_of
    from escs.evolve.simulate.run_folder import read_run
    from escs.evolve.simulate.tree import tree_hash
    from escs.runtime.settings import Settings

    read = read_run(run)
    if not read.rollouts:
        raise UsageError(f"{run} holds no dialogue; run `escs simulate --out {run}` first.")
    where = Settings.read(os.environ, bank=bank).bank
    met = str(read.info.get("bank", ""))
    if met and met != tree_hash(where):
        click.echo(
            plain(f"Note: the run met another version of the bank ({met[:8]}) than {where} holds now."), err=True
        )
    skills = {folder: skill for folder, (skill, _) in skills_of(where).items()}
    findings = diagnose(Trace.of(read.rollouts, skills))
    shown = [one for one in findings if everything or not one.noise]
    if as_json:
        click.echo(plain_json(json.dumps([one.to_json() for one in shown], ensure_ascii=False)))
        return
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
        if one.turns:
            click.echo(plain(f"    e.g. {', '.join(f'{dialogue} turn {turn}' for dialogue, turn in one.turns[:3])}"))
        click.echo(plain(f"    mended when: {one.mended_when}"))
    if len(shown) > SHOWN:
        click.echo(f"… and {len(shown) - SHOWN} more (--json has all of them).")
