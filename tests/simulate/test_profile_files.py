"""Profile files: forgiving where they can be, and every complaint names the line and what to write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from escs.evolve.simulate.profile_file import parse_profile
from escs.evolve.simulate.profile_set import set_complaints
from escs.evolve.simulate.profiles import SHIPPED, read_profiles, usable
from escs.runtime.errors import UsageError
from hypothesis import given
from hypothesis import strategies as st

GOOD = (SHIPPED / "gate" / "ingrid-keeps-the-key.md").read_text(encoding="utf-8")


def complaints(text: str | bytes, name: str = "ingrid-keeps-the-key") -> list[str]:
    """What is said of a file."""
    data = text.encode() if isinstance(text, str) else text
    return [str(each) for each in parse_profile(data, Path("gate") / f"{name}.md")[1]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("intention: empathy\n", ""), "no intention"),
        (GOOD.replace("temperament: passive", "temperament: choleric"), "`choleric` is not a temperament"),
        (GOOD.replace("- reframing: -3", "- reframing: -9"), "from -3 to +3"),
        (GOOD.replace("- suggestion: -2", "- sugestion: -2"), "Did you mean"),
        (GOOD.replace("## Opening", "## Openning"), "Did you mean `Opening`"),
        (GOOD.replace("- 0: We lived", "- We lived"), "with the trust it takes"),
        (GOOD.replace("intensity: 70", "intensity: high"), "no number from 0 to 100"),
        ("", "empty"),
        (GOOD.encode("utf-16"), "UTF-8"),
        (GOOD.replace("tags:", "trap: secrecy\ntags:"), "## Trap"),
    ],
)
def test_a_fault_is_named_with_what_to_write(text: str | bytes, said: str) -> None:
    """In one sentence with the line."""
    found = complaints(text)
    assert any(said in each for each in found), found
    assert all("md:" in each for each in found)


def test_a_good_file_is_not_complained_of() -> None:
    """Every part of it is read."""
    profile, found = parse_profile(GOOD.encode(), Path("gate/ingrid-keeps-the-key.md"))
    assert found == []
    assert profile is not None
    assert (profile.intention, profile.temperament, profile.split) == ("empathy", "passive", "gate")
    assert len(profile.discloses) == 10
    assert profile.lands[0].amount == 3


@given(st.binary(max_size=300), st.integers(0, len(GOOD)))
def test_no_file_is_a_crash(noise: bytes, place: int) -> None:
    """Whatever stands in it."""
    parse_profile(GOOD[:place].encode() + noise + GOOD[place:].encode(), Path("x.md"))


def test_two_of_one_name_and_none_at_all_are_usage_errors(tmp_path: Path) -> None:
    """The second file is named; an empty folder says so."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "ingrid-keeps-the-key.md").write_text(GOOD, encoding="utf-8")
    with pytest.raises(UsageError, match="already that of"):
        usable(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no profile"):
        usable(tmp_path / "empty")
    with pytest.raises(UsageError, match="no profiles at"):
        usable(tmp_path / "nowhere")


def test_the_shipped_profiles_are_in_order() -> None:
    """No complaint about a file or the set."""
    read = read_profiles(SHIPPED)
    assert [str(each) for each in (*read.complaints, *set_complaints(list(read.found.values())))] == []


def test_a_draft_of_a_new_profile_can_be_used(tmp_path: Path) -> None:
    """`escs profiles new` writes what `escs profiles lint` passes."""
    escs = [sys.executable, "-m", "escs.runtime", "profiles"]
    subprocess.run([*escs, "new", "tom-and-the-allotment", "--out", str(tmp_path)], check=True, capture_output=True)
    done = subprocess.run([*escs, "lint", str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, "0 errors" in done.stdout) == (0, True)
    again = subprocess.run(
        [*escs, "new", "tom-and-the-allotment", "--out", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
