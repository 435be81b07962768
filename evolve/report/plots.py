"""Plots as static SVG that stands inside a page: emotion curves, and the map of skills by groups of profiles.

Colours are those of the page, so that they turn with its theme; text stays text; the same figures give the same bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from escs.evolve.simulate.rollout import FAILURE, MOST_TURNS, START
from escs.runtime.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT, RUN_A, RUN_B = "#010203", "#040506", "#0a0b0c", "#0d0e0f"
THEMED = {INK: "var(--ink)", FAINT: "var(--faint)", RUN_A: "var(--run-a)", RUN_B: "var(--run-b)"}
"""Stand-ins that are drawn with and become colours of the page."""

DARK_TEXT = "#161616"  # on the cells of the map, which are light in both themes
LONGEST_NAME = 36  # characters of a name beside a plot
MOST_CHANGE = 5.0  # mean change of emotion at which a cell of the map is darkest
_WORSE, _NONE, _BETTER = (242, 163, 101), (240, 240, 236), (110, 178, 224)  # orange and blue: told apart by all eyes


@dataclass(frozen=True, slots=True)
class Series:
    """One run's curves in a panel: emotions of each dialogue after 0, 1, 2 … replies."""

    name: str
    curves: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One small plot of emotion over replies."""

    title: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Mean change of emotion after replies with a skill, and how many replies stand behind it."""

    change: float
    n: int


def held(curve: Sequence[float], length: int) -> tuple[float, ...]:
    """The curve carried on at its last value: a dialogue that has ended stays where it ended."""
    return (*curve, *[curve[-1]] * (length - len(curve))) if curve else (START,) * length


def emotion_curves(panels: Sequence[Panel], *, columns: int, title: str, prefix: str) -> str:
    """Small plots side by side: the mean of each run's dialogues, and the middle half of them as a band."""
    with _drawing() as new:
        rows = -(-len(panels) // columns)
        replies = max(MOST_TURNS, *(len(curve) - 1 for panel in panels for one in panel.series for curve in one.curves))
        figure = new((9.6, 0.5 + 1.75 * rows))
        told = []
        for place, panel in enumerate(panels):
            axes = figure.add_subplot(rows, columns, place + 1)
            _frame(axes, panel.title, replies, left=place % columns == 0, bottom=place >= len(panels) - columns)
            ends = []
            for number, series in enumerate(panel.series):
                if series.curves:
                    ends.append(
                        f"{series.name} {_curve(axes, series, number, replies):.0f} ({len(series.curves)} dialogues)"
                    )
            told.append(f"{panel.title}: ends at {', '.join(ends) or 'no dialogue'}")
        figure.tight_layout(h_pad=1.2, w_pad=1.0)
        return _svg(figure, title, ". ".join(told) + ".", prefix)


def _frame(axes: Axes, title: str, replies: int, *, left: bool, bottom: bool) -> None:
    axes.set_title(_short(title), fontsize=10, color=INK, loc="left")
    axes.set_xlim(0, replies)
    axes.set_ylim(-2, 102)
    axes.set_xticks([0, replies // 2, replies])
    axes.set_yticks([0, 50, 100])
    axes.tick_params(colors=INK, labelsize=9, length=0, labelleft=left, labelbottom=bottom)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)
    axes.axhline(FAILURE, color=FAINT, linewidth=0.8, linestyle=(0, (1, 3)))
    axes.axhline(START, color=FAINT, linewidth=0.8)


def _curve(axes: Axes, series: Series, number: int, replies: int) -> float:
    """Draw one run's curves, and give the mean at the end."""
    colour, style = ((RUN_A, "solid"), (RUN_B, (0, (4, 2))))[number]
    curves = [held(curve, replies + 1) for curve in series.curves]
    columns = [sorted(values) for values in zip(*curves, strict=True)]
    mean = [round(sum(values) / len(values), 2) for values in columns]
    low, high = ([values[min(len(values) - 1, len(values) * part // 4)] for values in columns] for part in (1, 3))
    at = range(len(mean))
    axes.fill_between(at, low, high, color=colour, alpha=0.13, linewidth=0)
    axes.plot(at, mean, color=colour, linewidth=2, linestyle=style)
    return float(mean[-1])


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference with the ends of its interval."""

    name: str
    value: float
    low: float
    high: float


def intervals(groups: Mapping[str, Sequence[Interval]], *, title: str, prefix: str) -> str:
    """Differences as dots with their intervals, a small plot for each measure, since their units differ."""
    with _drawing() as new:
        tall = [len(some) for some in groups.values()]
        figure = new((9.6, 0.3 + sum(0.55 + 0.26 * count for count in tall)))
        told = []
        for axes, (measure, some) in zip(
            figure.subplots(len(groups), 1, squeeze=False, height_ratios=[1 + count for count in tall])[:, 0],
            groups.items(), strict=True,
        ):  # fmt: skip
            axes.set_title(_short(measure), fontsize=10, color=INK, loc="left")
            axes.axvline(0, color=FAINT, linewidth=1)
            for place, one in enumerate(some):
                axes.plot((one.low, one.high), (place, place), color=RUN_A, linewidth=2)
                axes.plot((one.value,), (place,), color=RUN_A, marker="o", markersize=5)
                told.append(f"{measure}, {one.name}: {signed(one.value)} ({signed(one.low)} to {signed(one.high)})")
            axes.set_yticks(range(len(some)), [_short(one.name) for one in some], fontsize=9)
            axes.set_ylim(len(some) - 0.5, -0.5)
            axes.tick_params(colors=INK, labelsize=9, length=0)
            for side in axes.spines.values():
                side.set_visible(False)
        figure.tight_layout()
        return _svg(figure, title, ". ".join(told) + ".", prefix)


def skill_map(
    skills: Sequence[str], groups: Sequence[str], cells: dict[tuple[str, str], Cell], *, title: str, prefix: str
) -> str:
    """Skills down, groups of profiles across: the mean change of emotion after replies with that skill."""
    with _drawing() as new:
        from matplotlib.patches import Rectangle

        figure = new((9.6, 1.0 + 0.36 * len(skills)))
        axes = figure.add_subplot()
        for row, skill in enumerate(skills):
            for column, group in enumerate(groups):
                cell = cells.get((skill, group))
                if cell is None:
                    continue
                axes.add_patch(
                    Rectangle((column + 0.03, row + 0.05), 0.94, 0.9, facecolor=_shade(cell.change), linewidth=0)
                )
                axes.text(
                    column + 0.5,
                    row + 0.4,
                    signed(cell.change),
                    ha="center",
                    va="center",
                    fontsize=9,
                    color=DARK_TEXT,
                )
                axes.text(
                    column + 0.5, row + 0.76, f"{cell.n}", ha="center", va="center", fontsize=6.5, color=DARK_TEXT
                )
        axes.set_xlim(0, len(groups))
        axes.set_ylim(len(skills), 0)
        across, down = ([_short(name) for name in names] for names in (groups, skills))
        axes.set_xticks([column + 0.5 for column in range(len(groups))], across, rotation=35, ha="left", fontsize=9)
        axes.set_yticks([row + 0.5 for row in range(len(skills))], down, fontsize=9)
        axes.xaxis.tick_top()
        axes.tick_params(colors=INK, length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        figure.tight_layout()
        told = f"{len(skills)} skills by {len(groups)} groups of profiles; the table below holds the same figures."
        return _svg(figure, title, told, prefix)


def _short(name: str) -> str:
    """A name that leaves room for the plot; the tables have it whole."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def signed(value: float) -> str:
    """A change to one decimal with its sign; nothing at all is 0.0 without one."""
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def _shade(change: float) -> str:
    strength = min(1.0, abs(change) / MOST_CHANGE)
    towards = _BETTER if change > 0 else _WORSE
    mixed = (round(none + (end - none) * strength) for none, end in zip(_NONE, towards, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


@contextmanager
def _drawing() -> Iterator[Callable[[tuple[float, float]], Figure]]:
    """Makes figures of a size in inches, with settings that give the same bytes anywhere.

    Raises `UsageError` where the library is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(
            "Reports draw with matplotlib, which is not installed: `pip install 'esc-skills[report]'`."
        ) from error
    settings = {
        "svg.hashsalt": "escs",
        "svg.fonttype": "none",
        "text.parse_math": False,  # a name with dollars in it is a name
        "font.family": "DejaVu Sans",  # ships with the library, so that the layout is the same everywhere
    }
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # the page's fonts have what this one lacks
        matplotlib.rcdefaults()  # nobody's own settings decide how a report looks
        for key, value in settings.items():
            matplotlib.rcParams[key] = value  # type: ignore[index]
        yield lambda size: Figure(figsize=size)


_PROLOGUE = re.compile(r"\A.*?(?=<svg)", re.DOTALL)
_STYLE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_ID = re.compile(r'(\bid="|url\(#|href="#)')
_OPEN = re.compile(r'<svg\b[^>]*?viewBox="([^"]*)"[^>]*>', re.DOTALL)
_FAMILY = re.compile(r"'DejaVu Sans'[^;\"]*")


def _svg(figure: Figure, title: str, told: str, prefix: str) -> str:
    """The figure as an element that can stand in a page beside others, with a name and a description."""
    made = io.BytesIO()
    figure.savefig(made, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = made.getvalue().decode("utf-8")
    for unwanted in (_PROLOGUE, _STYLE, _METADATA, _COMMENT):
        text = unwanted.sub("", text)
    text = _ID.sub(rf"\g<1>{prefix}-", text)
    text = _FAMILY.sub("system-ui, sans-serif", text)
    for drawn, themed in THEMED.items():
        text = text.replace(drawn, themed)
    named = (
        f'<svg class="plot" viewBox="\\1" role="img" aria-labelledby="{prefix}-title {prefix}-desc">'
        f'<title id="{prefix}-title">{escape(title)}</title><desc id="{prefix}-desc">{escape(told)}</desc>'
    )
    return _OPEN.sub(lambda found: named.replace("\\1", found[1]), text, count=1)
