"""The offline seeker's feelings: what must hold for them, whoever plays the supporter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from escs.evolve.simulate.appraisal import Past, appraise, trust
from escs.evolve.simulate.heard import asks_after_danger, hear
from escs.evolve.simulate.profile import Profile
from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy
from hypothesis import given
from hypothesis import strategies as st
from people import CUED, TOM

OPENED = (Message("user", TOM.opening),)


def change(reply: str, profile: Profile = TOM, history: tuple[Message, ...] = OPENED, turn: int = 1) -> float:
    """The mean change over seeds."""
    heard = hear(history, reply)
    return sum(appraise(profile, heard, Past(turn, 40.0), seed).change for seed in range(40)) / 40


def for_one(intention: str) -> Profile:
    """Tom with another hidden intention, and nothing of his own about how moves land."""
    return replace(TOM, intention=intention, lands=())


def test_advice_is_for_those_who_hope_for_it() -> None:
    """The same sentence lifts one and hurts the other."""
    advice = "You could ask at the allotment office whether they have his number."
    assert change(advice, for_one("advice"), turn=4) > 2
    assert change(advice, for_one("listening"), turn=4) < change(advice, for_one("advice"), turn=4) - 5


@pytest.mark.parametrize("intention", sorted(taxonomy().intentions))
def test_brushing_aside_hurts_everybody(intention: str) -> None:
    """Whatever is hoped for."""
    assert change("Other people have it much worse, you know.", for_one(intention)) < -5


def test_taking_up_what_was_said_is_better_than_the_same_without() -> None:
    """The plot and the man, rather than anything."""
    near = "It matters to you that the man on the next plot stopped coming."
    assert change(near) > change("It matters to you that things have changed like this.")


def test_a_sentence_said_again_stops_working() -> None:
    """However good it was."""
    good = "It sounds as if you miss him."
    history = (*OPENED, Message("assistant", good), Message("user", "We never said much. Beans, mostly."))
    heard = hear(history, good)
    assert heard.repeats
    assert heard.actions == ()
    assert change(good, history=history, turn=2) < change(good)


@given(
    st.sampled_from(sorted(taxonomy().intentions)),
    st.sampled_from(sorted(taxonomy().temperaments)),
    st.integers(0, 10_000),
)
def test_asking_once_what_is_wanted_never_lowers_the_emotion(intention: str, temperament: str, seed: int) -> None:
    """Nor does a direct question about danger."""
    someone = replace(TOM, intention=intention, temperament=temperament, lands=())
    for reply in ("What would help most right now?", "Are you thinking of ending your life?"):
        assert appraise(someone, hear(OPENED, reply), Past(1, 20.0), seed).change >= 0


@given(st.text(max_size=400), st.integers(0, 50), st.floats(0, 100))
def test_any_reply_changes_the_emotion_within_bounds(reply: str, seed: int, emotion: float) -> None:
    """Whatever is said."""
    felt = appraise(CUED, hear(OPENED, reply), Past(3, emotion, cue=True), seed)
    assert -10 <= felt.change <= 10
    assert felt.why


@given(st.lists(st.floats(-10, 10), max_size=20))
def test_trust_stays_within_its_scale(changes: list[float]) -> None:
    """0 to 100."""
    assert 0 <= trust(TOM, changes) <= 100


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Are you thinking about suicide?", True),
        ("Do you have thoughts of killing yourself?", True),
        ("Are you safe right now?", True),
        ("Sometimes people think of ending it all. Is it like that for you?", False),
        ("What do you mean by tidy?", False),
        ("I hope you are not thinking of suicide.", False),
    ],
)
def test_what_counts_as_a_direct_question_about_danger(text: str, asks: bool) -> None:
    """A question that names it."""
    assert asks_after_danger(text) is asks
