"""`escs discover` as people use it: corpora become skills with evidence, twice over changes nothing, and people's words stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from escs.runtime.bank.parse import parse_skill
from talks import write_talks

ESCS = [sys.executable, "-m", "escs.runtime"]


def escs(*args: object, ok: int = 0) -> str:
    """Run a command; what it printed."""
    done = subprocess.run([*ESCS, *map(str, args)], capture_output=True, text=True, timeout=120)
    assert done.returncode == ok, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def content(bank: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(bank)): path.read_bytes() for path in sorted(bank.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with two planted rules."""
    return write_talks(tmp_path_factory.mktemp("talks") / "talks.jsonl")


@pytest.fixture(scope="module")
def discovered(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The bank that discovery made of it, and what it said."""
    bank = tmp_path_factory.mktemp("bank") / "skills"
    return bank, escs("discover", corpus, "--bank", bank)


def test_the_planted_rules_become_conditions(discovered: tuple[Path, str]) -> None:
    """Suggestions are kept from the angry; reflections for the sad become a skill of their own."""
    bank, said = discovered
    assert "when angry went worse" in said
    assert "when sad went better" in said
    advice = (bank / "suggestion" / "SKILL.md").read_text(encoding="utf-8")
    assert "not: state: angry" in advice
    own = bank / "reflection-of-feelings-when-sad" / "SKILL.md"
    assert "state: sad" in own.read_text(encoding="utf-8")
    skill, complaints = parse_skill(own.read_bytes(), own)
    assert skill is not None
    assert complaints == []
    assert skill.evidence["basis"] == "observed"
    assert skill.evidence["association"].startswith("+0.")


def test_the_bank_passes_lint(discovered: tuple[Path, str]) -> None:
    """What discovery writes works as it stands (lint asks for other words where two drafts share a phrasing)."""
    assert "0 errors" in escs("skills", "lint", "--bank", discovered[0])


def test_a_second_run_changes_nothing(discovered: tuple[Path, str], corpus: Path) -> None:
    """The same input gives the same bytes."""
    before = content(discovered[0])
    assert "stays as it is" in escs("discover", corpus, "--bank", discovered[0])
    assert content(discovered[0]) == before


def test_no_sentence_of_a_dialogue_is_in_the_bank(discovered: tuple[Path, str], corpus: Path) -> None:
    """Evidence names units by their ids alone."""
    whole = b"\n".join(content(discovered[0]).values()).decode("utf-8")
    for sentence in ("keep crying over it", "write a list of what you want", "getting this far"):
        assert sentence not in whole


def test_a_dry_run_writes_nothing(corpus: Path, tmp_path: Path) -> None:
    """It says what it would do."""
    said = escs("discover", corpus, "--bank", tmp_path / "bank", "--dry-run")
    assert "new skill suggestion" in said
    assert "Nothing was written" in said
    assert not (tmp_path / "bank").exists()


def test_what_people_wrote_stays(discovered: tuple[Path, str], corpus: Path, tmp_path: Path) -> None:
    """An edited skill keeps every word; only lines of evidence that discovery wrote itself may change."""
    bank = tmp_path / "skills"
    subprocess.run(["cp", "-r", str(discovered[0]), str(bank)], check=True)
    path = bank / "suggestion" / "SKILL.md"
    edited = path.read_text(encoding="utf-8").replace("- A list of five.", "- A list of five, ever.")
    edited = edited.replace("basis: observed", "basis: author\n    source: our own practice\n    basis: observed", 1)
    edited = edited.replace('"1"', '"2"  # Mira, June')
    path.write_text(edited, encoding="utf-8")
    escs("discover", corpus, "--bank", bank)
    assert path.read_text(encoding="utf-8") == edited


def test_a_proposal_that_was_turned_down_is_not_made_again(corpus: Path, tmp_path: Path) -> None:
    """A name in not-wanted.txt is left out, with a word about it."""
    bank = tmp_path / "skills"
    bank.mkdir()
    (bank / "not-wanted.txt").write_text("suggestion  # not in our house\n", encoding="utf-8")
    said = escs("discover", corpus, "--bank", bank)
    assert "suggestion is left out" in said
    assert not (bank / "suggestion").exists()
    assert (bank / "affirmation").exists()


def test_why_lists_the_units_and_shows_them(discovered: tuple[Path, str], corpus: Path, tmp_path: Path) -> None:
    """Every line of evidence leads back to units, by id, and to what was said where the units are at hand."""
    said = escs("skills", "why", "suggestion", "--bank", discovered[0])
    assert "talks:" in said
    assert "went badly" in said
    units = tmp_path / "units.jsonl"
    escs("units", corpus, "--out", units)
    assert "write a list of what you want" in escs(
        "skills", "why", "suggestion", "--bank", discovered[0], "--units", units
    )


def test_units_that_were_cut_before_give_the_same_skills(
    discovered: tuple[Path, str], corpus: Path, tmp_path: Path
) -> None:
    """A file of units does as well as the corpus, but for what only whole dialogues tell (the habit)."""
    units, bank = tmp_path / "units.jsonl", tmp_path / "bank"
    escs("units", corpus, "--out", units)
    escs("discover", "--units", units, "--bank", bank)
    theirs, mine = content(discovered[0]), content(bank)
    assert {name: text for name, text in theirs.items() if name.endswith(".md")} == {
        name: text for name, text in mine.items() if name.endswith(".md")
    }


@pytest.mark.slow
def test_killed_at_any_moment_nothing_half_written_is_left_and_the_next_run_completes(
    discovered: tuple[Path, str], corpus: Path, tmp_path: Path
) -> None:
    """`kill -9` at several moments: every skill that is there is whole, and the end is the same bytes."""
    bank = tmp_path / "skills"
    for delay in (0.4, 0.8, 1.0, 1.2, 1.4):
        process = subprocess.Popen([*ESCS, "discover", str(corpus), "--bank", str(bank)], stdout=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for path in bank.glob("[!.]*/SKILL.md"):
            assert parse_skill(path.read_bytes(), path)[1] == []
    escs("discover", corpus, "--bank", bank)
    assert content(bank) == content(discovered[0])


def test_nothing_to_discover_is_one_sentence(tmp_path: Path) -> None:
    """An empty corpus, a missing one, a file where the bank should be."""
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    assert "No unit came out" in escs("discover", empty, "--bank", tmp_path / "bank", ok=2)
    assert "no corpus" in escs("discover", tmp_path / "none.jsonl", "--bank", tmp_path / "bank", ok=2)
    assert "is a file" in escs("discover", empty, "--bank", empty, ok=2)
    assert not (tmp_path / "bank").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_bank_that_may_not_be_written_is_one_sentence(corpus: Path, tmp_path: Path) -> None:
    """Nothing is lost."""
    bank = tmp_path / "bank"
    bank.mkdir(mode=0o500)
    assert "cannot be written" in escs("discover", corpus, "--bank", bank, ok=1)
