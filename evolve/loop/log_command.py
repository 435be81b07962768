"""`escs log`: what was proposed, verified, rejected, undecided and merged, with effect sizes, and how to take it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import everything
from escs.evolve.branches.words import BRANCHES, trailers
from escs.evolve.loop.merge import take_back
from escs.evolve.loop.shared import BANK, repository_of
from escs.runtime.terminal import plain, plain_json

FAR = 500  # commits of the present branch that are looked at


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
        click.echo(plain(f"{row['state']:10} {row['branch'] or row['candidate'][:10]}  {row['title']}"))
        click.echo(
            plain(
                f"           for {row['group']}: {row['effect']:+.1f} points ({row['low']:+.1f} to {row['high']:+.1f}), "
                f"{row['pairs']} pairs, verification {row['number']}{', machinery only' if row['machinery_only'] else ''}"
            )
        )
        for review in row["reviews"]:
            click.echo(plain(f"           {review['name']}: {review['decision']}: {review['reason']}"))
        if row["merge"]:
            back = take_back(repository, row["merge"])
            click.echo(plain(f"           merged as {row['merge'][:10]}; take it back: {back}"))


def history(repository: Repository) -> list[dict[str, Any]]:
    """One row for each verdict, the oldest first. `state`: merged, stale, or the verdict's outcome."""
    merges: dict[str, str] = {}
    if repository.ask("rev-parse", "--verify", "--quiet", "HEAD")[0] == 0:
        listed = (
            repository.run("log", f"-{FAR}", "--merges", "--format=%H", "--end-of-options", "HEAD").decode().split()
        )
        for commit in listed:
            found = trailers(repository.message(commit))
            if "Escs-Verdict" in found:
                merges[found["Escs-Verdict"]] = commit
    tips = {name.removeprefix("refs/heads/"): commit for name, commit in repository.refs(BRANCHES).items()}
    rows = []
    for evidence in everything(repository):
        record, verdict = evidence.record, evidence.record["verdict"]
        branch = str(record.get("branch", ""))
        tip = tips.get(branch)
        stale = tip is not None and repository.bank_tree(tip) != evidence.candidate
        merged = next((commit for verdict_commit, commit in merges.items() if verdict_commit == evidence.commit), "")
        rows.append(
            {
                "state": "merged" if merged else "stale" if stale else evidence.outcome,
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
            }
        )
    return rows
