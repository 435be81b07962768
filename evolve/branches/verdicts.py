"""Verdicts and their evidence, one ref for each pair of bank trees: `refs/escs/verdicts/<base>-<candidate>`.

A ref's commit holds `verdict.json` (what was asked, what was found, a digest of every dialogue and every call),
`dialogues.jsonl` (both arms, as an `escs simulate` run has them), `calls.jsonl` (each call to an engine by its key in the call
record, with a digest of its answer; empty where rules answered) and, where people reviewed it, `reviews.jsonl`. Each later commit has the one
before as its parent, so nothing is ever lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from escs.evolve.branches.repository import Repository
from escs.evolve.simulate.rollout import Rollout
from escs.runtime.engines.record import Heard
from escs.runtime.errors import EscsError

VERDICTS = "refs/escs/verdicts/"
FORMAT = "1"
VERDICT, DIALOGUES, CALLS, REVIEWS = "verdict.json", "dialogues.jsonl", "calls.jsonl", "reviews.jsonl"
PROPOSED = ("run", "content", "operations", "findings", "expected")
"""What a record keeps of the proposal that it is about, beside the verdict."""


class EvidenceError(EscsError):
    """The evidence of a verdict is not what it was when the verdict was made."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verdict as it is stored: the record, both arms' dialogues by line, and reviews."""

    record: dict[str, Any]
    lines: tuple[bytes, ...] = ()
    calls: tuple[bytes, ...] = ()
    reviews: tuple[dict[str, Any], ...] = ()
    commit: str = field(default="", compare=False)

    @property
    def base(self) -> str:
        """The base bank's tree."""
        return str(self.record["base"])

    @property
    def candidate(self) -> str:
        """The candidate bank's tree."""
        return str(self.record["candidate"])

    @property
    def decided(self) -> dict[str, Any]:
        """The last review in which a person decided, `decision` accept or reject; empty where nobody did."""
        made = [review for review in self.reviews if review.get("decision") in ("accept", "reject")]
        return made[-1] if made else {}

    @property
    def refused(self) -> bool:
        """Whether a person rejected it, and nobody took that back later."""
        return self.decided.get("decision") == "reject"

    @property
    def outcome(self) -> str:
        """accepted, rejected or undecided: a person's rejection stands above the gate's verdict until a later decision to
        accept takes it back; a person's acceptance stands above no verdict of the gate."""
        return "rejected" if self.refused else str(self.record["verdict"]["outcome"])

    @property
    def why(self) -> str:
        """Why the outcome is what it is, in a sentence: the person's reason where one rejected it, else the gate's."""
        if self.refused:
            return f"{self.decided['name']} rejected it: {self.decided['reason']}"
        return str(self.record["verdict"]["why"][0])

    @property
    def machinery_only(self) -> bool:
        """Whether an engine without a model stood on either side: such a verdict speaks of the machinery alone."""
        return bool(self.record["machinery_only"])

    def rollouts(self) -> list[Rollout]:
        """The dialogues. Raises `EvidenceError` naming the first whose bytes are not those that were judged."""
        _unaltered(DIALOGUES, self.lines, self.record["digests"])
        return [Rollout.from_json(json.loads(line)) for line in self.lines]

    def check_calls(self) -> None:
        """Raises `EvidenceError` naming the first call that is not what it was when the verdict was made."""
        _unaltered(CALLS, self.calls, self.record.get("calls", ()))


def _unaltered(name: str, lines: Sequence[bytes], digests: Sequence[str]) -> None:
    """Raises `EvidenceError` naming the first line that is missing, altered or added."""
    for number, digest in enumerate(digests, 1):
        if number > len(lines) or hashlib.sha256(lines[number - 1]).hexdigest() != digest:
            gone = digest not in {hashlib.sha256(line).hexdigest() for line in lines}
            what = "is missing, or was altered," if gone and len(lines) < len(digests) else "was altered"
            raise EvidenceError(f"{name}, line {number}, {what} after the verdict; fetch it anew.")
    if len(lines) > len(digests):
        raise EvidenceError(f"{name}, line {len(digests) + 1}, was added after the verdict; fetch it anew.")


def call_lines(heard: Heard) -> tuple[bytes, ...]:
    """Calls as lines of evidence."""
    return tuple(
        json.dumps({"key": key, "task": task, "answer": digest}, separators=(",", ":")).encode()
        for key, (task, digest) in sorted(heard.items())
    )


def line_of(rollout: Rollout) -> bytes:
    """A dialogue as a line of evidence, without its newline."""
    return json.dumps(rollout.to_json(), ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")


def ref_name(base: str, candidate: str) -> str:
    """The ref of a pair of trees."""
    return f"{VERDICTS}{base}-{candidate}"


def read(repository: Repository, base: str, candidate: str) -> Evidence | None:
    """The evidence on a pair of trees; None where nothing was verified.

    Raises `EvidenceError` where it cannot be read, or is about another pair.
    """
    name = ref_name(base, candidate)
    commit = repository.ref(name)
    return _read(repository, name, commit) if commit else None


def _read(repository: Repository, name: str, commit: str) -> Evidence:
    evidence = _parsed(repository, commit)
    if ref_name(evidence.base, evidence.candidate) != name:
        raise EvidenceError(
            f"The verdict at {name} is about another change ({evidence.base[:8]} → {evidence.candidate[:8]}) and was put "
            f"there by hand; take it away: git update-ref -d {name}"
        )
    return evidence


def _parsed(repository: Repository, commit: str) -> Evidence:
    files = repository.files(repository.run("rev-parse", f"{commit}^{{tree}}").decode().strip())
    try:
        record = json.loads(files[VERDICT])
        if str(record["format"]) != FORMAT:
            raise EvidenceError(
                f"The verdict {commit[:12]} is of format {record['format']!r}; this escs reads {FORMAT!r}."
            )
        lines = tuple(line for line in files[DIALOGUES].split(b"\n") if line)
        reviews = _reviews(files.get(REVIEWS, b""))
        calls = tuple(line for line in files.get(CALLS, b"").split(b"\n") if line)
        return Evidence(record, lines, calls, reviews, commit)
    except (KeyError, ValueError, TypeError) as error:
        raise EvidenceError(f"The verdict {commit[:12]} cannot be read ({error}); fetch it anew.") from error


def everything(repository: Repository) -> list[Evidence]:
    """All verdicts of the repository, the oldest first."""
    found = [_read(repository, name, commit) for name, commit in repository.refs(VERDICTS).items()]
    return sorted(found, key=lambda one: (int(one.record["number"]), one.base, one.candidate))


def records(repository: Repository) -> list[dict[str, Any]]:
    """Only the records of all verdicts, which is quick."""
    return [one.record for one in outlines(repository)]


def outlines(repository: Repository) -> list[Evidence]:
    """All verdicts with their reviews, without dialogues and calls, which is quick."""
    commits = [*repository.refs(VERDICTS).values()]
    if not commits:
        return []
    verdicts, reviews = (_one_of_each(repository, commits, name) for name in (VERDICT, REVIEWS))
    return [
        Evidence(json.loads(verdict), reviews=_reviews(review), commit=commit)
        for commit, verdict, review in zip(commits, verdicts, reviews, strict=True)
        if verdict
    ]


def _one_of_each(repository: Repository, commits: Sequence[str], name: str) -> list[bytes]:
    """The file of that name in each commit; empty where a commit has none."""
    listed = repository.run("cat-file", "--batch-check", given="".join(f"{c}:{name}\n" for c in commits).encode())
    oids = [line.split()[0] if " blob " in line else "" for line in listed.decode().splitlines()]
    there = [oid for oid in oids if oid]
    data = dict(zip(there, repository.blobs(there), strict=True))
    return [data.get(oid, b"") for oid in oids]


def following(evidence: Evidence, before: Evidence | None) -> Evidence:
    """New evidence on a pair of trees with what stays true of the pair whoever verifies it again: what people decided, and
    what the proposal was made of, by which a rejected one is known elsewhere."""
    if before is None:
        return evidence
    kept = {key: before.record[key] for key in PROPOSED if key in before.record}
    return replace(evidence, record={**kept, **evidence.record}, reviews=before.reviews)


def store(repository: Repository, evidence: Evidence, *, date: str, why: str) -> str:
    """Write evidence to its ref, on top of what is there; the commit. The ref's old value must not have moved."""
    name = ref_name(evidence.base, evidence.candidate)
    old = repository.ref(name)
    tree = repository.tree_with(
        "",
        {
            VERDICT: (json.dumps(evidence.record, ensure_ascii=False, indent=1) + "\n").encode(),
            DIALOGUES: b"".join(line + b"\n" for line in evidence.lines),
            **({CALLS: b"".join(line + b"\n" for line in evidence.calls)} if evidence.calls else {}),
            **({REVIEWS: _jsonl(evidence.reviews)} if evidence.reviews else {}),
        },
    )
    if old and repository.run("rev-parse", f"{old}^{{tree}}").decode().strip() == tree:
        return old
    commit = repository.commit(tree, [old] if old else [], f"{why}\n", date=date)
    repository.publish(name, commit, old, why=why)
    return commit


def _reviews(data: bytes) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(line) for line in data.splitlines() if line.strip())


def _jsonl(records: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)
