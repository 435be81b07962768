"""`escs verify`, `escs merge`, `escs sync`: the practitioner's side of a proposal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from escs.evolve.branches.exchange import exchange
from escs.evolve.branches.lock import lock
from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import Evidence, following, outlines, read, ref_name, store
from escs.evolve.calls import Calls, call_options
from escs.evolve.loop.base import Compared, compared
from escs.evolve.loop.evolve_command import figures
from escs.evolve.loop.merge import check as check_merge
from escs.evolve.loop.merge import merge as merge_branch
from escs.evolve.loop.shared import (
    BANK,
    PROFILES,
    SIMULATOR,
    STAMP,
    WORKERS,
    gate_profiles,
    note,
    repository_of,
    with_arms,
)
from escs.evolve.simulate.run_folder import Run
from escs.evolve.verify.changes import changes
from escs.evolve.verify.verify import Question, most_pairs, replay
from escs.evolve.verify.verify import verify as hold
from escs.runtime.errors import EscsError, UsageError
from escs.runtime.terminal import plain, plain_json


@click.command(epilog="Example: escs verify evolve/3f2a91/01-say-it-back --bank my-bank/skills")
@click.argument("branch")
@BANK
@PROFILES
@click.option("--base", metavar="REV", help="Compare with this (default: what the branch starts from).")
@click.option(
    "--group", help="Whom it is for: an intention, a temperament, traps, a tag, or all (default: as proposed)."
)
@click.option(
    "--aim", type=click.FloatRange(0.3, 50), help="The difference looked for, in points (default: as proposed, or 5)."
)
@click.option("--max-pairs", type=click.IntRange(min=20), show_default="800, and 3,000 where rules hold the dialogues")
@click.option(
    "--replay", "replayed", is_flag=True, help="Work the verdict out again from its evidence: no dialogue is held."
)
@click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a page on it: base and candidate side by side, every dialogue.",
)
@click.option("--rerun", is_flag=True, help="Hold the recorded verification's dialogues again and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@SIMULATOR
@WORKERS
@call_options
def verify(
    branch: str, bank: Path | None, path: Path, base: str | None, group: str | None, aim: float | None, max_pairs: int | None,
    replayed: bool, page: Path | None, rerun: bool, as_json: bool, simulator: str | None, workers: int | None, calls: Calls,
) -> None:  # fmt: skip
    """Let base and candidate meet the same seekers, kept aside for this, until the gate knows; exit 1 unless accepted."""
    repository = repository_of(bank)
    step = compared(repository, branch, base)
    if replayed or rerun:
        evidence = read(repository, step.base_tree, step.tip_tree)
        if evidence is None:
            raise EscsError(f"There is no verdict on {branch} here; `escs sync` fetches those of others.")
        replay(evidence)
        if rerun:
            _again(repository, evidence, path, calls, simulator, workers)
        note(f"The evidence holds: {len(evidence.lines)} dialogues, the same verdict to the last digit.")
        _show(evidence, page)
        _tell(branch, evidence, as_json)
        return
    gate = gate_profiles(path)
    question = _question(repository, step, group, aim, branch)
    with lock(repository):

        async def work(arms: Any) -> Evidence:
            if arms.machinery_only:
                note(f"({STAMP})")
            return await hold(repository, arms, gate, replace(question, most=most_pairs(arms, max_pairs)))

        before = read(repository, step.base_tree, step.tip_tree)
        evidence = following(with_arms(repository, calls, simulator, workers, work), before)
        store(repository, evidence, date=repository.date(step.base), why=f"Verdict on {branch}: {evidence.outcome}")
    _show(evidence, page)
    _tell(branch, evidence, as_json)


def _show(evidence: Evidence, out: Path | None) -> None:
    """Write the page on a verification."""
    if out is None:
        return
    from escs.evolve.report.page import page
    from escs.evolve.report.save import save

    note(f"{out}: {save(page(runs_of(evidence)), out):.1f} MB, {len(evidence.lines)} dialogues.")


def runs_of(evidence: Evidence) -> tuple[Run, Run]:
    """Base and candidate as two runs, for a page that shows them side by side."""
    rollouts = evidence.rollouts()
    verdict = evidence.record["verdict"]
    shared = {
        "verdict": f"{evidence.outcome}: {verdict['why'][0]}",
        "pairs": verdict["pairs"],
        **{key: evidence.record.get(key) for key in ("title", "branch", "engine", "simulator", "escs")},
    }
    base = Run({"bank": evidence.base, **shared}, tuple(rollouts[0::2]), Path("base"))
    return base, Run({"bank": evidence.candidate, **shared}, tuple(rollouts[1::2]), Path("candidate"))


def _question(repository: Repository, step: Compared, group: str | None, aim: float | None, branch: str) -> Question:
    """The question that a proposal's own trailers ask, unless flags say otherwise."""
    asked = step.trailers.get("Escs-Aim", "")
    numbers = asked.split()
    looked_for, spread = 5.0, 20.0
    terms: dict[str, Any] = {}
    if step.proposed and asked == "safer events":
        terms = {"safer": "events"}
    elif (
        step.proposed and len(numbers) == 2 and numbers[0] != "safer"
    ):  # whether lines fail the check is looked at below
        try:
            looked_for, spread = (max(0.5, min(50.0, float(number))) for number in numbers)
        except ValueError as error:
            raise UsageError(f"The trailer Escs-Aim of {branch} is {asked!r}, and not two numbers.") from error
    whom = group or (step.trailers.get("Escs-Group", "all") if step.proposed else "all")
    difference = changes(repository.files(step.base_tree), repository.files(step.tip_tree))
    if difference.crisis:
        raise UsageError(
            f"{branch} changes the crisis skill `{difference.crisis[0]}`, which no bank can do; take that out."
        )
    if difference.mends_lines:
        terms = {"safer": "lines"}
    title = repository.message(step.tip).splitlines()[0]
    notes = {"branch": branch, "commit": step.tip, "title": title}
    return Question(
        step.base_tree, step.tip_tree, difference, whom, aim or looked_for, spread, terms=terms, notes=notes
    )


def _again(
    repository: Repository, evidence: Evidence, path: Path, calls: Calls, simulator: str | None, workers: int | None
) -> None:
    """Hold the recorded dialogues again. Raises `EscsError` naming the first that comes out otherwise."""
    by_name = {profile.name: profile for profile in gate_profiles(path)}
    rollouts = evidence.rollouts()
    missing = [rollout.profile for rollout in rollouts if rollout.profile not in by_name]
    if missing:
        raise EscsError(
            f"The profile {missing[0]} of the recorded dialogues is not here; name its folder with --profiles."
        )

    async def work(arms: Any) -> None:
        for arm, tree in enumerate((evidence.base, evidence.candidate)):
            mine = rollouts[arm::2]
            held = await arms.rollouts(tree, [(by_name[one.profile], one.seed) for one in mine])
            for old, new in zip(mine, held, strict=True):
                if old != new:
                    raise EscsError(f"Dialogue {old.id} came out otherwise ({old.final:g} then, {new.final:g} now).")

    with_arms(repository, calls, simulator, workers, work)


def _tell(branch: str, evidence: Evidence, as_json: bool) -> None:
    verdict = evidence.record["verdict"]
    if as_json:
        shown = {
            "branch": branch,
            "outcome": evidence.outcome,
            **{k: v for k, v in evidence.record.items() if k not in ("digests", "calls", "seats")},
        }
        click.echo(plain_json(json.dumps(shown, ensure_ascii=False)))
    else:
        click.echo(plain(f"{evidence.outcome}: {branch}. {evidence.why} {figures(verdict)}"))
        for row in verdict["groups"]:
            if row["said"] in ("harmed", "better"):
                click.echo(plain(f"  {row['group']}: {row['said']} ({row['mean']:+.1f} over {row['pairs']} pairs)"))
        for row in verdict["rises"]:
            if row["chances"]:
                click.echo(
                    f"  {row['what']}: {row['base']} before, {row['candidate']} now, of {row['chances']} "
                    f"(at most {row['candidate_bound']:.0%} by its 95% bound)"
                )
        if evidence.machinery_only:
            click.echo(f"  ({STAMP})")
    if evidence.outcome != "accepted":
        raise SystemExit(1)


@click.command(epilog="Example: escs merge evolve/3f2a91/01-say-it-back --bank my-bank/skills")
@click.argument("branch")
@BANK
@click.option("--into", metavar="BRANCH", help="The branch that it goes into (default: the one that is checked out).")
@click.option(
    "--check", is_flag=True, help="Merge nothing; exit 0 where this commit changes the bank by accepted changes only."
)
def merge(branch: str, bank: Path | None, into: str | None, check: bool) -> None:
    """Merge a branch whose change was verified and accepted; with its ancestors, where proposals stand on one another."""
    repository = repository_of(bank)
    if check:
        click.echo(plain(check_merge(repository, branch)))
        return
    with lock(repository):
        merged = merge_branch(repository, branch, into=into)
    click.echo(plain(merged.said))
    if not merged.arrived:
        raise SystemExit(1)


@click.command(epilog="Example: escs sync origin --bank my-bank/skills")
@click.argument("remote", default="origin")
@BANK
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def sync(remote: str, bank: Path | None, as_json: bool) -> None:
    """Exchange verdicts and their evidence with a remote repository; never by force, and no branch is touched.

    Where somebody there and you both added to one verdict, each side keeps its own and the verdict is named; exit 1 then.
    """
    repository = repository_of(bank)
    known = repository.run("remote").decode().split()
    if remote not in known:
        raise UsageError(
            f"There is no remote {remote!r}; {'; '.join(known) or 'none'} known. `git remote add NAME URL` adds one."
        )
    with lock(repository):
        done = exchange(repository, remote)
    if as_json:
        click.echo(json.dumps({"verdicts": done.here, "fetched": done.came, "parted": [*done.parted]}))
    else:
        click.echo(f"{done.here} verdicts here and at {plain(remote)}; {done.came} came from there.")
    if done.parted:
        raise EscsError(_parted(repository, remote, done.parted))


def _parted(repository: Repository, remote: str, refs: Sequence[str]) -> str:
    """What to say of verdicts to which both sides added."""
    branches = {ref_name(one.base, one.candidate): str(one.record.get("branch", "")) for one in outlines(repository)}
    named = ", ".join(f"{branches.get(name) or 'a branch'} ({name})" for name in refs)
    return (
        f"You and somebody at {remote} both added to the verdict on {named}, so each side keeps its own; to have theirs "
        f"instead of yours: git fetch --no-prune {remote} +REF:REF, with the name in brackets as REF"
    )
