"""Which seekers a verification meets: drawn anew for each pair from the gate's personas, the same for the same question.

Each pair's persona is drawn independently and evenly (then one of its twins), so that the pairs of a stratum are
independent and alike in law, and the gate may look after every one of them. Whole blocks without repetition would be
better balanced, but the sceptic's wealth within a block is no supermartingale: with two profiles of opposite effect,
stopping after a good first one wins more often than α allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from escs.evolve.gate.gate import ALL
from escs.evolve.simulate.profile import Profile
from escs.runtime.errors import UsageError

SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Seat:
    """A gate profile, as far as drawing needs it."""

    name: str
    persona: str
    groups: tuple[str, ...]


def seats(profiles: Sequence[Profile]) -> tuple[Seat, ...]:
    """The seats of profiles, by name."""
    return tuple(Seat(p.name, p.persona, p.groups) for p in sorted(profiles, key=lambda p: p.name))


def gate_digest(profiles: Sequence[Profile]) -> str:
    """What tells one set of gate profiles from another: a hash over all that they say."""
    digest = sha256()
    for profile in sorted(profiles, key=lambda p: p.name):
        data = profile.path.read_bytes() if profile.path is not None and profile.path.suffix == ".md" else b""
        digest.update(f"{profile.name}\0{profile.sheet}\0".encode() + data + b"\0")
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Draw:
    """The draws of one verification: `of` gives the seat and the seed of pair `number` of a stratum."""

    seats: tuple[Seat, ...]
    group: str
    key: str  # base tree, candidate tree and the number in the ledger

    def __post_init__(self) -> None:
        """Raises `UsageError` for a group that no gate profile belongs to."""
        if not self._stratum(primary=True):
            known = ", ".join(sorted({group for seat in self.seats for group in seat.groups}))
            raise UsageError(f"No gate profile belongs to the group {self.group!r}; use {ALL}, or one of {known}.")

    def _stratum(self, *, primary: bool) -> Mapping[str, list[Seat]]:
        personas: dict[str, list[Seat]] = {}
        for seat in self.seats:
            if (self.group == ALL or self.group in seat.groups) is primary:
                personas.setdefault(seat.persona, []).append(seat)
        return personas

    def of(self, number: int, *, primary: bool) -> tuple[Seat, int]:
        """The seat and the seed of the stratum's pair `number`, from 0."""
        personas = self._stratum(primary=primary)
        digest = sha256(f"{self.key} {'primary' if primary else 'rest'} {number}".encode()).digest()
        names = sorted(personas)
        persona = personas[names[int.from_bytes(digest[:8], "big") % len(names)]]
        seat = persona[int.from_bytes(digest[8:12], "big") % len(persona)]
        return seat, int.from_bytes(digest[12:20], "big") % SEEDS

    @property
    def has_rest(self) -> bool:
        """Whether there is anybody outside the group."""
        return bool(self._stratum(primary=False))


def draw_for(seats: tuple[Seat, ...], group: str, key: str) -> Draw:
    """The draws for a group; for everybody where the group is all there are, since nobody is left to be the rest.

    Raises `UsageError` for a group that no gate profile belongs to.
    """
    draw = Draw(seats, group, key)
    return draw if draw.has_rest else Draw(seats, ALL, key)
