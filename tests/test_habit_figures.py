"""A bank's figures: made, written, read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from escs.evolve.discover.figures import Annotated, make_figures, turns
from escs.runtime.errors import BankError, UsageError
from escs.runtime.figures import LARGEST, NONE, Figures, Provenance, dump, figures_of, load, parse
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.state import Message
from escs.runtime.taxonomy import taxonomy
from hypothesis import given, settings
from hypothesis import strategies as st

EIGHT = tuple(taxonomy().strategies)

TALK = Annotated(
    (
        Message("assistant", "Hello, how are you?"),
        Message("user", "Not well. My cat died."),
        Message("assistant", "I am so sorry."),
        Message("assistant", "How old was she?"),
        Message("user", "Twelve."),
        Message("assistant", "You must miss her."),
        Message("user", "I do."),
        Message("assistant", "Mm."),
    ),
    ("Question", "", "Reflection of feelings", "Question", "", "Affirmation and Reassurance", "", "unheard of"),
)

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
counts = st.integers(0, 10**9)


def tables(columns: int) -> st.SearchStrategy[dict[str, dict[str, tuple[int, ...]]]]:
    """Tables of counts with that many columns."""
    row = st.tuples(*[counts] * columns)
    return st.dictionaries(
        names.filter(lambda n: n not in ("strategies", "columns")), st.dictionaries(names, row), max_size=4
    )


@settings(max_examples=100, deadline=None)
@given(tables(8), tables(4), st.lists(names, min_size=1, max_size=3, unique=True), names, names)
def test_what_is_written_is_read_again(
    habit: dict[str, dict[str, tuple[int, ...]]],
    helped: dict[str, dict[str, tuple[int, ...]]],
    corpora: list[str],
    licence: str,
    command: str,
) -> None:
    """Any names and counts survive, and writing again gives the same bytes."""
    habit = {**habit, "all": {"turns": (1, *[0] * 7)}}
    figures = Figures(Provenance(tuple(corpora), 3, 9, licence, "t", command), EIGHT, habit, helped)
    text = dump(figures)
    assert parse(text) == figures
    assert dump(parse(text)) == text


def test_each_turn_after_the_seeker_counts_once_by_its_first_message() -> None:
    """Messages in a row are one turn; the opening words and unknown strategies are left out."""
    assert list(turns(TALK)) == [(2, "Reflection of feelings"), (5, "Affirmation and Reassurance")]
    figures = make_figures([TALK, TALK])
    assert sum(figures.habit["all"]["turns"]) == figures.provenance.turns == 4
    assert figures.provenance.dialogues == 2
    column = figures.strategies.index("Affirmation and Reassurance")
    assert figures.habit["moment & last"]["3 & Question"][column] == 2


def test_the_order_of_the_dialogues_does_not_matter() -> None:
    """The same dialogues give the same bytes."""
    other = Annotated(TALK.messages[1:], TALK.strategies[1:])
    assert dump(make_figures([TALK, other])) == dump(make_figures([other, TALK]))


def test_no_word_of_a_dialogue_gets_into_the_file() -> None:
    """Counts of labels only."""
    text = dump(make_figures([TALK]))
    assert not any(word in text for word in ("cat", "Twelve", "miss her"))


def test_without_turns_there_are_no_figures() -> None:
    """Dialogues without annotations are refused in one sentence."""
    with pytest.raises(UsageError, match="annotated"):
        make_figures([Annotated(TALK.messages, ("",) * 8)])


GOOD = dump(make_figures([TALK]))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("\x00", "TOML"),
        (GOOD[: len(GOOD) // 2] + "[[", "TOML"),
        ("", "format"),
        (GOOD.replace("format = 1", "format = 99"), "99"),
        (GOOD.replace("[provenance]", "[whence]"), "provenance"),
        (GOOD + "\n[extra]\n", "extra"),
        (GOOD.replace('"Question", ', ""), "strategies"),
        (GOOD.replace('strategies = ["Question"', 'strategies = ["Hug"'), "strategies"),
        (GOOD.replace("= [0, 0,", "= [0, -1,"), "whole numbers"),
        (GOOD.replace("= [0, 0,", "= [0, 0.5,"), "whole numbers"),
        (GOOD.replace("= [0, 0,", "= [0,"), "8 numbers"),
        (GOOD.replace('"turns" = ', '"other" = '), "turns"),
        (GOOD + "\n[help]\n", "columns"),
        (GOOD.replace("corpora = [", "corpora = 3 #"), "corpora"),
        (GOOD.replace("dialogues = 1", 'dialogues = "many"'), "whole numbers"),
    ],
)
def test_a_file_that_holds_something_else_is_refused_in_one_sentence(tmp_path: Path, text: str, named: str) -> None:
    """What is wrong, where, and how to mend it."""
    path = tmp_path / "figures.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BankError) as caught:
        load(path)
    said = str(caught.value)
    assert named in said
    assert "figures.toml" in said
    assert "delete" in said


def test_bytes_that_are_no_text_and_files_too_large_are_refused(tmp_path: Path) -> None:
    """Both before anything is parsed."""
    path = tmp_path / "figures.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BankError, match="UTF-8"):
        load(path)
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(BankError, match="KB"):
        load(path)


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    """One sentence, no traceback of the system's."""
    (tmp_path / "figures.toml").mkdir()
    with pytest.raises(BankError, match="cannot be read"):
        load(tmp_path / "figures.toml")


def test_a_bank_without_the_file_has_no_figures(tmp_path: Path) -> None:
    """The hand-set rules stand in."""
    assert figures_of(tmp_path) is NONE
    assert load(tmp_path / "figures.toml").empty


def test_a_changed_file_is_seen(tmp_path: Path) -> None:
    """Made again while the program runs, the new figures count."""
    path = tmp_path / "figures.toml"
    path.write_text(GOOD, encoding="utf-8")
    before = figures_of(tmp_path)
    path.write_text(dump(make_figures([TALK, TALK])), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert figures_of(tmp_path) != before


def test_the_shipped_figures_are_small_and_say_where_they_come_from() -> None:
    """Provenance, licence and the command, in at most 60 KB; written by this very program."""
    path = SHIPPED_BANK / "figures.toml"
    figures = load(path)
    assert path.stat().st_size <= 60_000
    assert figures.provenance.dialogues > 0
    assert "CC BY-NC" in figures.provenance.licence
    assert "escs discover" in figures.provenance.command
    assert dump(figures) == path.read_text(encoding="utf-8")
