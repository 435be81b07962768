"""What discovery does with a model's answers: labels that fit nothing, and skills of which a sentence cannot be said."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from escs.evolve.discover.corpora import Account
from escs.evolve.discover.discover import Corpora, make_plan, read_all
from escs.runtime.engines.offline import OfflineEngine
from escs.runtime.engines.prompt import layout
from escs.runtime.task import Answered, Task
from talks import write_talks

BAD = "After losing your job, many people find that they cannot sleep."
GOOD = (
    "What went through you when that happened?", "I hear how much this weighs on you.", "That was a hard day.",
    "Take the time that you need with this.", "You wanted it to go differently.", "It shows how much {{ topic }} matters to you.",
)  # fmt: skip


class Model(OfflineEngine):
    """A model that labels as the cues do, but sees no suggestion in anything, and writes one sentence that may not be said."""

    said = (*GOOD, BAD)
    prompts: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.prompts = []

    @property
    def name(self) -> str:
        """Not offline."""
        return "some-model"

    async def ask(self, task: Task[Any, Any], inputs: Any, *, sample: int = 0) -> Answered[Any]:
        """The rule's answer, changed."""
        answered = await super().ask(task, inputs, sample=sample)
        value = answered.value
        if task.name == "label-unit" and value.action == "suggestion":
            value = replace(value, action="")
        if task.name == "write-skill":
            self.prompts.append(layout(task, inputs).turn)
            value = replace(value, say=self.said)
        return replace(answered, value=value)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpora:
    """A corpus with planted rules."""
    return Corpora([write_talks(tmp_path_factory.mktemp("talks") / "talks.jsonl", dialogues=50)])


def found(corpus: Corpora, model: Model, bank: Path) -> tuple[dict[str, int], list[str], dict[str, str]]:
    """What was left out, what was said, and the skills."""

    async def work() -> tuple[dict[str, int], list[str], dict[str, str]]:
        read = await read_all(corpus, Account(), model)
        said: list[str] = []
        plan = await make_plan(bank, read, corpus, model, command="escs discover", say=said.append)
        return read.left_out, said, plan.new_skills

    return asyncio.run(work())


@pytest.fixture(scope="module")
def once(
    corpus: Corpora, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Model, dict[str, int], list[str], dict[str, str]]:
    """The model that was asked, and what became of its answers."""
    model = Model()
    return model, *found(corpus, model, tmp_path_factory.mktemp("bank"))


Once = tuple[Model, dict[str, int], list[str], dict[str, str]]


def test_a_move_in_which_the_model_sees_no_action_speaks_for_no_skill(once: Once) -> None:
    """People's strategy says what a move was for; whether its words do that is what the model is asked."""
    _, left_out, _, skills = once
    assert any("saw none" in reason and count > 20 for reason, count in left_out.items())
    assert skills
    assert not any("action: suggestion" in text for text in skills.values())


def test_a_sentence_that_may_not_be_said_is_left_out_and_the_rest_stays(once: Once) -> None:
    """One bad sentence in seven is no reason to lose a skill; that it is gone is said."""
    _, _, said, skills = once
    assert any("is left out; it fails the output check (unsourced-others)" in sentence for sentence in said)
    for text in skills.values():
        assert BAD not in text
        assert all(line in text for line in GOOD)


def test_where_too_few_are_left_the_sober_template_stands_in(corpus: Corpora, tmp_path: Path) -> None:
    """A skill needs enough to say."""
    model = Model()
    model.said = (*GOOD[:3], BAD)
    _, said, skills = found(corpus, model, tmp_path)
    assert any("were not taken" in sentence for sentence in said)
    assert all(GOOD[0] not in text for text in skills.values())


def test_the_writer_sees_a_few_units_that_went_well_and_badly(once: Once) -> None:
    """No more than a prompt can hold and a reader can check."""
    model = once[0]
    assert model.prompts
    for prompt in model.prompts:
        assert prompt.count("It went well.") <= 5
        assert prompt.count("It went badly.") <= 3
        assert "It went well." in prompt
