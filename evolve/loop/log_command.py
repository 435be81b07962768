"""`escs log`: what was proposed, verified, rejected, undecided and merged, with effect sizes, and how to take it back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import everything
from escs.evolve.branches.words import BRANCHES, trailers
from escs.evolve.loop.merge import take_back
from escs.evolve.loop.shared import BANK, repository_of
from escs.runtime.terminal import plain, plain_json

_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40})", re.MULTILINE)  # as git words it
FAR = 5000  # commits of the present branch that are looked at


@click.command(epilog="Example: escs log --bank my-bank/skills")
@BANK
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def log(bank: Path | None, as_json: bool) -> None:
    """The bank's history of proposals: what was tried, how it went, what is merged, and how to take a merge back."""
    repository = repository_of(bank)
    rows = history(repository)
    if as_json:
        click.echo(plain_json(json.dumps(rows, ensure_ascii=False)))
        return
    if not rows:
        click.echo("Nothing was verified yet; `escs evolve` proposes, `escs verify BRANCH` judges your own edits.")
    for row in rows:
        click.echo(plain(f"{row['state']:11} {row['branch'] or row['candidate'][:10]}  {row['title']}"))
        click.echo(
            plain(
                f"           for {row['group']}: {row['effect']:+.1f} points ({row['low']:+.1f} to {row['high']:+.1f}), "
                f"{row['pairs']} pairs, verification {row['number']}{', machinery only' if row['machinery_only'] else ''}"
            )
        )
        for review in row["reviews"]:
            click.echo(plain(f"           {review['name']}: {review['decision']}: {review['reason']}"))
        if row["taken_back_by"]:
            click.echo(plain(f"           merged as {row['merge'][:10]}, taken back by {row['taken_back_by'][:10]}"))
        elif row["merge"]:
            back = take_back(repository, row["merge"])
            click.echo(plain(f"           merged as {row['merge'][:10]}; take it back: {back}"))


def history(repository: Repository) -> list[dict[str, Any]]:
    """One row for each verdict, the oldest first. `state`: merged, taken back, stale, or the verdict's outcome."""
    merges, undone = _merges(repository)
    tips = {name.removeprefix("refs/heads/"): commit for name, commit in repository.refs(BRANCHES).items()}
    rows = []
    for evidence in everything(repository):
        record, verdict = evidence.record, evidence.record["verdict"]
        branch = str(record.get("branch", ""))
        tip = tips.get(branch)
        stale = tip is not None and repository.bank_tree(tip) != evidence.candidate
        merged = merges.get(evidence.commit, "")
        rows.append(
            {
                "state": "taken back"
                if merged in undone
                else "merged"
                if merged
                else "stale"
                if stale
                else evidence.outcome,
                "branch": branch,
                "title": str(record.get("title", "")),
                "base": evidence.base,
                "candidate": evidence.candidate,
                "group": record["terms"]["group"],
                "effect": verdict["effect"],
                "low": verdict["low"],
                "high": verdict["high"],
                "pairs": verdict["pairs"],
                "number": record["number"],
                "why": verdict["why"],
                "machinery_only": evidence.machinery_only,
                "reviews": [*evidence.reviews],
                "merge": merged,
                "taken_back_by": undone.get(merged, ""),
            }
        )
    return rows


def _merges(repository: Repository) -> tuple[dict[str, str], dict[str, str]]:
    """The merge of each verdict's commit, and what was reverted by which commit, as the present branch has it."""
    merges: dict[str, str] = {}
    undone: dict[str, str] = {}
    if repository.ask("rev-parse", "--verify", "--quiet", "HEAD")[0]:
        return merges, undone
    listed = repository.run("log", f"-{FAR}", "-z", "--format=%H %P%n%B", "--end-of-options", "HEAD")
    for entry in filter(None, listed.decode("utf-8", "replace").split("\0")):  # newest first: a revert may be reverted
        ids, _, message = entry.partition("\n")
        commit, *parents = ids.split()
        found = trailers(message) if len(parents) > 1 else {}
        if "Escs-Verdict" in found:
            merges.setdefault(found["Escs-Verdict"], commit)
        if commit not in undone:
            undone.update(dict.fromkeys(_REVERTS.findall(message), commit))
    return merges, undone
