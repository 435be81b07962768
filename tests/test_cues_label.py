"""What a supporter's message is told to be."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from escs.runtime.cues import label_action
from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy
from hypothesis import given, settings
from hypothesis import strategies as st

TALK = (
    Message("user", "Hi there"),
    Message("assistant", "Hello, what brings you here?"),
    Message("user", "My manager blames me for everything that goes wrong in the shop."),
    Message("assistant", "Since when?"),
    Message("user", "Since spring. I dread every single morning."),
    Message("assistant", "Mm."),
    Message("user", "And nobody at home wants to hear about it any more."),
    Message("assistant", "Mm."),
    Message("user", "So here I am."),
)

SENTENCES = [
    ("open-question", "What has been weighing on you most today?"),
    ("open-question", "Could you tell me more about what happened?"),
    ("open-question", "What is it like for you at home these days?"),
    ("ask-what-is-wanted", "What would help you most right now, being heard or thinking it through together?"),
    ("ask-what-is-wanted", "Would you like some ideas, or would you rather just talk?"),
    ("clarifying-question", "How long have the two of you been together?"),
    ("clarifying-question", "When did he move out?"),
    ("safety-question", "Are you having thoughts of suicide?"),
    ("safety-question", "Are you safe at home right now?"),
    ("reflection-of-feelings", "I can hear how lonely that has left you."),
    ("reflection-of-feelings", "You must be feeling so torn right now."),
    ("reflection-of-feelings", "I can tell how frightened you are."),
    ("restatement", "So your manager cut your hours and then blamed you for it, is that right?"),
    ("restatement", "What I hear you saying is that the move was never your choice. Is that correct?"),
    ("validation", "It makes sense that you feel this way, anyone would after such a year."),
    ("validation", "That sounds really hard, and it's not your fault."),
    ("affirmation", "You are a strong person and you have already come so far."),
    ("affirmation", "I believe you will get through this, you can do it!"),
    ("shared-experience", "I went through a divorce myself a few years ago and I felt the same way."),
    ("shared-experience", "Other people who have been through this have told me that evenings were hardest."),
    ("information", "Grief usually comes in waves, and studies have shown that it rarely follows stages."),
    ("information", "Panic tends to peak within minutes, because the body can't keep up so much adrenaline."),
    ("reframing", "Another way to look at it is that he might be afraid too."),
    ("suggestion", "Maybe you could write her a short letter."),
    ("suggestion", "Have you tried going for a walk before bed?"),
    ("suggestion", "I would suggest talking to your teacher first."),
    ("collaborative-planning", "Let us make a plan together. We could start with one small step."),
    ("grounding", "Let's take a slow breath. Breathe in, hold your breath, and breathe out slowly."),
    ("grounding", "Put both feet on the floor and name five things you can see."),
    ("presence", "You are very welcome, take care!"),
    ("presence", "Thank you for talking with me, have a good night."),
    ("presence", "You don't have to decide anything tonight. I am here."),
    ("repair", "I'm sorry, I misunderstood you. I apologize for that."),
    ("repair", "I moved too quickly there, and I missed what you were telling me. I am sorry."),
    ("hand-over", "There is a hotline you can call at any hour, a crisis line with trained people."),
]


@pytest.mark.parametrize(("action", "text"), SENTENCES)
def test_plain_sentences_are_the_action_that_they_are(action: str, text: str) -> None:
    """A sentence that plainly does one thing is labelled as that action, with the cues that said so."""
    label = label_action(text, TALK)
    assert (label.action, label.strategy) == (action, taxonomy().strategy(action))
    assert label.cues
    assert 0 < label.confidence <= 1


def test_every_action_has_a_sentence_that_shows_it() -> None:
    """All 17 actions of the taxonomy can be told from words."""
    assert {action for action, _ in SENTENCES} == set(taxonomy().actions)


def test_the_question_that_ends_a_message_decides_over_the_sympathy_before_it() -> None:
    """Several sentences in one move: the dominating act is labelled."""
    assert label_action("I am sorry to hear that. When did he leave?", TALK).strategy == "Question"
    assert label_action("Oh no. Maybe you could call her, or try to write her a letter.", TALK).action == "suggestion"


def test_a_question_without_its_mark_is_a_question() -> None:
    """People leave the mark out."""
    assert label_action("how are you doing", TALK[:1]).strategy == "Question"


def test_the_seekers_words_coming_back_speak_for_a_restatement() -> None:
    """The same sentence is a restatement where the seeker has said so, and else is less sure of it."""
    text = "So your manager blames you for everything in the shop?"
    with_talk, alone = label_action(text, TALK[:4]), label_action(text, ())
    assert with_talk.action == "restatement"
    assert "many of the seeker's words come back" in with_talk.cues
    assert "many of the seeker's words come back" not in alone.cues


def test_typed_shorthand_reads_like_the_full_words() -> None:
    """Curly apostrophes, missing apostrophes and shorthand change nothing."""
    plain = label_action("I am sure you will be fine, you are doing your best", TALK)
    assert label_action("i’m sure youll be fine, u r doing ur best", TALK) == plain


@pytest.mark.parametrize("text", ["", " \n", "…", "???", "😀", "\x00\x1b[31m", "救命", "?" * 5_000, "a" * 100_000])
def test_odd_text_still_gets_a_label(text: str) -> None:
    """Nothing that can be typed breaks the labels."""
    assert label_action(text).action in taxonomy().actions


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=400),
    st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=80)), max_size=6),
)
def test_any_text_gets_a_known_label_and_always_the_same(text: str, before: list[tuple[str, str]]) -> None:
    """A label is a pure function of the message and the dialogue before it."""
    history = tuple(Message(role, content) for role, content in before)
    label = label_action(text, history)
    assert taxonomy().strategy(label.action) == label.strategy
    assert 0 < label.confidence <= 1
    assert label == label_action(text, list(history))


def test_labels_do_not_depend_on_the_hash_seed() -> None:
    """Two runs of Python agree, cues and their order included."""
    code = (
        "from escs.runtime.cues import label_action as l;"
        "print([l(t) for t in ('So you feel lost, is that right?', 'I know how hard it is, I lost my dog too!')])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
