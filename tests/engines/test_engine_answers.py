"""Typed answers: closed schemas, lenient reading, strict checking; nothing a model says is more than a complaint."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field

import pytest
from escs.runtime.engines.answers import OutOfBoundsError, first_object, instruction, parse, schema, server_schema
from escs.runtime.errors import AnswerInvalid
from escs.runtime.read_state import StateAnswer
from escs.runtime.taxonomy import taxonomy
from hypothesis import given
from hypothesis import strategies as st


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer with one field of each kind."""

    mood: str = field(metadata={"choices": ("calm", "very-upset"), "empty": True})
    risk: str = field(metadata={"choices": ("none", "crisis")})
    change: int = field(metadata={"ge": -10, "le": 10})
    why: str = field(metadata={"max_length": 20})
    tags: tuple[str, ...] = field(metadata={"choices": ("a", "b"), "max_items": 2})
    notes: tuple[str, ...]
    sure: bool = False


GOOD = {"mood": "calm", "risk": "none", "change": 3, "why": "so", "tags": ["a"], "notes": ["x"], "sure": True}


def test_an_answer_is_read_back_as_its_own_type() -> None:
    """Lists become tuples, everything else is as it was said."""
    assert parse(Verdict, json.dumps(GOOD)) == Verdict("calm", "none", 3, "so", ("a",), ("x",), True)


def test_the_schema_is_closed_and_bounded() -> None:
    """No other keys, every key required, bounds for a grammar, none for a server that does not take them."""
    made = schema(Verdict)
    assert made["additionalProperties"] is False
    assert set(made["required"]) == set(GOOD)
    assert made["properties"]["change"]["minimum"] == -10
    assert made["properties"]["mood"]["enum"] == ["", "calm", "very-upset"]
    assert "" not in made["properties"]["risk"]["enum"]
    plain = json.dumps(server_schema(Verdict))
    assert not any(word in plain for word in ("minimum", "maximum", "maxLength", "maxItems"))
    assert json.dumps(made) in instruction(Verdict)


@pytest.mark.parametrize(
    "wrong",
    [{"change": 11}, {"change": -11}, {"why": "x" * 21}, {"tags": ["a", "b", "a"]}],
)
def test_bounds_are_checked_on_every_answer(wrong: dict[str, object]) -> None:
    """A number or a length out of bounds is told apart from an answer of the wrong form."""
    with pytest.raises(OutOfBoundsError):
        parse(Verdict, json.dumps(GOOD | wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"risk": ""},
        {"risk": None},
        {"risk": "maybe"},
        {"change": "lots"},
        {"change": 3.5},
        {"tags": "a"},
        {"notes": [1]},
    ],
)
def test_a_wrong_form_is_refused(wrong: dict[str, object]) -> None:
    """Where a word must be said, nothing is not a word; types and closed sets hold."""
    with pytest.raises(AnswerInvalid) as caught:
        parse(Verdict, json.dumps(GOOD | wrong))
    assert not isinstance(caught.value, OutOfBoundsError)
    assert next(iter(wrong)) in str(caught.value)


def test_words_are_taken_whatever_their_spelling() -> None:
    """Capitals, spaces and underscores do not matter, and null is nothing where nothing may be said."""
    assert parse(Verdict, json.dumps(GOOD | {"mood": "Very Upset", "risk": "CRISIS"})).mood == "very-upset"
    assert parse(Verdict, json.dumps(GOOD | {"mood": None})).mood == ""


@pytest.mark.parametrize("around", ["{}", "Sure! ```json\n{}\n```", "I think {{this}} fits: {} or {{}}", "{{broken {}"])
def test_the_first_object_is_found_in_any_text(around: str) -> None:
    """Talk, fences and stray brackets around the object do no harm."""
    text = around.replace("{}", json.dumps(GOOD), 1).replace("{{", "{").replace("}}", "}")
    assert first_object(text) == GOOD


@given(st.text(alphabet=st.one_of(st.sampled_from('{}[]":,\\ \n0ae'), st.characters()), max_size=300))
def test_any_text_is_an_answer_or_a_complaint(text: str) -> None:
    """Whatever a model says, the outcome is an answer or one error of ours."""
    with suppress(AnswerInvalid):
        assert isinstance(parse(StateAnswer, text), StateAnswer)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_values_are_an_answer_or_a_complaint(value: object) -> None:
    """The same for objects with the right keys and anything in them."""
    with suppress(AnswerInvalid):
        parse(StateAnswer, json.dumps(dict.fromkeys(StateAnswer.__dataclass_fields__, value)))


def test_deep_nesting_is_a_complaint() -> None:
    """A hundred thousand brackets are no answer and no crash."""
    with pytest.raises(AnswerInvalid):
        parse(Verdict, '{"a":' * 100_000)


def test_every_label_of_the_taxonomy_can_be_answered() -> None:
    """The closed sets of `read-state` are those of the taxonomy file."""
    made = schema(StateAnswer)["properties"]
    assert made["label"]["enum"] == ["", *taxonomy().states]
    assert made["stage"]["enum"] == [*taxonomy().stages]
    answer = StateAnswer("", 0, "", next(iter(taxonomy().stages)), (), (), False, False, "none", ())
    assert parse(StateAnswer, json.dumps(asdict(answer))) == answer
