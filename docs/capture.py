"""Holds a conversation with the offline engine on a terminal and draws it as SVG, as README shows it.

pip install pyte && python docs/capture.py docs/chat.svg
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "chat"))
from chat_terminal import Terminal

SAID = (
    "I lost my job in March and I haven't told my parents yet",
    "I feel so ashamed. My sister is the successful one",
    "/why",
    "Please don't give me advice, I just need to get it out",
)
WIDTH, HEIGHT = 92, 80
FONT = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)  # rich names fonts on a server; a picture here loads nothing


def main() -> None:
    """Type, wait for each answer, and write the picture."""
    escs = [sys.executable, "-m", "escs.runtime"]
    out = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run([*escs, "init", "my-bank"], check=True, stdout=subprocess.DEVNULL)
        chat = [*escs, "chat", "--engine", "offline", "--country", "GB", "--bank", "my-bank/skills"]
        with Terminal(chat, columns=WIDTH) as terminal:
            terminal.wait("you>")
            for words in SAID:
                time.sleep(1)  # let the screen settle
                terminal.type(words + "\r")
                terminal.wait("answered by" if words.startswith("/") else "[")
                terminal.wait("you>")
            raw = terminal.raw
    screen = pyte.Screen(WIDTH, HEIGHT)
    pyte.ByteStream(screen).feed(raw)
    shown = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    lines = [_line(screen.buffer[row]) for row in range(HEIGHT)]
    while lines and not lines[-1].plain.removeprefix("you>").strip():
        lines.pop()
    shown.print(Text("\n").join(lines))
    out.write_text(FONT.sub("", shown.export_svg(title="escs chat", unique_id="chat")), encoding="utf-8")


def _line(row: dict[int, pyte.screens.Char]) -> Text:
    text = Text()
    for (fg, bold), some in groupby((row[column] for column in range(WIDTH)), lambda char: (char.fg, char.bold)):
        colour = None if fg == "default" else f"#{fg}" if re.fullmatch("[0-9a-f]{6}", fg) else fg
        text.append("".join(char.data for char in some), Style(color=colour, bold=bold))
    text.rstrip()
    return text


if __name__ == "__main__":
    main()
