"""Opening a bank and keeping up with it: the files are the truth, the index only remembers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from escs.runtime.bank.bank import Bank
from escs.runtime.bank.news import news
from escs.runtime.errors import BankError

Writer = Callable[..., Path]


@pytest.fixture
def bank(tmp_path: Path, write_skill: Writer) -> Path:
    """A bank of three skills."""
    root = tmp_path / "bank"
    for name in ("first", "second", "third"):
        write_skill(root, name)
    return root


@pytest.mark.parametrize("cached", [True, False])
def test_a_changed_file_is_seen_at_the_next_look(bank: Path, write_skill: Writer, cached: bool) -> None:
    """An edit, a new skill and a removed one are each seen without opening the bank again."""
    opened = Bank(bank, cached=cached)
    assert set(opened.entries) == {"first", "second", "third"}
    path = bank / "first" / "SKILL.md"
    path.write_text(path.read_text().replace("state: sad", "state: hurt"))
    assert opened.refresh()
    assert opened.entries["first"].conditions[0].values == ("hurt",)
    write_skill(bank, "fourth", description="About an umbrella. Use when it rains.")
    opened.refresh()
    assert "fourth" in opened.search(["umbrella"])
    shutil.rmtree(bank / "fourth")
    opened.refresh()
    assert "fourth" not in opened.entries
    assert opened.search(["umbrella"]) == {}


def test_an_edit_within_one_tick_of_the_clock_is_seen(bank: Path) -> None:
    """Same size, same times: a file that was changed again right after it was read is read again."""
    opened = Bank(bank)
    path = bank / "first" / "SKILL.md"
    found = path.stat()
    path.write_text(path.read_text().replace("state: sad", "state: hurt").replace("hurt", "numb", 1))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    opened.refresh()
    assert opened.entries["first"].conditions[0].values == ("numb",)


def test_a_second_opening_parses_nothing(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index answers for files that have not changed, whole skills included."""
    for path in bank.rglob("SKILL.md"):
        os.utime(path, (1, 1))
    monkeypatch.setattr("escs.runtime.bank.bank._RACY", -1)
    whole = Bank(bank).load("first")
    monkeypatch.setattr("escs.runtime.bank.parse.parse_skill", lambda *_: pytest.fail("a file was parsed again"))
    again = Bank(bank)
    assert set(again.entries) == {"first", "second", "third"}
    assert again.load("first") == whole


@pytest.mark.parametrize("damage", [b"", b"not a database" * 100])
def test_a_damaged_index_is_made_anew(bank: Path, own_folders: Path, damage: bytes) -> None:
    """The cache can be emptied or overwritten at any time and nothing is lost."""
    Bank(bank).close()
    (index,) = (own_folders / "cache" / "banks").glob("*.sqlite")
    index.write_bytes(damage)
    assert set(Bank(bank).entries) == {"first", "second", "third"}


def test_without_a_cache_folder_the_index_is_in_memory(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that cannot be written costs time and nothing else."""
    monkeypatch.setenv("ESCS_CACHE_DIR", "/dev/null/nowhere")
    assert set(Bank(bank).entries) == {"first", "second", "third"}


def test_a_broken_edit_keeps_the_last_good_version(bank: Path) -> None:
    """Half-saved text is complained of with its line; the conversation goes on with what was good."""
    opened = Bank(bank)
    path = bank / "first" / "SKILL.md"
    good = path.read_text()
    path.write_text("---\nname: first\ndescription: [half\n")
    opened.refresh()
    assert "first" in opened.entries
    assert any(c.path == path for c in opened.complaints)
    assert opened.load("first").say
    path.write_text(good)
    opened.refresh()
    assert opened.complaints == []


def test_two_skills_of_one_name(bank: Path, write_skill: Writer) -> None:
    """The first folder's skill is used, and the other is named in the complaint."""
    text = (bank / "first" / "SKILL.md").read_text().replace("name: first", "name: second")
    (bank / "first" / "SKILL.md").write_text(text)
    opened = Bank(bank)
    assert opened.entries["second"].folder == "first"
    assert [c.rule for c in opened.complaints] == ["name-twice"]


def test_links_that_lead_out_are_never_read(bank: Path, tmp_path: Path, write_skill: Writer) -> None:
    """A folder link and a file link out of the bank are refused; a link inside it is followed."""
    outside = write_skill(tmp_path / "elsewhere", "secret")
    (bank / "linked-folder").symlink_to(outside.parent)
    (bank / "linked-file").mkdir()
    (bank / "linked-file" / "SKILL.md").symlink_to(outside)
    opened = Bank(bank)
    assert "secret" not in opened.entries
    assert sorted(c.rule for c in opened.complaints) == ["leads-out", "leads-out"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_without_read_permission_is_named(bank: Path) -> None:
    """An unreadable skill is complained of, and the others are used."""
    (bank / "first" / "SKILL.md").chmod(0)
    opened = Bank(bank)
    assert set(opened.entries) == {"second", "third"}
    assert [c.rule for c in opened.complaints] == ["unreadable"]


def test_what_is_no_bank_is_said_in_one_sentence(tmp_path: Path) -> None:
    """A missing folder and a file each end in one sentence that names the way out."""
    with pytest.raises(BankError, match="There is no bank at"):
        Bank(tmp_path / "none")
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(BankError, match="a bank is a folder"):
        Bank(file)


def test_a_special_file_does_not_hang(bank: Path) -> None:
    """A named pipe in the place of a SKILL.md is complained of, never opened."""
    (bank / "pipe").mkdir()
    os.mkfifo(bank / "pipe" / "SKILL.md")
    assert [c.rule for c in Bank(bank).complaints] == ["not-a-file"]


def test_a_file_that_is_broken_at_the_opening_is_left_out_and_named(bank: Path) -> None:
    """What the index remembers of a broken file is not used; whoever opened the bank before goes on with it."""
    before = Bank(bank)
    path = bank / "first" / "SKILL.md"
    path.write_text(path.read_text().replace("description: ", "description: x: ", 1))
    opened = Bank(bank)
    assert set(opened.entries) == {"second", "third"}
    assert [(c.rule, c.path, c.severity) for c in opened.complaints] == [("yaml-broken", path, "error")]
    before.refresh()
    assert before.load("first").say


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("state: sad", "state: sadd", "error: 'sadd' is not a value of `state`. Did you mean `sad`?"),
        ("{{ topic }}", "{{ topik }}", "error: `{{ topik }}` is not a slot. Did you mean `{{ topic }}`?"),
        ("## Say", "## Sey", "warning: `## Sey` is not a heading that the program reads. Did you mean `## Say`?"),
        ("description: ", "description: x: ", "error: The frontmatter cannot be read here"),
    ],
)
def test_an_edit_that_lint_would_refuse_is_told_once_in_one_line(bank: Path, old: str, new: str, says: str) -> None:
    """The changed file's first fault, and no word of other files; nothing more at the next look."""
    other = bank / "second" / "SKILL.md"
    other.write_text(other.read_text().replace("state: sad", "state: happpy"))
    opened = Bank(bank)
    path = bank / "first" / "SKILL.md"
    path.write_text(path.read_text().replace(old, new, 1))
    opened.refresh()
    (line,) = news(opened)
    assert line.startswith(f"{path}:")
    assert says in line
    assert "\n" not in line
    opened.refresh()
    assert list(news(opened)) == []
