"""Writing a skill back: what was not meant to change does not, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from escs.runtime.bank.parse import parse_skill
from escs.runtime.bank.splice import edit_lines, edit_section, set_block, set_section, set_value
from escs.runtime.errors import BankError
from hypothesis import given
from hypothesis import strategies as st

TEXT = """\
---
# a person's comment
name: x
description: >
  Folded by hand,
  over two lines. Use when x.
metadata:
  action: presence   # kept
  conditions: |
    state: sad

    A sentence.
  risks: |
    One; sign: a; then: b
license: CC-BY-4.0
---
# X

## Say

- One.
- Two.

## Avoid

- Three.
"""
HERE = Path("x/SKILL.md")
LINE = (
    st.text(alphabet=st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=40)
    .map(str.strip)
    .filter(bool)
)


def _skill(text: str):  # type: ignore[no-untyped-def]
    skill, complaints = parse_skill(text.encode(), HERE)
    assert skill is not None, complaints
    return skill


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_setting_what_is_there_changes_nothing(end: str) -> None:
    """Writing back the same lines gives the same bytes, blank lines and comments included."""
    text = TEXT.replace("\n", end)
    assert set_block(text, "conditions", ["state: sad", "A sentence."]) == text
    assert set_section(text, "Say", "- One.\n- Two.") == text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_changed_block_leaves_every_other_line_alone(end: str) -> None:
    """Only the lines of the block differ; the line ends stay what they were."""
    text = TEXT.replace("\n", end)
    new = set_block(text, "conditions", ["state: hurt"])
    before, after = text.split(end), new.split(end)
    assert before[:8] == after[:8]
    assert before[12:] == after[10:]
    assert _skill(new).conditions[0].values == ("hurt",)


def test_a_new_block_joins_the_metadata() -> None:
    """A key that the skill did not have is added below `metadata:` and read back."""
    new = set_block(TEXT, "evidence", ["basis: author"])
    assert _skill(new).evidence == {"basis": "author"}
    assert new.replace("  evidence: |\n    basis: author\n", "") == TEXT


def test_one_line_is_replaced_in_its_place() -> None:
    """A phrasing is swapped where it stands, and one that is gone is named."""
    new = edit_section(TEXT, "Say", remove="- One.", add="- Uno.")
    assert _skill(new).say == ("Uno.", "Two.")
    assert new.replace("Uno", "One") == TEXT
    with pytest.raises(BankError, match="not there any more"):
        edit_section(TEXT, "Say", remove="- Gone.")


def test_values_are_quoted_for_every_reader() -> None:
    """A version is written as a string that no YAML reader takes for a number."""
    assert _skill(set_value(TEXT, "version", "12")).version == "12"
    assert 'version: "12"' in set_value(TEXT, "version", "12")


@given(st.lists(LINE, min_size=1, max_size=5))
def test_any_lines_come_back_as_written(items: list[str]) -> None:
    """Whatever text a line holds, the block that was written reads back the same."""
    new = set_block(TEXT, "conditions", items)
    assert [c.text for c in _skill(new).conditions] == items
    assert set_block(new, "conditions", items) == new


@given(LINE)
def test_adding_and_removing_a_line_is_the_same_file(line: str) -> None:
    """An added line taken out again leaves the bytes of before."""
    if any(existing.strip() == line for existing in TEXT.splitlines()):
        return
    assert edit_lines(edit_lines(TEXT, "conditions", add=line), "conditions", remove=line) == TEXT
