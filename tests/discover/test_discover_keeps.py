"""`escs discover` on other corpora than a bank's own: what stood stays, unless its corpora are given again or a person consents."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from escs.runtime.cli import escs
from escs.runtime.figures import figures_of
from talks import MOVES, write_talks


def run(*args: object) -> str:
    """A command that ends well; what it printed."""
    done = CliRunner().invoke(escs, [*map(str, args)])
    assert done.exit_code == 0, done.output
    return done.output


def content(bank: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(bank)): path.read_bytes() for path in sorted(bank.rglob("*")) if path.is_file()}


def rows(bank: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of `evidence.jsonl`, by skill and basis."""
    lines = (bank / "evidence.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    return {(row["skill"], row["basis"]): row for row in map(json.loads, lines)}


def evidence(bank: Path, skill: str) -> str:
    """A skill's file."""
    return (bank / skill / "SKILL.md").read_text(encoding="utf-8")


def talks(path: Path, *, source: str, dialogues: int) -> Path:
    """Talks from another place."""
    text = write_talks(path, dialogues=dialogues, seed=2).read_text(encoding="utf-8")
    path.write_text(text.replace("practice-room", source), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus of the bank."""
    return write_talks(tmp_path_factory.mktemp("many") / "many.jsonl")


@pytest.fixture(scope="module")
def shipped(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank that was made of many talks."""
    bank = tmp_path_factory.mktemp("shipped") / "skills"
    run("discover", many, "--bank", bank)
    return bank


@pytest.fixture
def bank(shipped: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(shipped, tmp_path / "skills"))


def test_a_handful_of_talks_erases_nothing(bank: Path, tmp_path: Path) -> None:
    """Evidence, help and habit stay to the byte; that they do, and how they could be replaced, is said."""
    before = content(bank)
    said = run("discover", talks(tmp_path / "mine.jsonl", source="our-line", dialogues=3), "--bank", bank)
    assert content(bank) == before
    assert "Kept as it was" in said
    assert "from many.jsonl" in said
    assert "suggestion" in said
    assert "--replace" in said


def test_with_consent_they_take_the_place_of_what_they_speak_of(bank: Path, tmp_path: Path) -> None:
    """What they say nothing of stays, rows and lines stand for the same units, and a second run changes nothing."""
    mine = tmp_path / "mine.jsonl"
    first = {"role": "user", "content": "I feel so sad about all of this, I keep crying over it"}
    last = {"role": "user", "content": "I feel better, thank you", "feedback": 5}
    move = {"role": "assistant", "content": MOVES["Providing Suggestions"], "strategy": "Providing Suggestions"}
    mine.write_text(json.dumps({"messages": [first, move, last]}) + "\n", encoding="utf-8")
    before, help_before = rows(bank), figures_of(bank).help
    run("discover", mine, "--bank", bank, "--replace")
    after = rows(bank)
    assert after.keys() == before.keys()
    assert after["suggestion", "observed"]["constructive"] == {"mine:1": "1"}
    assert after["suggestion", "observed"]["corpora"] == ["mine.jsonl"]
    assert "units: 1 from generic" in evidence(bank, "suggestion")
    assert after["affirmation", "observed"]["constructive"] == before["affirmation", "observed"]["constructive"]
    assert "practice-room" in evidence(bank, "affirmation")
    figures = figures_of(bank)
    assert figures.help == help_before  # one unit compares with nothing
    assert figures.habit["all"]["turns"][figures.strategies.index("Providing Suggestions")] == 1
    assert figures.provenance.corpora == ("many.jsonl", "mine.jsonl")
    made = content(bank)
    assert "stays as it is" in run("discover", mine, "--bank", bank, "--replace")
    assert content(bank) == made


def test_a_skill_without_evidence_gets_it_and_the_rest_stays(bank: Path, many: Path, tmp_path: Path) -> None:
    """Each row knows its corpora: those that are given again are made anew, and no other."""
    text = (
        evidence(bank, "suggestion")
        .replace("name: suggestion", "name: facts")
        .replace("action: suggestion", "action: information")
    )
    lines = [line for line in text.split("\n") if not line.strip().startswith(("units:", "association:"))]
    (bank / "facts").mkdir()
    (bank / "facts" / "SKILL.md").write_text("\n".join(lines), encoding="utf-8")
    before = content(bank)
    mine = talks(tmp_path / "mine.jsonl", source="our-line", dialogues=3)
    mine.write_text(mine.read_text(encoding="utf-8").replace("Providing Suggestions", "Information"), encoding="utf-8")
    run("discover", mine, "--bank", bank)
    assert rows(bank)["facts", "observed"]["corpora"] == ["mine.jsonl"]
    assert rows(bank)["suggestion", "observed"]["corpora"] == ["many.jsonl"]
    after = content(bank)
    assert {name for name in after if after[name] != before[name]} == {"evidence.jsonl", "facts/SKILL.md"}
    run("discover", many, "--bank", bank)
    assert content(bank) == after


def test_fewer_talks_of_the_same_corpus_are_fewer_in_the_evidence(bank: Path, tmp_path: Path) -> None:
    """Somebody took their consent back: what a corpus no longer holds must not stay."""
    fewer = write_talks(tmp_path / "many.jsonl", dialogues=60)
    said = run("discover", fewer, "--bank", bank)
    assert "Kept as it was" not in said
    ids = {name for row in rows(bank).values() for part in ("constructive", "negative") for name in row[part]}
    assert max(int(name.rpartition(":")[2]) for name in ids) <= 60


def test_simulated_talks_leave_the_lines_of_observed_ones(bank: Path, tmp_path: Path) -> None:
    """Even with consent a basis replaces itself alone; observed figures stand first."""
    before = rows(bank)
    run("discover", talks(tmp_path / "sim.jsonl", source="simulated-room", dialogues=40), "--bank", bank, "--replace")
    text = evidence(bank, "suggestion")
    assert (
        f"units: {sum(len(turns.split()) for part in ('constructive', 'negative') for turns in before['suggestion', 'observed'][part].values())} from practice-room"
        in text
    )
    assert text.index("basis: observed") < text.index("association:") < text.index("basis: simulated")
    after = rows(bank)
    assert {place: row["constructive"] for place, row in after.items() if place[1] == "observed"} == {
        place: row["constructive"] for place, row in before.items()
    }
    assert ("suggestion", "simulated") in after


def test_lines_whose_rows_are_lost_are_not_overwritten(bank: Path, many: Path, tmp_path: Path) -> None:
    """A skill copied from another bank keeps its figures; the corpora that they come from make the rows again."""
    whole = content(bank)
    (bank / "evidence.jsonl").unlink()
    said = run("discover", talks(tmp_path / "mine.jsonl", source="our-line", dialogues=3), "--bank", bank)
    assert "Kept as it was" in said
    assert content(bank)["suggestion/SKILL.md"] == whole["suggestion/SKILL.md"]
    run("discover", many, "--bank", bank)
    assert content(bank) == whole
