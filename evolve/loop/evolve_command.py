"""`escs evolve`: skills that improve on branches of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from escs.evolve.branches.lock import lock
from escs.evolve.branches.repository import Repository
from escs.evolve.calls import Calls, call_options
from escs.evolve.loop.shared import (
    BANK,
    PROFILES,
    SIMULATOR,
    STAMP,
    WORKERS,
    gate_profiles,
    note,
    repository_of,
    train_profiles,
    with_arms,
)
from escs.runtime.terminal import plain, plain_json

if TYPE_CHECKING:
    from escs.evolve.loop.evolve import Outcome


@click.command(epilog="Example: escs evolve --bank my-bank/skills --rounds 2")
@BANK
@PROFILES
@click.option(
    "--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Rounds of findings and edits."
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--max-dialogues", type=click.IntRange(min=1), help="Stop before a verification when this many were held."
)
@click.option(
    "--max-pairs",
    type=click.IntRange(min=20),
    show_default="800, and 3,000 where rules hold the dialogues",
    help="Of one verification.",
)
@click.option("--merge", is_flag=True, help="Merge what was accepted, up to a change to skills for danger.")
@click.option("--aa-test", type=click.IntRange(min=1), metavar="N", help="Instead: the base against itself, N times.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@SIMULATOR
@WORKERS
@call_options
def evolve(
    bank: Path | None, path: Path, rounds: int, seed: int, max_dialogues: int | None, max_pairs: int | None, merge: bool,
    aa_test: int | None, as_json: bool, simulator: str | None, workers: int | None, calls: Calls,
) -> None:  # fmt: skip
    """Find what is wrong in simulation, propose edits on git branches, and verify each against seekers kept aside.

    Your files, index and branches stay as they are: proposals stand on branches evolve/…, and nothing is merged unless
    you say so. The same command goes on where it was stopped.
    """
    from escs.evolve.loop.aa import aa
    from escs.evolve.loop.evolve import Plan, Telling
    from escs.evolve.loop.evolve import evolve as run
    from escs.evolve.verify.arms import Arms
    from escs.evolve.verify.verify import most_pairs

    repository = repository_of(bank)
    train, gate = train_profiles(path), gate_profiles(path)
    if aa_test:
        counted = with_arms(
            repository,
            calls,
            simulator,
            workers,
            lambda arms: aa(repository, arms, gate, aa_test, most=most_pairs(arms, max_pairs), told=note),
        )
        click.echo(json.dumps(counted) if as_json else ", ".join(f"{count} {what}" for what, count in counted.items()))
        return
    plan = Plan(rounds, seed, max_dialogues, max_pairs)

    async def work(arms: Arms) -> Outcome:
        if arms.machinery_only:
            note(f"({STAMP})")
        return await run(repository, arms, train, gate, plan, Telling(note))

    with lock(repository):
        outcome = with_arms(repository, calls, simulator, workers, work)
        merged = _merged(repository, outcome) if merge else []
    if as_json:
        click.echo(
            plain_json(
                json.dumps(
                    {
                        "run": outcome.run,
                        "findings": [finding.to_json() for finding in outcome.findings],
                        "attempts": [
                            {
                                "branch": one.branch, "commit": one.commit, "title": one.proposal.title,
                                "outcome": one.evidence.outcome, "verdict": one.evidence.record["verdict"],
                            }
                            for one in outcome.attempts
                        ],
                        "ended": outcome.ended,
                    },
                    ensure_ascii=False,
                )
            )
        )  # fmt: skip
        return
    for one in outcome.attempts:
        verdict = one.evidence.record["verdict"]
        click.echo(plain(f"{one.evidence.outcome:10} {one.branch}  {one.proposal.title}"))
        click.echo(plain(f"           {one.evidence.why} {figures(verdict)}"))
    click.echo(outcome.ended)
    for sentence in merged:
        click.echo(plain(sentence))
    if outcome.accepted and not merge:
        click.echo(
            f"Look at it: escs review {outcome.accepted[-1].branch}   Take it: escs merge {outcome.accepted[-1].branch}"
        )


def _merged(repository: Repository, outcome: Outcome) -> list[str]:
    """Merge what was accepted, in order, and say of each how it went; stop where one may not be or did not arrive, since
    what comes behind stands on it."""
    from escs.evolve.loop.merge import MergeRefusedError
    from escs.evolve.loop.merge import merge as merge_branch

    said: list[str] = []
    for attempt in outcome.accepted:
        try:
            merged = merge_branch(repository, attempt.branch, unattended=True)
        except MergeRefusedError as error:
            note(str(error))
            break
        said.append(merged.said)
        if not merged.arrived:
            break
    return said


def figures(verdict: dict[str, object]) -> str:
    """A verdict's figures in short."""
    return (
        f"({verdict['effect']:+.1f} points, {verdict['low']:+.1f} to {verdict['high']:+.1f}, {verdict['pairs']} pairs)"
    )
