"""What must hold for any conversation in danger, whatever is typed."""

from __future__ import annotations

import pytest
from course_talk import Talk, questions
from escs.runtime.safety.check import CheckContext, check
from escs.runtime.safety.protocol import protocols
from escs.runtime.safety.risk import Level
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

KINDS = sorted({kind for protocol in protocols() for kind in protocol.kinds} - {"bereaved-by-suicide"})

TURNS = st.tuples(
    st.one_of(
        st.sampled_from(
            ["yes", "no", "maybe", "idk", "stop asking", "my sister", "tonight", "I can't", "are you real?"]
        ),
        st.text(max_size=120),
    ),
    st.lists(st.sampled_from(KINDS), max_size=3, unique=True),
)


@hypothesis_settings(max_examples=60)
@given(st.lists(TURNS, min_size=1, max_size=14), st.sampled_from(["US", "GB", "AU", "DE", "XX", None]))
def test_a_turn_in_crisis_always_gets_a_reply_with_a_resource_that_may_be_shown(
    turns: list[tuple[str, list[str]]], country: str | None
) -> None:
    """Given any texts and dangers, then each crisis turn is answered, resourced, short, unrepeated and checked."""
    talk = Talk(country)
    bodies: list[str] = []
    for text, kinds in turns:
        reply = talk.say(text, *kinds)
        if kinds:
            assert reply is not None
            assert reply.resource
        if reply is None:
            continue
        plan, _, body = reply.body.rpartition("\n\n")
        assert check(body, CheckContext(seeker=text)) == ()
        assert len(body.split()) <= 65
        assert questions(body) <= 1
        assert "{" not in body
        assert not plan or plan.startswith("Your plan so far")
        assert reply.brief
        assert reply.skill
        bodies.append(reply.body)
    assert len(set(bodies)) == len(bodies)


@hypothesis_settings(max_examples=40)
@given(st.lists(TURNS, min_size=2, max_size=12))
def test_crisis_never_falls(turns: list[tuple[str, list[str]]]) -> None:
    """Given a crisis, then no later turn brings the course's level down."""
    talk = Talk()
    talk.say("I want to die", "suicide-active")
    for text, kinds in turns:
        talk.say(text, *kinds)
        assert talk.course.level == Level.CRISIS


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("retraction",)])
def test_a_whole_course_of_every_kind_speaks_plainly_and_never_closes_the_conversation(kind: str) -> None:
    """Given any kind and mute answers, then nothing is said of ending the talk, of secrecy kept, or of contracts."""
    talk = Talk("GB")
    talk.say("…", kind)
    for _ in range(20):
        talk.say("ok")
    said = " ".join(reply.body for reply in talk.replies if reply).lower()
    for phrase in (
        "end this conversation",
        "your secret is safe",
        "promise me",
        "you must promise",
        "goodbye",
        ", right?",
    ):
        assert phrase not in said


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("overdose", "medical-emergency")])
def test_by_the_third_reply_it_was_said_that_this_is_an_ai(kind: str) -> None:
    """Given any danger and mute answers, then one of the first three replies says that an AI is writing."""
    talk = Talk()
    talk.say("…", kind)
    talk.say("hm")
    talk.say("hm")
    said = " ".join(reply.body for reply in talk.replies if reply)
    assert "AI" in said
