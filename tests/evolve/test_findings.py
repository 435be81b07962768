"""Findings that hold the other way round, engines that fail, groups that nobody can meet, and answers that would wipe a section."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from escs.evolve.analyse.diagnose import Trace, diagnose
from escs.evolve.analyse.findings import Finding
from escs.evolve.analyse.steps import Step
from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import records
from escs.evolve.gate.gate import BROKEN, Gate, Terms
from escs.evolve.loop.evolve import RUNS, Outcome, Plan, Telling, evolve
from escs.evolve.propose.by_model import EditLine, ProposeAnswer, by_model
from escs.evolve.propose.catalogue import Ground
from escs.evolve.propose.edit import Operation
from escs.evolve.propose.propose import Tried
from escs.evolve.propose.propose import tried as tried_out
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.evolve.verify.arms import Arms
from escs.evolve.verify.changes import changes
from escs.evolve.verify.trials import Beside, Trials
from escs.evolve.verify.verify import Question, replay, verify
from escs.runtime.engines.offline import OfflineEngine
from escs.runtime.errors import EngineUnavailable, UsageError
from escs.runtime.task import Answered, Task
from people_repo import make_repository
from test_catalogue import grieving, skill
from test_gate import draws

AWAY = "the server is away."


class Model(OfflineEngine):
    """Rules under a model's name, so that their dialogues count as an engine's; `away` says at which samples it fails."""

    def __init__(self, away: Callable[[int], bool] = lambda sample: False, answer: ProposeAnswer | None = None) -> None:
        super().__init__()
        self.away, self.answer = away, answer

    @property
    def name(self) -> str:
        """Not offline."""
        return "some-model"

    async def ask(self, task: Task[Any, Any], inputs: Any, *, sample: int = 0) -> Answered[Any]:
        """The rule's answer, or the one that was given for proposals."""
        if task.name.startswith("seeker") and self.away(sample):
            raise EngineUnavailable(AWAY)
        answered = await super().ask(task, inputs, sample=sample)
        return replace(answered, value=self.answer) if task.name == "propose" and self.answer else answered


def trace_of(felt: list[tuple[Step, float]]) -> Trace:
    """The trace of these steps, in a bank without skills."""
    return Trace(tuple(felt), tuple(felt), (), {}, len({step.dialogue for step, _ in felt}), {})


# Missing skills


def seldom(seed: int, gain: float) -> list[Finding]:
    """What is found where restating, every fifth reply of forty dialogues with a group, lands better by so much than asking."""
    dice, felt = Random(seed), []
    for number in range(200):
        action = "open-question" if number % 5 else "restatement"
        step = replace(
            grieving(2),
            dialogue=f"d{number // 5}",
            persona=f"p{number // 5 % 20}",
            turn=number % 5 + 1,
            actions=(action,),
        )
        felt.append((step, dice.gauss(gain if action == "restatement" else 0.0, 2.0)))
    return [one for one in diagnose(trace_of(felt)) if one.action == "restatement"]


def test_what_helps_and_comes_seldom_is_told_apart_from_chance() -> None:
    """A true gain stands, a chance one is noise, and what lands worse is not missed at all."""
    stood = [one for seed in range(10) for one in seldom(seed, 2.5) if not one.noise]
    assert len(stood) == 10
    assert all(one.effect < 0 and one.interval[1] < 0 for one in stood)
    assert sum(not one.noise for seed in range(40) for one in seldom(seed, 0.0)) <= 4
    assert not [one for seed in range(10) for one in seldom(seed, -2.5)]


def test_one_person_is_no_group() -> None:
    """However much better an action lands with them."""
    dice, felt = Random(5), []
    for number in range(60):
        action, person = ("restatement", "p0") if number < 8 else ("open-question", f"p{number % 12}")
        step = replace(grieving(2), dialogue=f"d{number // 5}", persona=person, turn=number % 5 + 1, actions=(action,))
        felt.append((step, dice.gauss(6.0 if action == "restatement" else 0.0, 2.0)))
    assert not [one for one in diagnose(trace_of(felt)) if one.action == "restatement"]


def test_moments_without_a_fitting_skill_are_judged_together() -> None:
    """Among twenty groups one that does badly stands, and one that is a little low is what chance gives."""
    felt = []
    for number in range(20):
        low = {0: -4.0, 1: -1.1}.get(number, 0.1 if number % 2 else -0.1)
        for turn in range(8):
            step = replace(
                grieving(turn % 5 + 1), dialogue=f"d{number}-{turn}", persona=f"p{number}-{turn}",
                groups=(f"g{number}",), lead="", skills=(),
            )  # fmt: skip
            felt.append((step, low))
    noise = {one.groups[0]: one.noise for one in diagnose(trace_of(felt)) if one.kind == "missing-skill"}
    assert noise["g0"] is False
    assert noise["g1"] is True


# Engines that fail


def test_a_verification_with_a_dead_engine_ends_soon() -> None:
    """Failures alone end it once there are a few and they are too large a part; a few among many do not."""
    dead, now_and_then = Gate(Terms()), Gate(Terms(aim=1.0))
    while not dead.done:
        dead.fail()
    assert (dead.failed, dead.verdict.ground) == (BROKEN, "technical")
    for one in draws(1, 0)[:200]:
        now_and_then.see(one)
    for _ in range(BROKEN):
        now_and_then.fail()
    assert now_and_then.verdict.ground != "technical"


def run_of(repository: Repository, folder: Path, engine: Model, profiles: list[Profile], telling: Telling) -> Outcome:
    """One round with an engine, as short as it can be."""

    async def run() -> Outcome:
        with Arms(repository, folder, engine, engine, workers=1, most_turns=2) as arms:
            return await evolve(repository, arms, profiles, profiles, Plan(1, most_pairs=24), telling)

    return asyncio.run(run())


def test_a_run_whose_engine_is_dead_has_not_ended(tmp_path: Path) -> None:
    """It says why, and no findings come of what could not be held."""
    repository = Repository(make_repository(tmp_path / "work"))
    with pytest.raises(EngineUnavailable, match=AWAY):
        run_of(repository, tmp_path / "arms", Model(lambda sample: True), usable(SHIPPED, "train")[:2], Telling())
    assert not repository.refs(RUNS)


@pytest.mark.parametrize("some", [True, False])
def test_a_verification_that_fails_leaves_the_run_open(tmp_path: Path, some: bool) -> None:
    """Where nothing was seen, no number of the ledger is spent; and the same command takes it up when the engine is back."""
    repository = Repository(make_repository(tmp_path / "work"))
    profiles, engine = usable(SHIPPED, "train")[:2], Model()

    def breaks(sentence: str) -> None:
        if sentence.startswith("evolve/"):
            engine.away = (lambda sample: sample % 2 == 0) if some else (lambda sample: True)

    with pytest.raises(EngineUnavailable, match=AWAY):
        run_of(repository, tmp_path / "arms", engine, profiles, Telling(breaks))
    assert [record["verdict"]["ground"] for record in records(repository)] == ["technical"] * some
    assert not repository.refs(RUNS)
    engine.away = lambda sample: False
    outcome = run_of(repository, tmp_path / "again", engine, profiles, Telling())
    assert outcome.attempts
    assert outcome.attempts[0].evidence.record["verdict"]["ground"] != "technical"
    assert next(record["number"] for record in records(repository)) == 1 + some
    assert repository.refs(RUNS)


def test_a_training_dialogue_that_failed_is_held_again(tmp_path: Path) -> None:
    """Once; a fault that has passed by then leaves no trace."""
    repository = Repository(make_repository(tmp_path / "work"))
    base = repository.bank_tree(repository.commit_of("HEAD"))
    asked: set[int] = set()

    def first_time(sample: int) -> bool:
        new = sample not in asked
        asked.add(sample)
        return new

    async def held() -> list[bool]:
        engine = Model(first_time)
        with Arms(repository, tmp_path / "arms", engine, engine, most_turns=1) as arms:
            trials = Trials(arms, base, usable(SHIPPED, "train")[:3], 7)
            return [one.scored for one in await trials.base_rollouts(0)]

    assert asyncio.run(held()) == [True] * 3


# Groups


def test_a_group_that_everybody_belongs_to_is_everybody(tmp_path: Path) -> None:
    """There is no rest to be drawn, nor anything to be shown of it; and the evidence replays."""
    repository = Repository(make_repository(tmp_path / "work"))
    base = repository.bank_tree(repository.commit_of("HEAD"))
    path = "say-back/SKILL.md"
    text = repository.files(base)[path].replace(b"That is a lot to carry at once.", b"That is much to carry at once.")
    trees = (base, repository.tree_with(base, {path: text}))
    profiles = usable(SHIPPED, "gate")
    group = profiles[0].intention
    mine = [profile for profile in profiles if profile.intention == group]

    async def held(some: list[Profile], group: str) -> dict[str, Any]:
        engine = OfflineEngine()
        with Arms(repository, tmp_path / "arms", engine, engine, workers=1) as arms:
            question = Question(*trees, changes(*map(repository.files, trees)), group=group, most=20)
            evidence = await verify(repository, arms, some, question)
        return replay(evidence) | {"group": evidence.record["terms"]["group"]}

    verdict = asyncio.run(held(mine, group))
    assert (verdict["group"], verdict["rest"]) == ("all", None)
    assert verdict["pairs"] == verdict["primary"] > 0
    with pytest.raises(UsageError, match="nobodys"):
        asyncio.run(held(mine, "nobodys"))


class Given(Trials):
    """Trials whose pairs are given: seekers in a wheelchair gain, and the others lose."""

    async def pairs(self, candidate: str, repeats: range) -> list[Beside]:
        """Two dozen pairs."""
        return [Beside(("listening", "wheelchair"), 10.0 + n % 3, 0) for n in range(8)] + [
            Beside(("listening", "negative"), n % 3 - 5.0, 0) for n in range(16)
        ]


def test_no_edit_is_for_a_group_that_a_verification_cannot_meet(tmp_path: Path) -> None:
    """Where only training profiles have a group, an edit that does good there is tried as one for everybody."""
    repository = Repository(make_repository(tmp_path / "work"))
    profiles = usable(SHIPPED, "train")
    finding = Finding("profile-failure", "ask-open", ("wheelchair",), (), (), {}, -1.0, (-2.0, 0.0), "w", "m")
    one = Tried((Operation("delete", "ask-open", "skill"),), "takes it out", (finding,), "tree", "content")

    def group(named: frozenset[str] | None) -> str:
        engine = OfflineEngine()
        with Arms(repository, tmp_path / "arms", engine, engine, workers=1) as arms:
            (done,) = asyncio.run(tried_out(Given(arms, "base", profiles, 3, named), [one]))
        assert done.trial is not None
        return done.trial.group

    assert group(None) == "wheelchair"
    assert group(frozenset(group for profile in usable(SHIPPED, "gate") for group in profile.groups)) == "all"


# A model's answers


@pytest.mark.parametrize(
    ("edit", "taken"),
    [
        (EditLine("add", "Guidance", "", "2. Wait."), True),
        (EditLine("replace", "Guidance", "1. Say it back.", "1. Say it back slowly."), True),
        (EditLine("replace", "Guidance", "", "2. Wait."), False),
        (EditLine("replace", "conditions", "", "state: sad"), False),
        (EditLine("delete", "Say", " ", ""), False),
        (EditLine("add", "Guidance", "", "## Say"), False),
        (EditLine("add", "Example", "", "```"), False),
        (EditLine("replace", "Guidance", "1. Say it back.", "  ~~~"), False),
    ],
)
def test_an_edit_of_a_model_stays_with_one_line(edit: EditLine, taken: bool) -> None:
    """What would replace a whole part, or take in what stands below, is left out with all that came with it."""
    made, text = skill("reflect", "sad")
    ground = Ground({"reflect": made}, {"reflect": text}, [(grieving(2), -1.0)], {})
    finding = Finding(
        "profile-failure", "reflect", ("empathy",), (), (("d", 2),), {"steps": 1, "dialogues": 1, "personas": 1}, -1.0,
        (-2.0, 0.0), "", "",
    )  # fmt: skip
    good = EditLine("add", "Say", "", "That weighs on you.")
    model = Model(answer=ProposeAnswer("Makes it slower.", (good, edit)))
    given = asyncio.run(by_model(model, [finding], ground, []))
    assert [len(operations) for _, (operations, _) in given] == ([2, 2] if taken else [])
