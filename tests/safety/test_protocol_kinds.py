"""The dangers differ: what comes first, and what is never said, for each kind."""

from __future__ import annotations

import re

import pytest
from course_talk import Talk, questions
from escs.runtime.safety.risk import Level


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.?!])\s", text)[0]


@pytest.mark.parametrize(("country", "number"), [("US", "911"), ("GB", "999"), (None, "your local emergency number")])
@pytest.mark.parametrize("kind", ["overdose", "medical-emergency"])
def test_a_body_in_danger_gets_the_emergency_number_in_the_first_sentence(
    kind: str, country: str | None, number: str
) -> None:
    """Given an overdose or emergency, then the number stands in the first sentence and nothing is explored."""
    reply = Talk(country).say("I took all of them.", kind)
    assert reply is not None
    assert number in first_sentence(reply.body)
    assert not re.search(r"suicid|why|feel about|die", reply.body, re.IGNORECASE)


def test_after_an_overdose_poison_control_is_named_where_there_is_one() -> None:
    """Given an overdose in a country with a poison line, then the line apart names it."""
    reply = Talk("AU").say("I took too many.", "overdose")
    assert reply is not None
    assert "13 11 26" in reply.resource


def test_an_overdose_is_not_probed_for_thoughts_or_plans_even_later() -> None:
    """Given an overdose, then no later step asks about thoughts, plan, intent, means or time."""
    talk = Talk()
    talk.say("I took all of them.", "overdose", "suicide-active")
    for answer in ("no", "no", "no one", "no", "ok I called 911", "my mum is here", "yes", "ok"):
        talk.say(answer)
    probes = {"suicide.now", "suicide.thoughts", "suicide.plan", "suicide.intent", "suicide.means", "suicide.time"}
    assert not probes & set(talk.steps())


def test_with_abuse_the_first_question_is_whether_it_is_safe_to_type() -> None:
    """Given abuse now, then the first question is about typing safely, and the screen and history are mentioned."""
    reply = Talk("GB").say("He hit me again.", "abuse-now")
    assert reply is not None
    question = next(sentence for sentence in re.split(r"(?<=[.?!])\s", reply.body) if "?" in sentence)
    assert "type" in question or "without it being seen" in question
    assert "clear" in reply.body.lower()
    assert "0808 2000 247" in reply.resource


def test_with_abuse_nobody_nearby_is_suggested_and_leaving_is_never_urged() -> None:
    """Given a whole course about abuse, then no person is proposed and neither leaving nor confronting is urged."""
    talk = Talk("GB")
    talk.say("He hit me again.", "abuse-now")
    for answer in ("yes he's out", "no", "no one", "maybe", "ok", "ok"):
        talk.say(answer)
    said = " ".join(reply.body for reply in talk.replies if reply)
    assert not re.search(
        r"\b(?:neighbour|your (?:mum|mother|family|friend|parents)|leave him|move out|confront)\b", said
    )


def test_where_it_is_not_safe_to_type_the_conversation_is_made_short() -> None:
    """Given that it is not safe to type, then the reply says so, asks nothing, and asks nothing further."""
    talk = Talk("GB")
    talk.say("He hit me.", "abuse-now")
    reply = talk.say("no he's here")
    assert reply is not None
    assert reply.step == "not-safe"
    assert questions(reply.body) == 0


def test_psychosis_is_neither_argued_with_nor_agreed_to() -> None:
    """Given voices, then the fear is answered, commands are asked about, and nothing confirms or disputes them."""
    talk = Talk()
    reply = talk.say("The voices are back.", "psychosis")
    assert reply is not None
    assert reply.step == "commands"
    for answer in ("no", "no", "my brother", "maybe", "tea", "two days ago"):
        talk.say(answer)
    said = " ".join(reply.body for reply in talk.replies if reply)
    assert not re.search(r"not real|imagin|hallucinat|delusion|schizo|medication|the voices are right", said)


def test_voices_that_command_tonight_are_danger_to_life_now() -> None:
    """Given voices that order self-harm tonight, then it is imminent: number, distance, a person."""
    talk = Talk()
    reply = talk.say(
        "They tell me to hurt myself tonight.", "psychosis", "suicide-active", matched="hurt myself tonight"
    )
    assert reply is not None
    assert reply.kind == "imminent"
    assert "988" in reply.body


def test_for_a_minor_the_safe_adult_need_not_be_a_parent() -> None:
    """Given a minor with thoughts of suicide, then a safe grown-up is asked for who need not be a parent."""
    talk = Talk("CA")
    talk.say("I'm fourteen and I want to die.", "suicide-active", "minor-at-risk")
    for _ in range(6):
        talk.say("no")
    said = [reply for reply in talk.replies if reply and reply.step == "who-safe-adult"]
    assert said
    assert "parent" in said[0].body or "teacher" in said[0].body
    assert "686868" in said[0].resource


def test_intrusive_thoughts_get_a_calm_answer_of_their_own() -> None:
    """Given unwanted thoughts of harm, then they are met calmly and without an emergency number."""
    reply = Talk().say("I keep seeing myself drop the baby.", "intrusive-thoughts", level=Level.ELEVATED)
    assert reply is not None
    assert reply.kind == "intrusive-thoughts"
    assert "911" not in reply.body


def test_a_third_party_is_asked_about_safety_then_told_how_to_ask_stay_and_call_and_how_they_are() -> None:
    """Given worry about somebody else, then safety first, asking, means, calling, and the person themselves."""
    talk = Talk()
    talk.say("My brother wants to die.", "third-party-suicide", level=Level.ELEVATED)
    for answer in ("he's asleep at home", "no", "yes", "yes", "tired"):
        talk.say(answer)
    assert talk.steps()[:5] == [
        f"third-party-suicide.{step}" for step in ("safe-now", "ask-them", "means", "call", "you")
    ]
    said = " ".join(reply.body for reply in talk.replies if reply)
    assert "Are you thinking" in said


def test_self_harm_is_met_without_shame_and_the_wound_comes_first() -> None:
    """Given self-harm, then the body is asked about first, then distance, then suicide, and nothing shames."""
    talk = Talk()
    reply = talk.say("I cut myself again.", "self-harm", level=Level.ELEVATED)
    assert reply is not None
    assert reply.step == "wound"
    talk.say("no, it's nothing deep")
    talk.say("ok")
    assert talk.steps() == ["self-harm.wound", "self-harm.away", "self-harm.thoughts"]


def test_harm_to_others_asks_for_distance_first() -> None:
    """Given the wish to hurt somebody, then distance comes first, with the emergency number for the worst case."""
    reply = Talk("GB").say("I'm going to hurt him.", "harm-to-others")
    assert reply is not None
    assert reply.step == "apart"
    assert "999" in reply.body


def test_a_question_for_methods_gets_no_method_and_a_direct_question() -> None:
    """Given a search for methods, then the pain behind it is named and suicide is asked about directly."""
    reply = Talk().say("What is the least painful way, asking for a novel.", "method-seeking")
    assert reply is not None
    assert "suicide" in reply.body or "ending your life" in reply.body or "killing yourself" in reply.body
    assert "pain" in reply.body or "behind" in reply.body


def test_mourning_a_suicide_starts_no_crisis_routine() -> None:
    """Given somebody bereaved by suicide and nothing else, then ordinary talk goes on."""
    talk = Talk()
    assert talk.say("My dad died by suicide last spring.", "bereaved-by-suicide", level=Level.NONE) is None


def test_danger_to_life_goes_before_everything_that_was_under_way() -> None:
    """Given a course about suicide, when something is taken, then the emergency number comes at once."""
    talk = Talk()
    talk.say("I want to die.", "suicide-active")
    talk.say("yes")
    reply = talk.say("I've just swallowed them.", "overdose")
    assert reply is not None
    assert reply.kind == "overdose"
    assert "911" in first_sentence(reply.body)
