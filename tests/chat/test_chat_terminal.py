"""The chat on a real terminal: first screen, turns, commands, pasting, leaving, colours, and nothing left behind."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from chat_terminal import Terminal
from escs.runtime.bank.bank import Bank
from escs.runtime.paths import SHIPPED_BANK

CHAT = [sys.executable, "-m", "escs.runtime", "chat", "--engine", "offline", "--country", "GB"]


def test_the_first_screen_says_what_this_is() -> None:
    """An AI and not a therapist, where the words go, what is kept, where help is: all before the first prompt."""
    with Terminal(CHAT) as terminal:
        shown = " ".join(terminal.wait("you>").split())
        assert "I am an AI program" in shown
        assert "not a therapist" in shown
        assert "stay on this computer" in shown
        assert "not kept, unless you ask" in shown
        assert "999" in shown


def test_a_conversation_with_commands() -> None:
    """Turns are answered with a quiet line of skills; commands explain and steer; Ctrl-D leaves with code 0."""
    with Terminal(CHAT) as terminal:
        terminal.wait("you>")
        terminal.type("My brother forgot my birthday and I feel hurt\r")
        terminal.wait("[")
        terminal.wait("you>")
        terminal.type("/why\r")
        terminal.wait("answered by: offline")
        terminal.type("/pin keep-quiet-company\r")
        terminal.wait("is loaded at every turn")
        terminal.type("/off ask-about-suicide\r")
        terminal.wait("cannot be turned off")
        terminal.type("/state\r")
        terminal.wait("risk: none")
        terminal.type("/whyy\r")
        terminal.wait("Did you mean /why?")
        terminal.type("/crisis\r")
        terminal.wait("999")
        terminal.wait("you>")
        terminal.type("\x04")
        assert terminal.left() == 0
        assert "Nothing of this conversation was kept" in terminal.text


def test_pasted_paragraphs_are_one_turn() -> None:
    """A paste with blank lines is answered once, when Enter is pressed."""
    with Terminal(CHAT) as terminal:
        terminal.wait("you>")
        terminal.paste("It began in May.\n\nThen my mother fell ill.")
        terminal.wait("fell ill")
        terminal.type("\r")
        terminal.wait("[")
        terminal.wait("you>")
        terminal.type("/edit\r")
        terminal.wait("edit>")
        text = terminal.wait("Then my mother fell ill.")
        assert "It began in May." in text


def test_undo_and_retry() -> None:
    """`/undo` takes the last turn back, and `/retry` answers it in other words."""
    with Terminal(CHAT) as terminal:
        terminal.wait("you>")
        terminal.type("/undo\r")
        terminal.wait("nothing to take back")
        terminal.type("I cannot stop thinking about the interview\r")
        terminal.wait("[")
        terminal.wait("you>")
        first = terminal.text
        terminal.type("/retry\r")
        terminal.wait("[")
        terminal.wait("you>")
        again = terminal.text[len(first) :]
        words = [line for line in again.splitlines() if len(line.split()) > 4]
        assert words
        assert not any(line in first for line in words)
        terminal.type("/undo\r")
        terminal.wait("taken back")


@pytest.mark.parametrize("way", ["--no-color", "NO_COLOR"])
def test_no_colour_means_no_colour_bytes(way: str) -> None:
    """Neither the prompt nor a reply sends a colour when the person does not want any."""
    arguments = [*CHAT, "--no-color"] if way == "--no-color" else CHAT
    env = {"NO_COLOR": "1"} if way == "NO_COLOR" else {}
    with Terminal(arguments, env=env) as terminal:
        terminal.wait("you>")
        terminal.type("I am so tired of all this paperwork\r")
        terminal.wait("[")
        terminal.wait("you>")
        codes = re.findall(rb"\x1b\[([\d;]*)m", terminal.raw)
        colours = [c for c in codes if any(30 <= int(n) <= 49 or int(n) >= 90 for n in c.split(b";") if n)]
        assert colours == []


def test_a_narrow_terminal_is_bearable() -> None:
    """On thirty columns no line of ours runs over the edge."""
    with Terminal(CHAT, columns=30) as terminal:
        printed = terminal.wait("you>").split("you>")[0]  # the prompt's own line is drawn again and again
        assert all(len(line) <= 30 for line in printed.splitlines() if "/" not in line)


def test_a_stranger_cannot_write_to_the_terminal() -> None:
    """Escape sequences that are typed or stand in a bank's path never come back as escapes."""
    with Terminal(CHAT) as terminal:
        terminal.wait("you>")
        terminal.paste("hello \x1b]0;owned\x07 there")
        terminal.type("\r")
        terminal.wait("[")
        terminal.wait("you>")
        assert b"\x1b]0;owned" not in terminal.raw


SENTINEL = "zanzibar-heliotrope-0815"


def test_nothing_typed_on_a_terminal_is_kept(tmp_path: Path) -> None:
    """After `kill -9` in mid-conversation the sentence is in no file of the home, temporary or own folders."""
    names = ("HOME", "TMPDIR", "ESCS_CACHE_DIR", "ESCS_DATA_DIR", "ESCS_STATE_DIR", "XDG_CACHE_HOME")
    env = {name: str(tmp_path / name) for name in names}
    for folder in env.values():
        Path(folder).mkdir()
    with Terminal(CHAT, env=env) as terminal:
        terminal.wait("you>")
        terminal.type(f"My secret is {SENTINEL} and it hurts\r")
        terminal.wait("[")
        terminal.wait("you>")
        terminal.type("/edit\r")
        terminal.wait("edit>")
        terminal.kill()
    held = [p for p in tmp_path.rglob("*") if p.is_file() and SENTINEL.encode() in p.read_bytes()]
    assert held == []


def test_a_file_that_is_broken_at_the_start_is_named_there(tmp_path: Path) -> None:
    """The file, the line and what to write stand below the first screen, and the number of skills is that in use."""
    bank = tmp_path / "skills"
    shutil.copytree(SHIPPED_BANK, bank)
    whole = len(Bank(bank))  # the index remembers every one of them
    path = bank / "reflect-before-advice" / "SKILL.md"
    path.write_text(path.read_text().replace("description: ", "description: x: ", 1))
    with Terminal([*CHAT, "--bank", str(bank)], columns=300) as terminal:
        shown = terminal.wait("you>")
    assert f"{whole - 1} skills in" in shown
    assert f"{path}:" in shown
    assert "The frontmatter cannot be read here" in shown
