"""The gate tried on nothing: the base against itself, which must be accepted seldom and vetoed seldom."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from escs.evolve.branches.repository import Repository
from escs.evolve.gate.gate import Gate, Terms
from escs.evolve.gate.pairs import Pair
from escs.evolve.simulate.profile import Profile
from escs.evolve.verify.arms import Arms
from escs.evolve.verify.draw import Draw, seats
from escs.evolve.verify.verify import BATCH


async def aa(
    repository: Repository, arms: Arms, profiles: Sequence[Profile], times: int, *, most: int,
    told: Callable[[str], None] = lambda sentence: None,
) -> dict[str, int]:  # fmt: skip
    """How often the base would have been accepted, rejected, vetoed or left undecided against itself.

    Both arms hold the same bank with the same seekers and different seeds, since with the same seeds rules say the same:
    the whole noise of a dialogue is in every pair. No line is an edit's own here, so that no veto comes at once; events are
    vetoed where their rise is more than chance. Level 0.05 each, nothing is stored.
    """
    base = repository.bank_tree(repository.commit_of("HEAD"))
    places = seats(profiles)
    by_name = {profile.name: profile for profile in profiles}
    counted = {"accepted": 0, "futile": 0, "vetoed": 0, "undecided": 0}
    for time in range(times):
        draw = Draw(places, "all", f"aa {base} {time}")
        groups = len({group for seat in places for group in seat.groups})
        gate = Gate(Terms(most=most, spread=25.0, groups=groups))
        number = 0
        while not gate.done:
            drawn = [draw.of(number + place, primary=True) for place in range(BATCH)]
            number += BATCH
            jobs = [(by_name[seat.name], seed) for seat, seed in drawn]
            held = await arms.rollouts(base, [*jobs, *((profile, seed + 2**31) for profile, seed in jobs)])
            for first, second in zip(held[:BATCH], held[BATCH:], strict=True):
                if gate.done:
                    break
                if first.scored and second.scored:
                    gate.see(Pair.same(first, second))
                else:
                    gate.fail()
        verdict = gate.verdict
        what = "vetoed" if verdict.outcome == "rejected" else verdict.outcome
        what = "futile" if verdict.ground == "not-better" else what
        counted[what] += 1
        told(f"{time + 1} of {times}: {what} after {verdict.pairs} pairs")
    return counted
