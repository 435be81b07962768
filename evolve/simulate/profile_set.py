"""What must hold for profiles as a set: names and openings of their own, personas in one split, twins that are twins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from escs.evolve.simulate.profile import Profile
from escs.runtime.bank.complaint import Complaint


def set_complaints(profiles: Sequence[Profile]) -> Iterator[Complaint]:
    """Every complaint about the set."""
    by_name = {profile.name: profile for profile in profiles}
    openings: dict[str, Profile] = {}
    splits: dict[str, Profile] = {}
    for profile in sorted(profiles, key=lambda profile: (bool(profile.twin_of), profile.name)):
        same = splits.setdefault(profile.persona, profile)
        if same.split != profile.split:
            message = f"The persona `{profile.persona}` is in {same.split} as well ({same.name})."
            yield _at(
                profile, "persona-in-two-splits", message, "Keep a persona in one split, or it is tested on itself."
            )
        other = by_name.get(profile.twin_of)
        if profile.twin_of and other is None:
            yield _at(profile, "no-twin", f"There is no profile `{profile.twin_of}` to be a twin of.", "Name one.")
        elif other is not None:
            yield from _twins(profile, other)
            continue
        if profile.opening in openings:
            message = f"The opening is that of {openings[profile.opening].name}."
            yield _at(profile, "opening-twice", message, "Write another one.", "warning")
        openings[profile.opening] = profile


def _twins(profile: Profile, other: Profile) -> Iterator[Complaint]:
    """A pair that differs in more than age, culture or disability compares more than it says."""
    for what in ("split", "persona", "intention", "temperament", "scenario", "state", "intensity", "trap"):
        if getattr(profile, what) != getattr(other, what):
            message = f"The twin of {other.name} differs in `{what}`."
            yield _at(profile, "unlike-twins", message, "Keep all but age, culture or disability the same.")
    marks = [(a.action, a.amount, a.first, a.last) for a in profile.lands]
    theirs = [(a.action, a.amount, a.first, a.last) for a in other.lands]
    if marks != theirs or [d.trust for d in profile.discloses] != [d.trust for d in other.discloses]:
        message = f"The twin of {other.name} differs in `## Lands` or in the trust that its disclosures take."
        yield _at(profile, "unlike-twins", message, "Keep the numbers the same.")
    if [cue.turn for cue in profile.cues] != [cue.turn for cue in other.cues]:
        yield _at(profile, "unlike-twins", f"The twin of {other.name} differs in its cues.", "Keep the turns the same.")


def _at(profile: Profile, rule: str, message: str, mend: str, severity: str = "error") -> Complaint:
    return Complaint(profile.path, 1, rule, message, mend, severity)
