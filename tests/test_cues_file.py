"""The file of cues: readable, changeable, and clear about what is wrong in it."""

from __future__ import annotations

import pytest
from escs.runtime.cue_file import FACTS, PATH, cues, parse
from escs.runtime.cues import weigh
from escs.runtime.errors import UsageError
from escs.runtime.shape import Before
from escs.runtime.taxonomy import taxonomy

START = '[start]\n"Others" = 1\n'


def cue(body: str) -> str:
    """A file with one cue."""
    return f'version = "1"\n{START}[[cue]]\n{body}'


def test_an_added_cue_is_followed() -> None:
    """Somebody adds a phrase for an action, and messages with it become that action."""
    text = PATH.read_text(encoding="utf-8")
    added = '[[cue]]\nname = "a new one"\nadds = { "grounding" = 20 }\nphrases = """\nthe river ... stones\n"""\n'
    changed = parse(text.replace("[[cue]]", added + "\n[[cue]]", 1))
    weighed = weigh("Picture the river and its stones.", Before(), changed)
    assert max(weighed.actions, key=weighed.actions.__getitem__) == "grounding"
    assert ("a new one", "grounding", 20) in weighed.spoke


def test_a_cue_counts_once_a_message() -> None:
    """Saying a phrase three times gives its points once."""
    using = parse(cue('name = "x"\nadds = { "presence" = 2 }\nphrases = "hello"\n'))
    assert weigh("Hello hello hello", Before(), using).actions["presence"] == 2


def test_points_for_an_action_count_for_its_strategy() -> None:
    """An action is one way of doing its strategy."""
    using = parse(cue('name = "x"\nadds = { "grounding" = 3 }\nphrases = "breathe"\n'))
    assert weigh("Breathe.", Before(), using).strategies["Providing Suggestions"] == 3


def test_facts_in_when_must_all_hold() -> None:
    """`not` turns a fact round."""
    using = parse(cue('name = "x"\nadds = { "presence" = 2 }\nwhen = ["first-words", "not question"]\n'))
    assert weigh("Hello.", Before(), using).actions["presence"] == 2
    assert weigh("Hello?", Before(), using).actions["presence"] == 0
    assert weigh("Hello.", Before(place=9), using).actions["presence"] == 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("version = ", "not valid TOML"),
        (cue('adds = { "presence" = 1 }\nphrases = "hi"\n'), "needs a name"),
        (cue('name = "x"\nphrases = "hi"\n'), "needs points"),
        (cue('name = "x"\nadds = { "hugs" = 1 }\nphrases = "hi"\n'), "hugs"),
        (cue('name = "x"\nadds = { "presence" = 1.5 }\nphrases = "hi"\n'), "whole number"),
        (cue('name = "x"\nadds = { "presence" = 1 }\nwhen = ["rainy"]\n'), "rainy"),
        (cue('name = "x"\nadds = { "presence" = 1 }\n'), "needs phrases"),
        (cue('name = "x"\nadds = { "presence" = 1 }\nphrases = "my {cat}"\n'), "{cat}"),
        (cue('name = "x"\nadds = { "presence" = 1 }\nphrases = ["hi"]\n'), "one a line"),
        (cue('name = "x"\nadds = { "presence" = 1 }\nphrases = "[very]"\n'), "no word"),
        (cue('name = "x"\nadds = { "presence" = 1 }\nphrases = "hi"\n') * 2, "not valid TOML"),
        ('version = "1"\n[[cue]]\nname = "x"\nadds = { "presence" = 1 }\nphrases = "hi"\n', "[start]"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_sentence(text: str, named: str) -> None:
    """Every complaint names the file and the thing."""
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert named in str(caught.value)
    assert "cues.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_shipped_points_are_few_round_numbers() -> None:
    """Set by hand: whole numbers, none beyond 20, and no more different ones than people can keep in mind."""
    points = {value for one in cues().cues for _, value in one.points}
    assert all(isinstance(value, int) for value in points)
    assert len({abs(value) for value in points}) <= 14


def test_every_strategy_and_action_has_a_cue_of_its_own() -> None:
    """No label can be reached only by accident."""
    named = {name for one in cues().cues for name, value in one.points if value > 0}
    # `information`, `suggestion` and `clarifying-question` lead their strategies where nothing else speaks.
    assert set(taxonomy().actions) - named <= {"suggestion"}
    assert set(taxonomy().strategies) - named <= set()


def test_the_facts_that_cues_ask_for_are_known_and_used() -> None:
    """The list of facts holds no leftovers."""
    used = {name for one in cues().cues for name, _ in one.when}
    assert used <= FACTS
    assert FACTS - used <= {"medium", "tiny"}
