"""What the terminal shows: a reply as Markdown that grows without flicker, quiet lines, and nothing that is not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escs.runtime.terminal import plain

if TYPE_CHECKING:
    from rich.console import Console

LIVE_LINES = 4  # the last lines of a growing reply may still change; all above are printed once and stay


def make_console(color: bool) -> Console:
    """The console that replies are shown on."""
    from rich.console import Console

    return Console(no_color=not color, highlight=False, markup=False, emoji=False, soft_wrap=False)


def quiet(console: Console, text: str) -> None:
    """A line that does not ask for attention."""
    from rich.text import Text

    console.print(Text(plain(text), style="dim"))


class Growing:
    """A reply that is shown while it comes: finished lines are printed, and only the last few stay live."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._text = ""
        self._printed = 0
        self._live: Any = None

    def add(self, words: str) -> None:
        """Show more words."""
        self._text += words
        lines = self._lines()
        stable = max(self._printed, len(lines) - LIVE_LINES)
        if not self._console.is_terminal:
            return
        self._print(lines[self._printed : stable])
        self._printed = stable
        self._show(lines[stable:])

    def end(self) -> None:
        """Print what is still live; the reply is complete."""
        if self._live is not None:
            self._live.update("")
            self._live.stop()
            self._live = None
        self._print(self._lines()[self._printed :])
        self._printed = 0
        self._text = ""

    def _lines(self) -> list[Any]:
        from rich.markdown import Markdown

        text = plain(self._text).replace("\n", "  \n").replace("  \n  \n", "\n\n")
        options = self._console.options.update(width=min(self._console.width, 88))
        rendered = self._console.render_lines(Markdown(text, hyperlinks=False), options, pad=False)
        while rendered and not "".join(segment.text for segment in rendered[-1]).strip():
            rendered.pop()
        return rendered

    def _print(self, lines: list[Any]) -> None:
        from rich.segment import Segment, Segments

        for line in lines:
            self._console.print(Segments([*line, Segment.line()]), end="")

    def _show(self, lines: list[Any]) -> None:
        from rich.live import Live
        from rich.segment import Segment, Segments

        segments = [segment for line in lines for segment in (*line, Segment.line())][:-1]
        if self._live is None:
            self._live = Live("", console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        self._live.update(Segments(segments), refresh=True)
