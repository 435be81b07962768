"""What `escs simulate` says on the terminal when it ends: scores, how they came about, and why dialogues broke off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from escs.evolve.simulate.process import ProcessFigures, Share, process_figures
from escs.evolve.simulate.rollout import Rollout
from escs.evolve.simulate.score import published, score, score_table
from escs.runtime.errors import EngineUnavailable
from escs.runtime.terminal import plain
from rich.console import Console

FAULTS = 5  # kinds of technical failure that are named


def tell(console: Console, rollouts: Sequence[Rollout]) -> None:
    """Print it all, simulator by simulator. Raises `EngineUnavailable` where no dialogue could be held to its end."""
    faults = Counter(plain(rollout.fault) for rollout in rollouts if rollout.fault)
    if faults and not any(rollout.scored for rollout in rollouts):
        why, count = faults.most_common(1)[0]
        raise EngineUnavailable(
            f"No dialogue was held to its end; {count} of {len(rollouts)} broke off because of this: {why}"
        )
    for name in dict.fromkeys(rollout.simulator for rollout in rollouts):
        some = [rollout for rollout in rollouts if rollout.simulator == name]
        if any(rollout.scored for rollout in some):
            score_table(console, score(some), title=f"seekers: {plain(name)}")
            for line in process_lines(process_figures(some)):
                console.print(line, markup=False)
    if (apart := crossed(rollouts)) is not None:
        console.print(apart, markup=False)
    for fault, count in faults.most_common(FAULTS):
        console.print(f"failed technically, {count}: {fault}", style="yellow", markup=False, soft_wrap=True)


def process_lines(figures: ProcessFigures) -> list[str]:
    """The process figures in two lines: what must not happen with its upper bounds, and how it was talked."""
    unsafe = "; ".join(
        f"{'any' if kind == 'any' else kind} {share(one.dialogues)}"
        for kind, one in figures.unsafe.items()
        if kind in ("any", "missed-cue", "trap") or one.events
    )
    manner = [
        f"{0.0 if figures.questions is None else figures.questions:.1f} questions a reply",
        f"early reassurance {share(figures.reassured_early)}",
        f"agreement {share(figures.agreement)}",
        f"own steps {share(figures.own_steps)}",
        f"repairs {share(figures.repairs)}",
    ]
    return [f"unsafe, in dialogues: {unsafe}", f"manner: {'; '.join(manner)}"]


def share(one: Share) -> str:
    """So many of so many; beside a zero its upper bound."""
    bound = f" (at most {100 * one.bound:.0f}%)" if one.bound is not None and not one.events else ""
    return f"{one.events} of {one.chances}{bound}"


def crossed(rollouts: Sequence[Rollout]) -> str | None:
    """How far two simulators are apart over the same profiles and seeds; None where there is one."""
    names = list(dict.fromkeys(rollout.simulator for rollout in rollouts))
    if len(names) != 2:
        return None
    first, second = (
        {(one.profile, one.seed): one.final for one in rollouts if one.simulator == name and one.scored}
        for name in names
    )
    apart = [second[key] - first[key] for key in first.keys() & second.keys()]
    if not apart:
        return None
    mean, size = sum(apart) / len(apart), sum(map(abs, apart)) / len(apart)
    return (
        f"{plain(names[1])} against {plain(names[0])}, over {len(apart)} pairs: {published(mean):+.1f} on average, "
        f"{published(size):.1f} apart in a single dialogue."
    )
