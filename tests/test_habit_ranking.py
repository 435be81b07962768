"""What a human supporter would do next."""

from __future__ import annotations

from pathlib import Path

import pytest
from escs.evolve.discover.figures import Annotated, make_figures
from escs.runtime.errors import UsageError
from escs.runtime.figures import NONE, Figures, load
from escs.runtime.habit import habit, rank_actions
from escs.runtime.habit_file import PATH, parse
from escs.runtime.moment import moment
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.safety.risk import Level
from escs.runtime.state import Message, SeekerState
from escs.runtime.taxonomy import taxonomy
from hypothesis import given, settings
from hypothesis import strategies as st

SHIPPED = load(SHIPPED_BANK / "figures.toml")
OPENING = (Message("user", "hello"),)
LEAVING = (
    *(Message(role, text) for role, text in [("user", "I lost my flat."), ("assistant", "How did that happen?")] * 9),
    Message("user", "Thank you so much, that helped. Goodbye!"),
)
ASKING = (
    Message("user", "Hi. I lost my flat."),
    Message("assistant", "I am sorry to hear that. How did that happen?"),
    Message("user", "They sold the house."),
    Message("assistant", "That must be hard on you."),
    Message("user", "It is, and on the children too."),
    Message("assistant", "You are doing all you can for them."),
    Message("user", "I sleep on a sofa now, and the school is far away."),
    Message("assistant", "I can hear how tired you are."),
    Message("user", "What should I do? Do you have any advice for me?"),
)


def names(history: tuple[Message, ...], figures: Figures) -> list[str]:
    """The strategies in order."""
    return [name for name, _ in habit(history, figures).strategies]


@pytest.mark.parametrize("figures", [NONE, SHIPPED], ids=["rules", "figures"])
def test_people_ask_at_first_and_take_leave_at_last(figures: Figures) -> None:
    """After a greeting a question comes first, after a goodbye what counts as Others."""
    assert names(OPENING, figures)[0] == "Question"
    assert names(LEAVING, figures)[0] == "Others"


@pytest.mark.parametrize("figures", [NONE, SHIPPED], ids=["rules", "figures"])
def test_asked_for_advice_people_suggest(figures: Figures) -> None:
    """A plain request in the middle of a talk."""
    assert names(ASKING, figures)[0] == "Providing Suggestions"


def test_the_basis_is_said() -> None:
    """Without figures the hand-set rules rank, and the answer says so."""
    assert habit(OPENING, NONE).basis == "rules"
    assert habit(OPENING, SHIPPED).basis == "figures"
    why = rank_actions(OPENING, SeekerState(), NONE)[0][2]
    assert "no figures" in why


@pytest.mark.parametrize("figures", [NONE, SHIPPED], ids=["rules", "figures"])
def test_actions_follow_the_order_of_their_strategies(figures: Figures) -> None:
    """All 17 actions, and their distinct strategies in the ranking's order."""
    rows = rank_actions(ASKING, SeekerState(), figures)
    assert sorted(action for action, _, _ in rows) == sorted(taxonomy().actions)
    strategies = dict.fromkeys(taxonomy().strategy(action) for action, _, _ in rows)
    assert list(strategies) == names(ASKING, figures)
    scores = [score for _, score, _ in rows]
    assert scores == sorted(scores, reverse=True)
    assert all(why for _, _, why in rows)


def test_the_state_orders_the_actions_of_a_strategy() -> None:
    """At risk the safety question leads the questions; asked for people, handing over leads the information."""

    def first_of(strategy: str, state: SeekerState) -> str:
        rows = rank_actions(ASKING, state, NONE)
        return next(action for action, _, _ in rows if taxonomy().strategy(action) == strategy)

    assert first_of("Question", SeekerState(risk=Level.ELEVATED)) == "safety-question"
    assert first_of("Question", SeekerState(stage="exploration")) != "safety-question"
    assert first_of("Information", SeekerState(asked_for=frozenset({"people"}))) == "hand-over"
    assert first_of("Providing Suggestions", SeekerState(label="afraid", intensity=90)) == "grounding"
    declined = SeekerState(label="afraid", intensity=90, declined=frozenset({"breathing"}))
    assert first_of("Providing Suggestions", declined) != "grounding"


def test_earlier_strategies_are_inferred_from_the_text() -> None:
    """What the supporter just did is read off their words, and the last message of a run counts."""
    history = (
        *OPENING,
        Message("assistant", "Hello!"),
        Message("assistant", "Have you tried to talk to your teacher?"),
        Message("user", "No."),
    )
    shown = moment(history)
    assert (shown["turn"], shown["last"]) == ("2", "Providing Suggestions")
    assert shown["seeker: denies"] == "yes"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=60)), max_size=12))
def test_any_dialogue_gets_a_whole_ranking(said: list[tuple[str, str]]) -> None:
    """Eight shares that sum to 1, in order, with and without figures; the same again for the same dialogue."""
    history = [Message(role, text) for role, text in said]
    for figures in (NONE, SHIPPED):
        ranking = habit(history, figures)
        shares = [share for _, share in ranking.strategies]
        assert {name for name, _ in ranking.strategies} == set(taxonomy().strategies)
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1)
        assert ranking == habit(tuple(history), figures)


def test_figures_change_the_ranking() -> None:
    """Where people in the counted dialogues always shared their own story after a greeting, that comes first."""
    dialogue = Annotated((*OPENING, Message("assistant", "…")), ("", "Self-disclosure"))
    assert names(OPENING, make_figures([dialogue] * 40))[0] == "Self-disclosure"


def test_a_moment_that_was_never_counted_falls_back_on_what_was() -> None:
    """Values that the figures do not hold say nothing; the share of all turns remains."""
    dialogue = Annotated((*OPENING, Message("assistant", "…")), ("", "Information"))
    assert names(LEAVING, make_figures([dialogue] * 9))[0] == "Information"


RULE = '[formula]\nsmoothing = 20\n[factors]\n"turn" = 0.2\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[", "not valid TOML"),
        ("[factors]\n", "smoothing"),
        (RULE + '"moon" = 1\n', "moon"),
        (RULE + '"last" = "much"\n', "number"),
        (RULE + '[[rule]]\nname = "x"\nwhen = { rain = ["yes"] }\nadds = { "Question" = 1 }\n', "rain"),
        (RULE + '[[rule]]\nname = "x"\nwhen = { turn = ["1"] }\nadds = { "Hug" = 1 }\n', "Hug"),
        (RULE + '[[fit]]\naction = "hug"\nwhen = {}\npoints = 1\n', "hug"),
        (RULE + '[[fit]]\naction = "presence"\nwhen = { rain = ["yes"] }\npoints = 1\n', "rain"),
        (RULE + '[[fit]]\naction = "presence"\nwhen = { stage = "closing" }\npoints = 1\n', "list"),
    ],
)
def test_mistakes_in_the_rules_are_named(text: str, named: str) -> None:
    """One sentence with the file and the thing."""
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert named in str(caught.value)
    assert PATH.name in str(caught.value)


def test_a_changed_rule_is_followed(tmp_path: Path) -> None:
    """The rules are text that people change."""
    text = PATH.read_text(encoding="utf-8").replace("smoothing = 20", "smoothing = 7")
    assert parse(text, tmp_path / "habit.toml").smoothing == 7
