"""How answers to the course's questions are understood, by plain rules."""

from __future__ import annotations

import pytest
from escs.runtime.safety.answer_phrases import READ, flatten
from escs.runtime.safety.answers import hear
from escs.runtime.safety.risk import Screening
from escs.runtime.safety.screen import screen
from hypothesis import given
from hypothesis import strategies as st

NOTHING = Screening()

CASES = [
    ("thoughts", "yes", "yes"),
    ("thoughts", "Yeah.", "yes"),
    ("thoughts", "yep, every night", "yes"),
    ("thoughts", "I have", "yes"),
    ("thoughts", "honestly? yes", "yes"),
    ("thoughts", "all the time", "yes"),
    ("thoughts", "no", "no"),
    ("thoughts", "Nope!", "no"),
    ("thoughts", "no I'm not", "no"),
    ("thoughts", "No, nothing like that.", "no"),
    ("thoughts", "of course not", "no"),
    ("thoughts", "I'm not suicidal", "no"),
    ("thoughts", "God no", "no"),
    ("thoughts", "yeah no", "no"),
    ("thoughts", "maybe sometimes", "hedge"),
    ("thoughts", "I guess", "hedge"),
    ("thoughts", "kind of", "hedge"),
    ("thoughts", "yes but I would never do it", "hedge"),
    ("thoughts", "I don't want to die, I just don't want to live like this", "hedge"),
    ("thoughts", "it has crossed my mind", "hedge"),
    ("thoughts", "I just wish I didn't exist", "hedge"),
    ("thoughts", "I don't know", "unsure"),
    ("thoughts", "idk tbh", "unsure"),
    ("thoughts", "why do you ask?", "refusal"),
    ("thoughts", "I'd rather not say", "refusal"),
    ("thoughts", "none of your business", "refusal"),
    ("thoughts", "stop asking me that", "stop"),
    ("thoughts", "I already told you!!", "stop"),
    ("thoughts", "No one would notice anyway", "none"),
    ("thoughts", "no point in anything", "none"),
    ("thoughts", "I am so tired of everything", "none"),
    ("thoughts", "???", "none"),
    ("thoughts", "", "none"),
    ("plan", "No plan or anything, just thoughts", "no"),
    ("plan", "sort of", "hedge"),
    ("intent", "I can't guarantee anything", "hedge"),
    ("intent", "I'm not going to do anything", "no"),
    ("intent", "I'm scared I might", "hedge"),
    ("means", "they're in the bathroom", "yes"),
    ("means", "no, I got rid of them", "no"),
    ("time", "tonight", "soon"),
    ("time", "no particular time", "no"),
    ("call", "I can't", "no"),
    ("call", "I'm scared to call", "no"),
    ("call", "I don't know if I can call anyone", "no"),
    ("call", "ok I will", "yes"),
    ("with", "my neighbour could come", "hedge"),  # she is not there yet
    ("with", "my neighbour is coming", "coming"),
    ("with", "I'm all alone", "no"),
    ("who", "my sister maybe", "given"),
    ("who", "nobody", "no"),
    ("back", "a bit better", "better"),
    ("back", "worse", "worse"),
    ("back", "the same", "same"),
    ("safe_type", "he's out right now", "yes"),
    ("safe_type", "he goes through my phone", "no"),
    ("wound", "it won't stop bleeding", "yes"),
    ("wound", "no i haven't done anything", "no"),
    ("country", "the UK", "given"),
]


@pytest.mark.parametrize(("asked", "text", "answer"), CASES)
def test_an_answer_is_understood(asked: str, text: str, answer: str) -> None:
    """Given a question and an answer as people type it, then it is read as meant."""
    assert hear(asked, text, NOTHING).answer == answer


LONG = (
    "Hey yeah I'm really scared right now and the bills keep coming and my family has no idea what it is like, "
    "I can't call anyone about it, no one gets it, and sometimes I sit in the car for a while before going in."
)


@pytest.mark.parametrize("asked", ["call", "with", "plan", "intent", "distance", "called"])
def test_a_long_story_is_not_read_as_an_answer(asked: str) -> None:
    """Given a long text that happens to hold a yes or a no, then no answer is taken from it."""
    assert hear(asked, LONG, NOTHING).answer in ("none", "no" if asked == "with" else "none")


@pytest.mark.parametrize(
    ("text", "fact", "value"),
    [
        ("I put the pills in a bag and gave it to my wife.", "distance", "yes"),
        ("Pushed the knives out into the hall.", "distance", "yes"),
        ("My cousin is on the way, 20 minutes out.", "with", "coming"),
        ("I texted 988, nobody answered yet.", "call", "yes"),
        ("I have no plan and no intent.", "plan", "no"),
        ("I'm not going to act on it tonight.", "intent", "no"),
        ("They keep telling me to hurt myself.", "commands", "yes"),
    ],
)
def test_what_is_told_unasked_is_kept(text: str, fact: str, value: str) -> None:
    """Given something told unasked, then it is a fact and need not be asked."""
    assert hear("", text, NOTHING).facts.get(fact) == value


@pytest.mark.parametrize(
    "text",
    [
        "I didn't put the pills away.",
        "If it spikes I'll call 988.",
        "I don't know if I can call 988.",
        "I'm scared I'd take them out of the closet.",
        "They said my cousin is on the way but that was a lie, he isn't with me now.",
    ],
)
def test_what_is_denied_or_only_imagined_is_no_step_towards_safety(text: str) -> None:
    """Given a negated or conditional step towards safety, then it does not count as taken."""
    facts = hear("", text, NOTHING).facts
    assert "distance" not in facts
    assert "call" not in facts


@pytest.mark.parametrize(
    ("text", "aside"),
    [
        ("what number can I call?", "number"),
        ("are you a real person", "real"),
        ("please don't tell anyone", "secret"),
        ("can you call someone for me", "call-for-me"),
        ("what if they lock me up", "locked-up"),
        ("I don't want to bother anyone", "burden"),
        ("I wouldn't know what to say, what would I even say", "what-to-say"),
        ("would they really help", "does-it-help"),
        ("I can't afford it", "cost"),
        ("my last time I went to the GP he gave me a questionnaire", "doctors"),
        ("it's not an emergency", "not-enough"),
    ],
)
def test_a_barrier_or_side_question_is_heard(text: str, aside: str) -> None:
    """Given what stands in somebody's way, then it is recognised and can be met."""
    assert hear("reach", text, NOTHING).aside == aside


@given(st.text(max_size=400), st.sampled_from(["thoughts", "plan", "who", "call", "country", ""]))
def test_any_text_gets_one_of_the_known_answers(text: str, asked: str) -> None:
    """Given any text at all, then hearing never fails and the answer is one that the table knows."""
    heard = hear(asked, text, NOTHING)
    known = {"", "yes", "no", "hedge", "unsure", "refusal", "stop", "none", "given", "soon", "find", "better", "worse"}
    assert heard.answer in known | {"same"}


def test_only_the_ends_of_a_very_long_text_are_read() -> None:
    """Given a text of a megabyte, then what is read of it stays bounded."""
    assert len(flatten("no thanks " * 100_000)) <= 2 * READ


@pytest.mark.parametrize("asked", ["means", "time", ""])
@pytest.mark.parametrize(
    "text",
    [
        "i gave the pills to my neighbour. i feel a bit safer now",
        "I've given the tablets to my wife",
        "my sister has the pills now",
        "I flushed the pills",
    ],
)
def test_what_is_put_out_of_reach_is_heard_whatever_was_asked(asked: str, text: str) -> None:
    """It is no answer that something is near, and its “now” is no hour."""
    heard = hear(asked, text, screen(text))
    assert heard.facts["distance"] == "yes"
    assert heard.answer not in ("yes", "hedge", "soon")


@pytest.mark.parametrize("asked", ["who", "helps", "signs"])
def test_a_question_of_their_own_answers_none_of_ours(asked: str) -> None:
    """Nobody was named by it, and nothing that helps."""
    assert hear(asked, "what do i do tomorrow", screen("what do i do tomorrow")).answer == "none"
