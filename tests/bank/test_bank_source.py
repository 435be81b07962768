"""Reading a SKILL.md: every fault is one complaint with its line, and nothing in a file is ever built or run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from escs.runtime.bank.lint import lint
from escs.runtime.bank.parse import parse_condition, parse_skill
from escs.runtime.bank.source import FILE_LIMIT
from hypothesis import given
from hypothesis import strategies as st

HERE = Path("bank/x/SKILL.md")


@pytest.mark.parametrize(
    ("data", "rule", "line"),
    [
        (b"", "empty-file", 1),
        (b"# Only a body\n", "no-frontmatter", 1),
        (b"---\nname: x\n", "unclosed", 1),
        (b"---\nname: x\nname: y\n---\n", "duplicate-key", 3),
        (b"---\nname: x\nmetadata:\n  action: a\n  action: b\n---\n", "duplicate-key", 5),
        (b"---\nname: x\nmetadata:\n\taction: a\n---\n", "yaml-tab", 4),
        (b"---\nname: x\ndescription: one: two\n---\n", "yaml-broken", 3),
        (b"---\nname: [x]\n---\n", "yaml-list", 2),
        (b"---\nname: x\nmetadata:\n  action:\n    deep: a\n---\n", "yaml-nested", 5),
        (b"---\na: &a lol\nb: *a\n---\n", "yaml-anchor", 2),
        (b"---\nname: !!python/object/apply:os.system [id]\n---\n", "yaml-tag", 2),
        (b"---\nname: x\n---\n\x00", "nul", 4),
        (b"---\nname: x\n---\n\nna\xefve", "not-utf8", 5),
        (b"---\nname: x\ndescription: " + b"y" * 9000 + b"\n---\n", "frontmatter-too-large", 1),
        (b"---\nname: x\n---\n" + b"y" * FILE_LIMIT, "file-too-large", 1),
        (b"---\ndescription: no name\n---\n", "no-name", 1),
    ],
)
def test_each_fault_is_one_complaint_with_its_line(data: bytes, rule: str, line: int) -> None:
    """A broken file gives no skill and one complaint that names the line and what to write."""
    skill, complaints = parse_skill(data, HERE)
    assert skill is None
    assert [(c.rule, c.line) for c in complaints] == [(rule, line)]
    assert complaints[0].mend
    assert str(complaints[0]).startswith(f"bank/x/SKILL.md:{line}: error:")


def test_a_billion_laughs_is_refused_before_it_grows() -> None:
    """An alias bomb is named at its first anchor and never expanded."""
    bomb = b'---\na: &a ["lol"]\n' + b"".join(
        b"%c: &%c [*%c,*%c]\n" % (98 + i, 98 + i, 97 + i, 97 + i) for i in range(20)
    )
    skill, complaints = parse_skill(bomb + b"---\n", HERE)
    assert skill is None
    assert complaints[0].rule == "yaml-anchor"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_marks_and_line_ends_are_forgiven(mark: str, end: str) -> None:
    """A BOM and Windows line ends do not keep a skill from being read; the BOM is mentioned."""
    text = mark + "---\nname: x\ndescription: d --- e\n---\n# X\n\n## Say\n\n- Hello there.\n".replace("\n", end)
    skill, complaints = parse_skill(text.encode(), HERE)
    assert skill is not None
    assert (skill.name, skill.description, skill.say) == ("x", "d --- e", ("Hello there.",))
    assert [c.rule for c in complaints] == (["bom"] if mark else [])


def test_conditions_carry_their_lines_and_what_the_machine_matches(
    tmp_path: Path, write_skill: Callable[..., Path]
) -> None:
    """Keys that the machine knows become matched conditions, `not:` negates, everything else is a sentence."""
    path = write_skill(
        tmp_path, "x", conditions=("state: sad, hurt", "Nobody has named it.", "not: intensity: 80-100", "not: Never.")
    )
    skill, _ = parse_skill(path.read_bytes(), path)
    assert skill is not None
    assert [(c.key, c.values, c.negated) for c in skill.conditions] == [
        ("state", ("sad", "hurt"), False),
        ("", (), False),
        ("intensity", ("80-100",), True),
        ("", (), True),
    ]
    lines = path.read_text().splitlines()
    assert all(lines[c.line - 1].strip() == c.text for c in skill.conditions)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_complained_of(data: bytes) -> None:
    """No file content makes reading fail: there is a skill, or a complaint."""
    skill, complaints = parse_skill(data, HERE)
    assert skill is not None or complaints


@given(st.text(max_size=300))
def test_any_frontmatter_is_read_or_complained_of(text: str) -> None:
    """The same with arbitrary text between the two lines, where YAML's own faults live."""
    skill, complaints = parse_skill(f"---\n{text}\n---\n".encode("utf-8", "surrogatepass"), HERE)
    assert skill is not None or complaints


@given(st.text(alphabet=st.characters(exclude_characters="\r\n"), max_size=80))
def test_any_line_is_a_condition(text: str) -> None:
    """Every line of `conditions` is kept as it was written."""
    assert parse_condition(text).text == text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("topic: family-conflict", "The keys are state, scenario, "),
        ("not: topic: family-conflict", "write it as a plain sentence if it is meant for people."),
        ("Stages: opening", "Did you mean `stage:`?"),
        ("They said it twice: once in tears.", ""),
        ("not: They want one thing: quiet.", ""),
    ],
)
def test_a_key_that_is_none_is_warned_of(
    write_skill: Callable[..., Path], tmp_path: Path, line: str, says: str
) -> None:
    """A single word before a colon looks like a key and is never matched; a sentence with a colon is a sentence."""
    path = write_skill(tmp_path, "first", conditions=("state: sad", line, "not: declined: questions"))
    found = [complaint for complaint in lint(path)[0] if complaint.rule == "unknown-condition"]
    assert [(c.line, c.severity) for c in found] == ([(10, "warning")] if says else [])
    assert all(says in complaint.mend for complaint in found)
