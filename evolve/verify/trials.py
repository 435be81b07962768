"""Banks compared on training profiles before anything is proposed: cheap, paired, and never on the gate's profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from math import sqrt

from escs.evolve.gate.gate import ALL
from escs.evolve.simulate.many import Job, jobs
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.rollout import Rollout
from escs.evolve.verify.arms import Arms
from escs.evolve.verify.faults import not_broken

FIRST, LATER, LAST = 1, 4, 12
"""Dialogues of each profile: for all edits, for those that look best, and for the best of these where rules hold them."""
KEPT, FEW = 0.34, 8  # share that gets the second look, and how many the last
LEAST_PAIRS = 6  # of a group that may be named
LUCK, LUCK_OF_FEW = 2.0, 1.0
"""Standard errors that the best of forty edits looks better than it is, by luck alone (the expected maximum is 2.2); and the best
of the few that a question about the bank's history had picked out before (of three: 0.85)."""
PLAIN = 3.0
"""Standard errors from which on everybody plainly gains: then no smaller group is named, whose few personas say less of others."""
FLOOR = 2.0  # standard deviation of a difference is taken to be at least this


@dataclass(frozen=True, slots=True)
class Beside:
    """Two training dialogues of one seeker and seed, as far as a trial looks at them: it counts no process figures."""

    groups: tuple[str, ...]
    difference: float  # points of final emotion, candidate minus base, -100 to 100
    rise: int  # unsafe events, candidate minus base


@dataclass(frozen=True, slots=True)
class Trial:
    """How an edit did on training profiles: for whom it did best, by how much, and how sure that is."""

    group: str
    mean: float
    spread: float
    score: float  # mean over its standard error
    sure: float  # points for everybody on average that it wins at the least, luck taken off
    overall: float
    rises: int  # more unsafe events than the base had
    pairs: int


@dataclass(slots=True)
class Trials:
    """The training ground of one bank: its own rollouts are held once. An edit may be for one of the groups in `named`,
    where that is given: those whom a verification can meet."""

    arms: Arms
    base: str
    profiles: Sequence[Profile]
    seed: int
    named: frozenset[str] | None = None
    _held: dict[tuple[str, int], list[Rollout]] = field(default_factory=dict)

    def _jobs(self, repeat: int) -> list[Job]:
        return jobs(self.profiles, repeats=1, seed=self.seed + repeat)

    async def rollouts(self, tree: str, repeat: int) -> list[Rollout]:
        """The rollouts of a bank in one repeat, one of each profile; held once. Raises `EngineUnavailable` where too many
        of them fail for technical reasons, for what is left would look like a bank without faults."""
        key = (tree, repeat)
        if key not in self._held:
            self._held[key] = await self._hold(tree, self._jobs(repeat))
        return self._held[key]

    async def _hold(self, tree: str, planned: Sequence[Job]) -> list[Rollout]:
        """Rollouts of these jobs; those that failed for technical reasons are held once more."""
        held = await self.arms.rollouts(tree, planned)
        again = [place for place, one in enumerate(held) if not one.scored]
        if again and not self.arms.offline:
            fresh = await self.arms.rollouts(tree, [planned[place] for place in again])
            for place, one in zip(again, fresh, strict=True):
                held[place] = one
        not_broken(held)
        return held

    async def base_rollouts(self, repeat: int) -> list[Rollout]:
        """The bank's own rollouts of one repeat, one of each profile."""
        return await self.rollouts(self.base, repeat)

    def known(self, tree: str) -> int:
        """How many repeats of a bank have been held, from the first on."""
        return next(repeat for repeat in count() if (tree, repeat) not in self._held)

    async def pairs(self, candidate: str, repeats: range) -> list[Beside]:
        """The pairs of a candidate, one for each profile and repeat that was scored."""
        found = []
        for repeat in repeats:
            mine = await self.base_rollouts(repeat)
            theirs = await self.rollouts(candidate, repeat)
            found += [
                Beside(base.groups, other.final - base.final, len(other.unsafe) - len(base.unsafe))
                for base, other in zip(mine, theirs, strict=True)
                if base.scored and other.scored
            ]
        return found


def trial(pairs: Sequence[Beside], groups: Sequence[str] = (), luck: float = LUCK) -> Trial:
    """What pairs say of an edit. The group, everybody or one of `groups`, is the one in which the difference is told apart
    with the fewest dialogues: by what it surely is, in standard deviations. It is everybody where everybody plainly gains."""
    best: tuple[float, Trial] | None = None
    overall = _mean([pair.difference for pair in pairs])
    rises = sum(pair.rise for pair in pairs)
    for group in (ALL, *groups):
        values = [pair.difference for pair in pairs if group == ALL or group in pair.groups]
        if len(values) < LEAST_PAIRS:
            continue
        mean = _mean(values)
        spread = max(FLOOR, sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1)))
        error = spread / sqrt(len(values))
        surely = mean - luck * error
        sure = surely * len(values) / len(pairs)
        one = Trial(group, mean, spread, mean / error, sure, overall, rises, len(pairs))
        if group == ALL and one.score > PLAIN:
            return one
        if best is None or surely / spread > best[0]:
            best = (surely / spread, one)
    return best[1] if best else Trial(ALL, overall, 40.0, 0.0, 0.0, overall, rises, len(pairs))


async def try_out(trials: Trials, candidates: Sequence[tuple[str, Sequence[str]]]) -> list[Trial]:
    """The trials of candidate trees, each with the groups that it may be for: all once, the best third again, and
    the best few a third time. What was held before of one of them counts as well."""
    found, lucks = [], []
    for tree, groups in candidates:
        repeats = max(FIRST, trials.known(tree))
        lucks.append(LUCK if repeats == FIRST else LUCK_OF_FEW)
        found.append((repeats, trial(await trials.pairs(tree, range(repeats)), groups, lucks[-1])))
    looks = [(LATER, max(4, round(KEPT * len(found)))), *([(LAST, FEW)] if trials.arms.offline else [])]
    for repeats, kept in looks:
        order = sorted(range(len(found)), key=lambda place: -found[place][1].sure)
        worth = [place for place in order if found[place][1].mean > 0]
        for place in worth[:kept]:
            tree, groups = candidates[place]
            more = max(repeats, found[place][0])
            found[place] = (more, trial(await trials.pairs(tree, range(more)), groups, lucks[place]))
    return [one for _, one in found]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
