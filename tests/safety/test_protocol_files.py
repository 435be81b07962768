"""The protocol files: their form, their honesty, and that every sentence of theirs may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from course_talk import questions
from escs.runtime.safety import CRISIS_SKILLS
from escs.runtime.safety.answers import aside_wordings
from escs.runtime.safety.check import CheckContext, check
from escs.runtime.safety.disclosure import AGAIN, AGAIN_WARMLY, ANSWERS, BREAKS, OPENING, OUTSIDE
from escs.runtime.safety.protocol import Protocol, protocols, shared
from escs.runtime.safety.resources import resources_for
from escs.runtime.safety.words import fill

KINDS = {
    "suicide-passive suicide-active suicide-plan suicide-intent suicide-attempt-now suicide-attempt-past hopelessness",
    "burden method-seeking self-harm harm-to-others abuse-now overdose medical-emergency psychosis eating-danger",
    "minor-at-risk third-party-suicide third-party-harm intrusive-thoughts sudden-calm retraction bereaved-by-suicide",
}
SAMPLE = {"event": "losing your job", "feeling": "worn out"}


def wordings() -> Iterator[tuple[str, str]]:
    """Every text that a seeker may read, with where it stands."""
    for protocol in protocols():
        for text in protocol.wordings():
            yield protocol.name, text
    for name, texts in aside_wordings().items():
        for text in texts:
            yield f"answers: {name}", text
    everything = shared()
    for name in ("pointer", "stop", "stay", "look-in", "language"):
        for text in everything[name]:
            yield f"shared: {name}", text
    for table in ("echo", "meets"):
        for texts in everything[table].values():
            for text in texts:
                yield f"shared: {table}", text
    for fact, answers in everything["replies"].items():
        for texts in answers.values():
            for text in texts:
                yield f"shared: {fact}", text
    for name, step in everything["step"].items():
        for text in (*step["say"], *step.get("again", [])):
            yield f"shared: {name}", text
    for text in (OPENING, *ANSWERS, *AGAIN, *AGAIN_WARMLY, *BREAKS, *OUTSIDE):
        yield "disclosure", text


@pytest.mark.parametrize("country", ["US", "GB", "", "DE"])
def test_every_sentence_that_may_be_said_passes_the_output_check(country: str) -> None:
    """Given every built-in sentence, filled in for a country, then the check behind the engine finds no fault in it."""
    context = CheckContext()
    failing = [
        (where, text, [fault.rule for fault in faults])
        for where, text in wordings()
        if (faults := check(fill(text, resources_for(country), SAMPLE), context))
    ]
    assert failing == []


def test_every_kind_of_danger_has_a_protocol() -> None:
    """Given the kinds that the screen names, then each belongs to a protocol."""
    covered = {kind for protocol in protocols() for kind in protocol.kinds}
    assert {kind for line in KINDS for kind in line.split()} <= covered


@pytest.mark.parametrize("protocol", protocols(), ids=lambda protocol: protocol.name)
def test_a_protocol_says_what_it_rests_on_and_that_no_clinician_has_reviewed_it(protocol: Protocol) -> None:
    """Given a protocol file, then it has duties, taboos, sources, a crisis skill, and an honest line on its review."""
    assert protocol.must
    assert protocol.must_not
    assert all(claim.claim and claim.source for claim in protocol.sources)
    assert protocol.sources
    assert protocol.skill in CRISIS_SKILLS
    assert protocol.reviewed


@pytest.mark.parametrize("protocol", protocols(), ids=lambda protocol: protocol.name)
def test_every_step_asks_at_most_one_question_in_few_words_and_briefs_a_model(protocol: Protocol) -> None:
    """Given a step, then each wording asks one question at most and is short, and the brief is there."""
    for step in protocol.steps:
        assert step.brief
        for text in (*step.say, *step.again):
            assert len(text.split()) <= 46, text
            assert questions(text) <= 1, text
    for texts in protocol.replies.values():
        for text in (text for says in texts.values() for text in says):
            assert questions(text) == 0, text


def test_what_meets_an_answer_asks_nothing_itself() -> None:
    """Given the wordings that meet answers, barriers and refusals, then none asks: the step's question follows."""
    for where, text in wordings():
        if where.startswith(("answers:", "shared: meets", "shared: echo")):
            assert questions(text) == 0, (where, text)


@pytest.mark.parametrize(
    "protocol", [p for p in protocols() if p.name != "bereaved"], ids=lambda protocol: protocol.name
)
def test_every_protocol_says_that_this_is_an_ai(protocol: Protocol) -> None:
    """Given a protocol, then at least one of its steps says that an AI is writing, in every wording of the step."""
    assert any(all(re.search(r"\bAI\b", text) for text in step.say) for step in protocol.steps)


def test_no_wording_names_a_method_or_a_number_of_a_country() -> None:
    """Given every wording, then it holds no digits and no means: numbers come from the resources alone."""
    for where, text in wordings():
        assert not re.search(r"\d", text), (where, text)


def test_places_in_wordings_are_known() -> None:
    """Given every wording, then nothing in braces is left once it is filled in."""
    for where, text in wordings():
        assert "{" not in fill(text, resources_for("US"), SAMPLE), (where, text)


def test_no_wording_stands_twice() -> None:
    """Given every wording of the protocols, then no two are the same, save steps that several protocols share."""
    texts = [text for where, text in wordings() if not where.startswith("shared")]
    shared_texts = {text for where, text in wordings() if where.startswith("shared")}
    own = [text for text in texts if text not in shared_texts]
    repeated = {text for text in own if own.count(text) > 1}
    assert repeated == set()
