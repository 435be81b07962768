"""A terminal for tests: runs a program on a pseudo-terminal, types, and waits for what it shows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from types import TracebackType

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])")


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command: list[str], *, env: dict[str, str] | None = None, columns: int = 80) -> None:
        self._own, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        told = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = told | {"TERM": "xterm-256color"} | (env or {})
        self.process = subprocess.Popen(
            command, stdin=other, stdout=other, stderr=other, env=environment, start_new_session=True, close_fds=True
        )
        os.close(other)
        self.raw = b""
        self._seen = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._own)

    @property
    def text(self) -> str:
        """Everything shown so far, without escape sequences."""
        return _ESCAPE.sub("", self.raw.decode("utf-8", errors="replace")).replace("\r", "")

    def wait(self, words: str, *, seconds: float = 30) -> str:
        """Wait until these words are shown, after those waited for before; the text so far."""
        ends = time.monotonic() + seconds
        while words not in self.text[self._seen :]:
            left = ends - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"{words!r} was not shown; the terminal shows:\n{self.text[-3000:]}")
        self._seen = self.text.index(words, self._seen) + len(words)
        return self.text

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._own], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._own, 65536)
        except OSError:
            return False
        if b"\x1b[6n" in data:  # prompt-toolkit asks where the cursor is
            os.write(self._own, b"\x1b[1;1R")
        self.raw += data
        return bool(data)

    def type(self, text: str) -> None:
        """Type, as keys arrive."""
        os.write(self._own, text.encode())

    def paste(self, text: str) -> None:
        """Paste, as terminals mark it."""
        os.write(self._own, b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def kill(self) -> None:
        """`kill -9`."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def left(self, *, seconds: float = 20) -> int:
        """Wait until the program has ended; its exit code."""
        ends = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < ends:
            self._read(0.1)
        return self.process.wait(timeout=1)
