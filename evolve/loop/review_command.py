"""`escs review`: what a proposal changes, for whom, and six pairs of dialogues judged blind, before a person decides."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
from escs.evolve.branches.lock import lock
from escs.evolve.branches.repository import Repository, now
from escs.evolve.branches.verdicts import Evidence, read, store
from escs.evolve.calls import Calls, call_options
from escs.evolve.loop.base import Compared, compared
from escs.evolve.loop.shared import (
    BANK,
    PROFILES,
    SIMULATOR,
    STAMP,
    WORKERS,
    note,
    repository_of,
    train_profiles,
    with_arms,
)
from escs.evolve.simulate.many import jobs
from escs.evolve.simulate.rollout import Rollout
from escs.runtime.errors import EscsError
from escs.runtime.terminal import plain

REPEATS = 2  # dialogues of each training profile that pairs are chosen from
PAIRS = 6  # two at random, two where it hurts most, two where it helps most
BEFORE = 1  # turns shown before the two part
AFTER = 3  # and after
CHOICES = {"1": 0, "2": 1, "=": None}


@dataclass(frozen=True, slots=True)
class Blind:
    """A pair to be judged: which arm is shown first, and why the pair was chosen."""

    base: Rollout
    candidate: Rollout
    why: str
    base_first: bool

    @property
    def shown(self) -> tuple[Rollout, Rollout]:
        """The two in the order in which they are shown."""
        return (self.base, self.candidate) if self.base_first else (self.candidate, self.base)


@click.command(epilog="Example: escs review evolve/3f2a91/01-say-it-back --bank my-bank/skills")
@click.argument("branch")
@BANK
@PROFILES
@click.option("--name", help="Who decides (default: asked).")
@click.option(
    "--decide", type=click.Choice(["accept", "reject"]), help="Decide at once, without pairs; needs --reason."
)
@click.option("--reason", help="Why.")
@click.option("--no-pairs", is_flag=True, help="Leave the dialogues out.")
@SIMULATOR
@WORKERS
@call_options
def review(
    branch: str, bank: Path | None, path: Path, name: str | None, decide: str | None, reason: str | None, no_pairs: bool,
    simulator: str | None, workers: int | None, calls: Calls,
) -> None:  # fmt: skip
    """Look at a verified proposal: the change, who gains and who loses, six pairs of dialogues judged blind; then decide.

    The dialogues are of training profiles: the gate's own stay unseen. Your choices and your decision are kept with the
    verdict; a rejected proposal cannot be merged, until a later decision takes that back.
    """
    repository = repository_of(bank)
    step = compared(repository, branch)
    evidence = read(repository, step.base_tree, step.tip_tree)
    if evidence is None:
        raise EscsError(f"There is no verdict on {branch} yet; run: escs verify {branch}")
    _head(repository, branch, step, evidence)
    _diff(repository, step)
    judged: list[dict[str, Any]] = []
    if not (no_pairs or decide):
        note("Holding dialogues with training profiles …")
        pairs = with_arms(
            repository, calls, simulator, workers,
            lambda arms: _pairs(arms, step, train_profiles(path)),
        )  # fmt: skip
        judged = _judge(choose(pairs, f"{step.base_tree} {step.tip_tree}"))
    if decide is None:
        decide = click.prompt(
            "Your decision", type=click.Choice(["accept", "reject", "edit", "later"]), default="later"
        )
    if decide == "edit":
        click.echo(f"Edit it on its branch: git switch {branch}   then: escs verify {branch}")
    if decide not in ("accept", "reject"):
        return
    name = name or click.prompt("Your name")
    reason = reason or click.prompt("Why")
    with lock(repository):
        at_last = read(repository, step.base_tree, step.tip_tree)
        if at_last is None or at_last.commit != evidence.commit:
            raise EscsError(f"The verdict on {branch} changed meanwhile; review it again.")
        decision = {"decision": decide, "name": name, "reason": reason, "pairs": judged}
        kept = replace(evidence, reviews=(*evidence.reviews, decision))
        store(repository, kept, date=now(), why=f"Review of {branch}: {decide}")
    click.echo(plain(f"Kept: {decide} by {name}."))
    _what_follows(branch, evidence, kept)


def _what_follows(branch: str, before: Evidence, kept: Evidence) -> None:
    """What a decision changes: the last one of a person counts, and none of them stands above a gate that did not accept."""
    if before.refused and not kept.refused:
        click.echo(plain(f"That takes back the rejection by {before.decided['name']}: the last decision counts."))
    if kept.outcome == "accepted":
        click.echo(f"Take it: escs merge {branch}")
    elif not kept.refused:
        click.echo(f"The gate's own verdict stays {kept.outcome}, so `escs merge` refuses it still.")


def _head(repository: Repository, branch: str, step: Compared, evidence: Evidence) -> None:
    verdict = evidence.record["verdict"]
    click.echo(plain(repository.message(step.tip).splitlines()[0]))
    click.echo(plain(f"{evidence.outcome}: {evidence.why}"))
    rows = verdict["groups"]
    gains = [f"{row['group']} ({row['mean']:+.1f})" for row in rows if row["said"] == "better"]
    loses = [
        f"{row['group']} ({row['mean']:+.1f})"
        for row in rows
        if row["said"] == "harmed" or (row["mean"] < -2 and row["pairs"] >= 6)
    ]
    few = [row["group"] for row in rows if row["said"] == "too few to tell"]
    whom = evidence.record["terms"]["group"]
    click.echo(
        plain(
            f"For {whom}: {verdict['effect']:+.1f} points of final emotion ({verdict['low']:+.1f} to {verdict['high']:+.1f})"
        )
    )
    click.echo(plain(f"Who gains: {', '.join(gains) or 'no other group for certain'}"))
    click.echo(plain(f"Who may lose: {', '.join(loses) or 'nobody that shows'}"))
    click.echo(plain(f"Too few to tell: {', '.join(few) or 'nobody'}"))
    for row in verdict["rises"]:
        if row["chances"]:
            click.echo(
                f"{row['what']}: {row['base']} before, {row['candidate']} now, of {row['chances']} dialogues "
                f"(95% upper bounds {row['base_bound']:.0%} and {row['candidate_bound']:.0%})"
            )
    click.echo(plain(f"Supporter: {evidence.record['engine']}; seekers: {evidence.record['simulator']}"))
    if evidence.machinery_only:
        click.echo(f"({STAMP})")
    click.echo(plain(f"To undo it once it is merged: escs log shows the command. Its branch: {branch}"))


def _diff(repository: Repository, step: Compared) -> None:
    """The change, word by word: prose is read in words, and not in lines."""
    old, new = repository.files(step.base_tree), repository.files(step.tip_tree)
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            click.echo()
            click.echo(click.style(plain(path), bold=True))
            for line in word_diff(_text(old.get(path)), _text(new.get(path))):
                click.echo(_painted(plain(line)))


def _text(data: bytes | None) -> list[str]:
    return [] if data is None else data.decode("utf-8", errors="replace").splitlines()


def word_diff(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Changed lines with the words that go as [-…-] and those that come as {+…+}; unchanged lines are left out."""
    shown: list[str] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        before, after = list(old[a:b]), list(new[c:d])
        while before and after:
            shown.append(_words(before.pop(0), after.pop(0)))
        shown += [f"[-{line.strip()}-]" for line in before if line.strip()]
        shown += [f"{{+{line.strip()}+}}" for line in after if line.strip()]
    return shown


def _words(old: str, new: str) -> str:
    first, second = re.findall(r"\s+|[^\s]+", old.strip()), re.findall(r"\s+|[^\s]+", new.strip())
    parts = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        gone, come = "".join(first[a:b]), "".join(second[c:d])
        parts.append(gone if tag == "equal" else (f"[-{gone}-]" if gone else "") + (f"{{+{come}+}}" if come else ""))
    return "".join(parts)


def _painted(line: str) -> str:
    line = re.sub(r"\[-(.*?)-\]", lambda m: click.style(f"[-{m[1]}-]", fg="red"), line)
    return re.sub(r"\{\+(.*?)\+\}", lambda m: click.style(f"{{+{m[1]}+}}", fg="green"), line)


async def _pairs(arms: Any, step: Compared, profiles: Sequence[Any]) -> list[tuple[Rollout, Rollout]]:
    held = await arms.pairs(step.base_tree, step.tip_tree, jobs(profiles, repeats=REPEATS, seed=7))
    return [(base, candidate) for base, candidate in held if base.scored and candidate.scored]


def choose(pairs: Sequence[tuple[Rollout, Rollout]], key: str) -> list[Blind]:
    """Six pairs that differ: two at random, two where it hurts most, two where it helps most; each in random order."""
    differing = [pair for pair in pairs if [t.supporter for t in pair[0].turns] != [t.supporter for t in pair[1].turns]]

    def drawn(pair: tuple[Rollout, Rollout], what: str) -> bytes:
        return sha256(f"{key} {what} {pair[0].id}".encode()).digest()

    by_gain = sorted(differing, key=lambda pair: (pair[1].final - pair[0].final, pair[0].id))
    chosen: dict[str, str] = {}
    for pair in [*by_gain[:2]]:
        chosen.setdefault(pair[0].id, "where it hurts most")
    for pair in [*by_gain[-2:]]:
        chosen.setdefault(pair[0].id, "where it helps most")
    for pair in sorted(differing, key=lambda pair: drawn(pair, "pick")):
        if len(chosen) >= PAIRS:
            break
        chosen.setdefault(pair[0].id, "at random")
    by_id = {pair[0].id: pair for pair in differing}
    order = sorted(chosen, key=lambda name: drawn(by_id[name], "order"))
    return [Blind(*by_id[name], chosen[name], bool(drawn(by_id[name], "side")[0] & 1)) for name in order]


def _judge(blind: Sequence[Blind]) -> list[dict[str, Any]]:
    """Show each pair from where it parts, and ask which one the reader would rather have had."""
    judged = []
    if not blind:
        click.echo("No dialogue with a training profile differs between the two.")
    for number, pair in enumerate(blind, 1):
        click.echo(f"\nPair {number} of {len(blind)}: {plain(pair.base.profile)}")
        start = max(0, _parting(pair) - BEFORE)
        for side, rollout in enumerate(pair.shown, 1):
            click.echo(click.style(f"  Dialogue {side}", bold=True))
            for turn in rollout.turns[start : start + BEFORE + AFTER]:
                click.echo(plain(f"    Seeker: {turn.seeker}"))
                if turn.supporter:
                    click.echo(plain(f"    Supporter: {turn.supporter}"))
        answer = click.prompt(
            "Which would you rather have had (1, 2, or = for no difference)", type=click.Choice([*CHOICES])
        )
        place = CHOICES[answer]
        chosen = "neither" if place is None else "base" if pair.shown[place] is pair.base else "candidate"
        judged.append({"dialogue": pair.base.id, "why": pair.why, "chosen": chosen})
    for number, (pair, one) in enumerate(zip(blind, judged, strict=True), 1):
        click.echo(
            plain(
                f"Pair {number} ({pair.why}): you chose {one['chosen']}; the seeker ended at {pair.base.final:.0f} with the "
                f"base and {pair.candidate.final:.0f} with the proposal."
            )
        )
    return judged


def _parting(pair: Blind) -> int:
    for number, (one, other) in enumerate(zip(pair.base.turns, pair.candidate.turns, strict=False)):
        if one.supporter != other.supporter:
            return number
    return 0
