"""One verification: pairs drawn, held and judged, until the gate knows; then a record that anybody can check again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import FORMAT, Evidence, EvidenceError, call_lines, line_of, records
from escs.evolve.gate.gate import ALL, GATE_VERSION, Gate, Terms
from escs.evolve.gate.ledger import ALPHA, share
from escs.evolve.gate.pairs import Pair
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.rollout import Rollout
from escs.evolve.simulate.simulate import PROMPTS
from escs.evolve.verify.arms import Arms
from escs.evolve.verify.changes import Changes
from escs.evolve.verify.draw import Draw, Seat, draw_for, gate_digest, seats
from escs.evolve.verify.faults import broken
from escs.runtime.engines.prompt import template

BATCH = 16
"""Pairs that are held before the gate looks again; it looks at them one by one, in their order."""
TRIES = 2  # of a pair that failed for technical reasons
PAIRS, PAIRS_BY_RULES = 800, 3000
"""Pairs that one verification may hold where nobody says how many: with engines, and where rules hold the dialogues, which cost
nothing but a minute and whose differences are small."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be verified: two bank trees, what differs between them, whom it is for, and how it is tested."""

    base: str
    candidate: str
    changes: Changes
    group: str = ALL
    aim: float = 10.0  # points of final emotion that are looked for
    spread: float = 40.0  # standard deviation of a paired difference that is assumed at first
    most: int = PAIRS  # pairs at most
    terms: dict[str, Any] = field(default_factory=dict)  # others, by name
    notes: dict[str, Any] = field(default_factory=dict)  # what else the record keeps: run, branch, content, title


def most_pairs(arms: Arms, asked: int | None) -> int:
    """The pairs that one verification may hold: as asked, or by who holds them."""
    return asked or (PAIRS_BY_RULES if arms.offline else PAIRS)


def next_number(repository: Repository, gate_set: str) -> int:
    """The next verification's number in the ledger of a gate set."""
    spent = [int(record["number"]) for record in records(repository) if record["gate_set"] == gate_set]
    return 1 + max([len(spent), *spent])


async def verify(
    repository: Repository,
    arms: Arms,
    profiles: Sequence[Profile],
    question: Question,
    *,
    alpha: float = ALPHA,
    told: Callable[[Gate], None] = lambda gate: None,
) -> Evidence:
    """Hold the dialogues and judge. Nothing is stored; see `verdicts.store`.

    Raises `UsageError` for a group that no gate profile belongs to, and `EngineUnavailable` where every pair failed for
    technical reasons: nothing was looked at then, and no number of the ledger need be spent.
    """
    gate_set = gate_digest(profiles)
    number = next_number(repository, gate_set)
    places = seats(profiles)
    groups = len({group for seat in places for group in seat.groups})
    draw = draw_for(places, question.group, key_of(question.base, question.candidate, number))
    terms = Terms(
        group=draw.group, edited=question.changes.edited, failing=question.changes.failing,
        sensitive=question.changes.sensitive, alpha=share(number, alpha), aim=question.aim, spread=question.spread,
        most=question.most, groups=groups, share=_share(places, draw.group), **question.terms,
    )  # fmt: skip
    by_name = {profile.name: profile for profile in profiles}
    gate, drawn = Gate(terms), {True: 0, False: 0}
    kept: list[Rollout] = []
    with arms.listening() as heard:
        while not gate.done:
            planned: list[tuple[bool, Seat, int]] = []
            for primary in _batch(gate):
                planned.append((primary, *draw.of(drawn[primary], primary=primary)))
                drawn[primary] += 1
            if not planned:
                break
            held = await _held(arms, question, [(by_name[seat.name], seed) for _, seat, seed in planned])
            for (primary, _, _), (base, candidate) in zip(planned, held, strict=True):
                if gate.done:
                    break
                kept += [base, candidate]
                if base.scored and candidate.scored:
                    gate.see(Pair.of(base, candidate, primary=primary))
                else:
                    gate.fail()
            told(gate)
    if gate.failed and not gate.seen:
        raise broken(kept)
    calls = call_lines(heard)
    lines = tuple(line_of(rollout) for rollout in kept)
    record = {
        "format": FORMAT,
        "gate": GATE_VERSION,
        "escs": version("esc-skills"),
        "base": question.base,
        "candidate": question.candidate,
        "number": number,
        "gate_set": gate_set,
        "seats": [[seat.name, seat.persona, [*seat.groups]] for seat in places],
        "terms": terms.to_json(),
        "engine": arms.engine.name,
        "simulator": arms.simulator.name,
        "prompts": {name: template(name)[1] for name in PROMPTS},
        "machinery_only": arms.machinery_only,
        **question.notes,
        "verdict": gate.verdict.to_json(),
        "digests": [hashlib.sha256(line).hexdigest() for line in lines],
        "calls": [hashlib.sha256(line).hexdigest() for line in calls],
    }
    return Evidence(record, lines, calls)


def _share(places: Sequence[Seat], group: str) -> float:
    """The share of the personas that are in a group; each is as likely to be drawn as any other."""
    mine = {seat.persona for seat in places if group == ALL or group in seat.groups}
    return round(len(mine) / len({seat.persona for seat in places}), 6)


def _batch(gate: Gate) -> list[bool]:
    """The strata of the next pairs, in turn: those about which the gate still has a question; True is the named group."""
    wanted = [primary for primary, open_ in ((True, gate.wants_primary), (False, gate.wants_rest)) if open_]
    return wanted * (BATCH // len(wanted)) if wanted else []


def key_of(base: str, candidate: str, number: int) -> str:
    """What the draws of a verification hang on: every verification has seeds of its own."""
    return f"{base} {candidate} {number}"


async def _held(arms: Arms, question: Question, jobs: Sequence[tuple[Profile, int]]) -> list[tuple[Rollout, Rollout]]:
    """Both arms of each job; those that failed for technical reasons are tried once more."""
    held = await arms.pairs(question.base, question.candidate, jobs)
    for _ in range(TRIES - 1):
        again = [n for n, (base, candidate) in enumerate(held) if not (base.scored and candidate.scored)]
        if not again or arms.offline:
            break
        for place, pair in zip(
            again, await arms.pairs(question.base, question.candidate, [jobs[n] for n in again]), strict=True
        ):
            held[place] = pair
    return held


def replay(evidence: Evidence) -> dict[str, Any]:
    """The verdict worked out again from the evidence alone. Raises `EvidenceError` where evidence and verdict differ.

    Checked: the bytes of every dialogue and every call's digest, that seekers and seeds are those that this verification had to draw, that the
    arms met the banks that are named, and the whole verdict to the last digit.
    """
    record = evidence.record
    if str(record["gate"]) != GATE_VERSION:
        raise EvidenceError(
            f"It was judged by gate {record['gate']}, and this escs has {GATE_VERSION}; use the version that made it ({record['escs']})."
        )
    rollouts = evidence.rollouts()
    evidence.check_calls()
    terms = Terms.from_json(record["terms"])
    places = tuple(Seat(name, persona, tuple(groups)) for name, persona, groups in record["seats"])
    draw = Draw(places, terms.group, key_of(evidence.base, evidence.candidate, int(record["number"])))
    gate, drawn = Gate(terms), {True: 0, False: 0}
    batch: list[bool] = []
    for number in range(0, len(rollouts) - 1, 2):
        base, candidate = rollouts[number], rollouts[number + 1]
        batch = batch or _batch(gate)
        if gate.done or not batch:
            raise EvidenceError(f"Dialogue {number + 1} stands behind the end of the verification: evidence was added.")
        primary = batch.pop(0)
        seat, seed = draw.of(drawn[primary], primary=primary)
        drawn[primary] += 1
        for arm, tree in ((base, evidence.base), (candidate, evidence.candidate)):
            if (arm.profile, arm.seed) != (seat.name, seed):
                raise EvidenceError(f"Dialogue {arm.id} is not the one that was drawn ({seat.name}:{seed}).")
            if arm.bank != tree:
                raise EvidenceError(
                    f"Dialogue {arm.id} met another bank ({arm.bank[:12]}) than the one that is judged."
                )
        if base.scored and candidate.scored:
            gate.see(Pair.of(base, candidate, primary=primary))
        else:
            gate.fail()
    found = gate.verdict.to_json()
    if found != record["verdict"]:
        differing = next(key for key in found if found[key] != record["verdict"].get(key))
        raise EvidenceError(
            f"The dialogues give another verdict than the one recorded: {differing} is {str(found[differing])[:80]} "
            f"and not {str(record['verdict'].get(differing))[:80]}."
        )
    return found
