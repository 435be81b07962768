"""Weighed phrases: what they add to the rules, what they never do, and that anybody can change them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from escs.runtime.errors import UsageError
from escs.runtime.safety import weighed
from escs.runtime.safety.risk import Level
from escs.runtime.safety.rulebook import KINDS
from escs.runtime.safety.screen import screen
from escs.runtime.safety.watch import Watch
from hypothesis import example, given, settings
from hypothesis import strategies as st

CASES = Path(__file__).parent / "cases"


def rows(name: str) -> list[dict[str, str]]:
    """The messages of a file."""
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def test_the_table_can_be_read_by_a_person() -> None:
    """Every phrase has one to three plain words and stands under a kind of danger, or against it."""
    table = weighed.table()
    assert 500 < len(table.phrases) < 6_000
    assert {kind for _, _, kind in table.phrases} <= KINDS | {weighed.AGAINST}
    assert all((weight < 0) == (kind == weighed.AGAINST) for _, weight, kind in table.phrases)
    assert 0 < table.enough < table.grave


def test_on_messages_kept_aside_it_finds_more_than_the_rules() -> None:
    """Floors a little below what was measured (docs/safety.md): a change that loses this much should be looked at."""
    some = rows("screen_aside.jsonl")
    seen = [screen(row["text"], by_ear=False).level for row in some]
    danger = [level for row, level in zip(some, seen, strict=True) if row["level"] == "crisis"]
    calm = [level for row, level in zip(some, seen, strict=True) if row["level"] == "none"]
    assert sum(level >= Level.ELEVATED for level in danger) / len(danger) > 0.59
    assert sum(level >= Level.ELEVATED for level in calm) / len(calm) < 0.18


def test_weight_does_not_add_up_to_a_crisis() -> None:
    """Several turns in a row that weight raised stay elevated: a crisis does not fall, and words alone are weak evidence."""
    by_weight = [
        text
        for text in (row["text"] for row in (*rows("screen_aside.jsonl"), *rows("screen_unseen.jsonl")))
        if screen(text, by_ear=False).level == Level.ELEVATED
        and screen(text, by_weight=False, by_ear=False).level == Level.NONE
    ]
    assert len(by_weight) > 20
    watch = Watch()
    for text in by_weight:
        watch = watch.after(screen(text, by_ear=False))
        assert watch.level == Level.ELEVATED
    for text in by_weight[:3]:  # with a model that sees danger in them too, they do add up
        watch = watch.after(screen(text, by_ear=False), model_level=Level.ELEVATED)
    assert watch.level == Level.CRISIS


def test_the_heaviest_passages_are_a_crisis_in_short_texts_alone() -> None:
    """One that is a crisis by its weight is elevated at most where it stands in a long text: heavy words meet there by chance."""
    heavy = [
        text
        for text in (row["text"] for row in (*rows("screen_aside.jsonl"), *rows("screen_unseen.jsonl")))
        if screen(text, by_ear=False).level == Level.CRISIS
        and screen(text, by_weight=False, by_ear=False).level < Level.CRISIS
    ]
    assert len(heavy) > 10
    long = "We went to the market on Saturday and bought apples, bread and a lamp for the kitchen. " * 4
    for text in heavy[:20]:
        seen = screen(f"{text} {long}", by_ear=False)
        assert all(sign.level < Level.CRISIS for sign in seen.signs if sign.rule == "weighed-phrases")


def test_nothing_kept_aside_was_learned_from() -> None:
    """The sets that measure it and the one that it learned from share no message."""
    learned = {row["text"] for name in ("phrases_train", "phrases_more") for row in rows(f"{name}.jsonl")}
    aside = ("screen_aside", "screen_held_out", "screen_unseen")
    assert not learned & {row["text"] for name in aside for row in rows(f"{name}.jsonl")}


def test_what_was_seen_is_said() -> None:
    """A sign by weight names its phrases and its weight, so that a person can find the lines that decided."""
    found = [
        sign
        for row in rows("screen_aside.jsonl")
        for sign in screen(row["text"], by_ear=False).signs
        if sign.rule == "weighed-phrases"
    ]
    assert len(found) > 20
    assert all("“" in sign.matched and "weigh" in sign.why and sign.kind in KINDS for sign in found)


@pytest.mark.parametrize(
    "text",
    [
        "My brother died by suicide last year and I miss him every day.",
        "I keep having these horrible unwanted thoughts of dropping the baby, I would never, it terrifies me.",
        "I'm not suicidal, I'm just exhausted by this job.",
        "I could murder a pizza and then sleep for a week.",
    ],
)
def test_it_stands_back_where_the_rules_know(text: str) -> None:
    """Bereavement, intrusive thoughts, denials and figures of speech are not made a crisis by the weight of their words."""
    assert screen(text, by_ear=False).level < Level.CRISIS


@given(st.text(max_size=400))
@example("x² ٣٣ ④ 12³")
def test_any_text_has_a_weight(text: str) -> None:
    """No text breaks it, and the same text weighs the same again."""
    assert screen(text, by_ear=False) == screen(text, by_ear=False)
    assert weighed.heaviest(text.lower().split()) == weighed.heaviest(text.lower().split())


@given(
    st.lists(st.sampled_from(["i", "want", "to", "go", ".", ",", "?", "it", "over", "12", "40", "zzz"]), max_size=120)
)
def test_a_passage_weighs_what_its_phrases_sum_to(words: list[str]) -> None:
    """The short way gives what adding up every passage gives."""
    table = weighed.Weighed(1, 9, -0.5, (("i want", 2.0, "self-harm"), ("go", 1.5, "abuse-now"), ("it", -1.0, weighed.AGAINST), (". i want", 0.5, "self-harm"), ("want to go", 3.0, "psychosis"), ("#", 0.7, "overdose")))  # fmt: skip
    said = weighed.words_of(words)
    starts = [0]
    for place in range(1, len(said) - 1):
        if said[place] == "." or place - starts[-1] >= weighed.MOST_WORDS:
            starts.append(place)
    starts.append(max(1, len(said) - 1))
    sums = []
    for first in range(len(starts) - 1):
        for last in range(first + 1, min(len(starts), first + 1 + weighed.SENTENCES)):
            part = f" {' '.join(said[starts[first] : starts[last] + 1])} "
            total = sum(weight for phrase, weight, _ in table.phrases if f" {phrase} " in part)
            sums.append(table.start + total / (starts[last] - starts[first] + weighed.SHORT) ** 0.5)
    assert weighed.heaviest(words, table).weight == pytest.approx(max(sums))


def test_a_broken_table_is_one_sentence(tmp_path: Path) -> None:
    """What, where, and why."""
    for text in (
        "[table]\nenough = 1",
        "[table]\nenough=1\ngrave=2\nstart=0\n[self-harm]\n'a b c d' = 1",
        "][",
        "table = 1",
    ):
        file = tmp_path / f"{abs(hash(text))}.toml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match="not a table of weighed phrases"):
            weighed.table(file)


@given(
    st.lists(
        st.sampled_from([*"i my . , ! never was".split(), "exist", "forever", "alive", "good", "thanks"]), max_size=150
    )
)
@settings(max_examples=60, deadline=None)
def test_passages_that_are_too_light_change_nothing(words: list[str]) -> None:
    """Asked for nothing lighter than its heaviest passage, a text gives that one; asked for something heavier, none."""
    heaviest = weighed.heaviest(words)
    assert weighed.heaviest(words, least=heaviest.weight) == heaviest
    assert weighed.heaviest(words, least=heaviest.weight + 0.01).weight == float("-inf")


def test_a_kind_is_asked_about_only_where_most_of_the_weight_speaks_of_it() -> None:
    """A heap of phrases from all over says that something is wrong, and not what."""
    phrases = (("cold", 3.0, "eating-danger"), ("alone", 2.0, "abuse-now"), ("dark", 2.0, "self-harm"))
    mixed = weighed.Weighed(1.0, 9.0, 0.0, phrases)
    passage = weighed.heaviest("it is cold and dark and i am alone".split(), mixed)
    assert passage.kind == "eating-danger"
    assert passage.share == pytest.approx(3 / 7)
    assert weighed.heaviest("it is cold".split(), mixed).share == 1


def test_long_talk_needs_more_weight() -> None:
    """What weighs just enough in a short message is met by chance in a long one."""
    some = [row["text"] for row in rows("phrases_train.jsonl") if row["level"] == "crisis"][:300]
    plain = " ".join(["We went to the shop and bought bread and milk for the week."] * 12)
    short = [text for text in some if any(sign.rule == "weighed-phrases" for sign in screen(text, by_ear=False).signs)]
    long = [
        text
        for text in short
        if any(sign.rule == "weighed-phrases" for sign in screen(f"{text} {plain}", by_ear=False).signs)
    ]
    assert 0 < len(long) < len(short)
