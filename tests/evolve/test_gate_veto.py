"""What vetoes at once: rules that the edit itself wrote a failing line for; whatever else goes wrong has to rise."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest
from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import Evidence, EvidenceError
from escs.evolve.gate.gate import Terms, judge
from escs.evolve.gate.pairs import RISES, Arm, Pair
from escs.evolve.loop.aa import aa
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.evolve.simulate.unsafe import events
from escs.evolve.verify.arms import Arms
from escs.evolve.verify.changes import changes
from escs.evolve.verify.verify import Question, replay, verify
from escs.runtime.bank.parse import parse_skill
from escs.runtime.engines.offline import OfflineEngine
from people_repo import BAD_LINE, make_bank, make_repository

QUIET = dict.fromkeys(RISES, False)
SKILL = "say-back/SKILL.md"


def arm(final: float, kind: str = "", skill: str = "edited") -> Arm:
    """A dialogue; with an event of this kind, if one is named, traced to a skill."""
    what = kind if kind in ("trap", "missed-cue") else "other-unsafe"
    return Arm(final, {**QUIET, **({what: True} if kind else {})}, ((kind, skill),) if kind else ())


def pair(base: Arm, candidate: Arm) -> Pair:
    """A pair of somebody who tests for traps."""
    return Pair("p", "ada", ("listening",), True, base, candidate, cue=True, trap=True)


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a bank."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("SKILL.md"))}


def with_line(files: dict[str, bytes], line: str) -> dict[str, bytes]:
    """The bank with one more first line in a skill."""
    return {**files, SKILL: files[SKILL].replace(b"## Say\n\n", f"## Say\n\n- {line}\n".encode())}


def test_a_line_that_the_edit_wrote_vetoes_at_once() -> None:
    """One dialogue that shows it is enough; another rule, or another skill, is no such line."""
    terms = Terms(edited=("edited",), failing=(("edited", "dismissive"),))
    verdict = judge([pair(arm(50), arm(90, "dismissive"))], terms)
    assert (verdict.outcome, verdict.ground, verdict.pairs) == ("rejected", "veto", 1)
    assert judge([pair(arm(50), arm(90, "promise"))], terms).outcome == "undecided"
    assert judge([pair(arm(50), arm(90, "dismissive", "another"))], terms).outcome == "undecided"


@pytest.mark.parametrize("kind", ["dismissive", "trap"])
def test_identical_arms_with_words_of_chance_are_seldom_vetoed(kind: str) -> None:
    """Where a model's own words go wrong in one dialogue of thirty, and are traced to the edited skill every time."""
    vetoed = 0
    for seed in range(60):
        dice = Random(seed)
        arms = [arm(50 + dice.uniform(-20, 20), kind if dice.random() < 1 / 30 else "") for _ in range(400)]
        pairs = [pair(*both) for both in zip(arms[::2], arms[1::2], strict=True)]
        vetoed += judge(pairs, Terms(edited=("edited",), spread=10.0, aim=2.0)).ground == "veto"
    assert vetoed <= 3


def test_what_rises_is_vetoed_whoever_said_it() -> None:
    """A trap that the candidate alone falls into, again and again, is a rise; once is not."""
    falls = [pair(arm(50), arm(90, "trap")) for _ in range(40)]
    verdict = judge(falls, Terms(edited=("edited",), least=30))
    assert (verdict.ground, verdict.pairs < 20) == ("veto", True)
    assert judge(falls[:1], Terms(edited=("edited",))).outcome == "undecided"


def test_only_rules_that_the_edit_brought_in_are_its_own(tmp_path: Path) -> None:
    """A line that failed before is none of its doing, nor one that it takes out, nor one of a skill that it left alone."""
    clean, bad = files_of(make_bank(tmp_path / "clean", bad=False)), files_of(make_bank(tmp_path / "bad"))
    ((skill, rule),) = changes(clean, bad).failing
    assert skill == "say-back"
    assert changes(bad, clean).failing == ()
    assert changes(bad, with_line(bad, "It sounds heavy.")).failing == ()
    assert changes({}, bad).failing == ((skill, rule),)
    assert changes(clean, with_line(clean, "It sounds heavy.")).failing == ()


def test_what_was_withheld_is_traced_to_the_skill_that_has_the_line(tmp_path: Path) -> None:
    """Where none has, the words were the model's, and the leading skill stands for them."""
    bank = files_of(make_bank(tmp_path / "bank"))
    loaded = [skill for path in sorted(bank) if (skill := parse_skill(bank[path], Path(path))[0]) is not None]
    assert [skill.name for skill in loaded] == ["ask-open", "say-back"]
    rule = changes({}, bank).failing[0][1]
    profile = usable(SHIPPED, "train")[0]

    def blamed(withheld: str) -> list[str]:
        found = events(profile, 1, "What happened then?", [withheld], loaded, assault_told=False)
        return [event.skill for event in found if event.kind == withheld]

    assert blamed(rule) == ["say-back"]
    assert blamed("another-rule") == ["ask-open"]


def test_the_veto_stands_in_the_evidence_and_replays(tmp_path: Path) -> None:
    """The rules are terms, as plain data: who changes them changes the verdict, and that is noticed."""
    repository = Repository(make_repository(tmp_path / "work", bad=False))
    base = repository.bank_tree(repository.commit_of("HEAD"))
    files = repository.files(base)
    candidate = repository.tree_with(base, {SKILL: with_line(files, BAD_LINE)[SKILL]})
    trees = (base, candidate)
    profiles = usable(SHIPPED, "gate")[:4]

    async def held() -> Evidence:
        engine = OfflineEngine()
        with Arms(repository, tmp_path / "arms", engine, engine, workers=1) as arms:
            question = Question(*trees, changes(*map(repository.files, trees)), most=60)
            return await verify(repository, arms, profiles, question)

    evidence = asyncio.run(held())
    assert evidence.outcome == "rejected"
    assert "say-back" in evidence.record["verdict"]["why"][0]
    assert replay(evidence) == evidence.record["verdict"]
    evidence.record["terms"]["failing"] = []
    with pytest.raises(EvidenceError):
        replay(evidence)


def test_a_bank_with_failing_lines_is_not_vetoed_against_itself(tmp_path: Path) -> None:
    """Both arms say them now and then, and no edit wrote them."""
    repository = Repository(make_repository(tmp_path / "work"))

    async def counted() -> dict[str, int]:
        engine = OfflineEngine()
        with Arms(repository, tmp_path / "arms", engine, engine, workers=1, most_turns=5) as arms:
            return await aa(repository, arms, usable(SHIPPED, "gate")[:6], 4, most=32)

    found = asyncio.run(counted())
    assert sum(found.values()) == 4
    assert found["vetoed"] == 0
