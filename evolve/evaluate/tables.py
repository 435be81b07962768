"""Tables of an evaluation: the same rows on a terminal, as Markdown and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from escs.evolve.evaluate.paired import Difference
from escs.runtime.errors import EngineUnavailable
from escs.runtime.terminal import plain

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Row:
    """One measure over the arms. None: not measured, shown as a dash. `higher` is whether more is better; None: neither."""

    measure: str
    values: tuple[float | None, ...]
    higher: bool | None = None
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what must be said beside it."""

    title: str
    arms: tuple[str, ...]
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...] = ()
    remarks: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)  # for JSON alone

    def to_json(self) -> dict[str, Any]:
        """The table for programs."""
        return {
            "title": self.title,
            "arms": [*self.arms],
            "rows": [
                {
                    "measure": row.measure, "higher_is_better": row.higher, "digits": row.digits,
                    **dict(zip(self.arms, row.values, strict=True)),
                }
                for row in self.rows
            ],
            "differences": [
                {
                    "arm": one.arm, "other": one.other, "measure": one.measure, "difference": one.value,
                    "interval": [one.low, one.high], "p": one.p, "holm": one.holm, "said": one.said,
                }
                for one in self.differences
            ],
            "remarks": [*self.remarks],
            **self.extra,
        }  # fmt: skip

    def markdown(self) -> str:
        """The table as Markdown."""
        lines = [f"### {self.title}", "", f"| | {' | '.join(self.arms)} |", f"|---|{'---:|' * len(self.arms)}"]
        lines += [
            f"| {row.measure} | {' | '.join(_cell(value, row.digits) for value in row.values)} |" for row in self.rows
        ]
        if self.differences:
            lines += ["", "| difference | measure | | 95% interval | Holm's p | |", "|---|---|---:|---|---:|---|"]
            lines += [f"| {' | '.join(_difference(one))} |" for one in self.differences]
        return "\n".join([*lines, "", *(f"- {remark}" for remark in self.remarks), ""])

    def show(self, console: Console) -> None:
        """The table on a terminal."""
        from rich.box import SIMPLE
        from rich.table import Table as Drawn
        from rich.text import Text

        drawn = Drawn(title=Text(self.title), box=SIMPLE, title_justify="left")
        drawn.add_column("")
        for arm in self.arms:
            drawn.add_column(arm, justify="right")
        for row in self.rows:
            drawn.add_row(row.measure, *(_cell(value, row.digits) for value in row.values))
        console.print(drawn)
        if self.differences:
            drawn = Drawn(box=SIMPLE)
            for name in ("difference", "measure", "", "95% interval", "Holm's p", ""):
                drawn.add_column(name)
            for one in self.differences:
                drawn.add_row(*_difference(one))
            console.print(drawn)
        for remark in self.remarks:
            console.print(Text(f"· {remark}"))


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _difference(one: Difference) -> tuple[str, ...]:
    return (
        f"{one.arm} − {one.other}", one.measure, f"{one.value:+.2f}", f"{one.low:+.2f} to {one.high:+.2f}",
        "<0.001" if one.holm < 0.001 else f"{one.holm:.3f}", one.said,
    )  # fmt: skip


def nothing_shared(what: str, faults: Iterable[str]) -> EngineUnavailable:
    """What is raised where the arms have nothing in common that could be compared: `what` was not done, and why."""
    counted = Counter(plain(fault) for fault in faults if fault)
    if not counted:
        return EngineUnavailable(f"{what}, so there is nothing to compare.")
    why, count = counted.most_common(1)[0]
    return EngineUnavailable(f"{what}, so there is nothing to compare; {count} broke off because of this: {why}")


def not_better(differences: Sequence[Difference], base: str) -> list[str]:
    """A sentence for each arm that is not shown better than the base somewhere: what a table is for."""
    found = []
    for arm in dict.fromkeys(one.arm for one in differences if one.other == base):
        mine = [one for one in differences if one.arm == arm and one.other == base]
        worse = [one.measure for one in mine if one.said == "worse"]
        same = [one.measure for one in mine if one.said == "not told apart"]
        few = [one.measure for one in mine if one.said == "too few to tell"]
        parts = [f"worse in {', '.join(worse)}"] if worse else []
        parts += [f"not told apart in {', '.join(same)}"] if same else []
        parts += [f"not to be judged in {', '.join(few)}, by so few"] if few else []
        if parts:
            found.append(f"Beside `{base}`, `{arm}` is {' and '.join(parts)}.")
    return found
