"""Sets of profiles: a folder of Markdown files, one file, or SAGE's own JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from escs.evolve.simulate.profile import SPLITS, Profile
from escs.evolve.simulate.profile_file import parse_profile
from escs.runtime.bank.complaint import Complaint
from escs.runtime.errors import UsageError

SHIPPED = Path(__file__).parent.parent / "profiles"
LARGEST = 64 * 1024  # bytes of a profile


@dataclass(slots=True)
class Profiles:
    """The profiles that can be used, by name, and every complaint about files."""

    found: dict[str, Profile] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    files: int = 0

    def add(self, profile: Profile) -> None:
        """Add one; of two with one name the second is complained of and left out."""
        other = self.found.get(profile.name)
        if other is not None:
            message = f"The name `{profile.name}` is already that of {other.path}."
            self.complaints.append(Complaint(profile.path, 1, "name-twice", message, "Give it a name of its own."))
            return
        self.found[profile.name] = profile


def read_profiles(path: Path) -> Profiles:
    """All profiles at a path. Raises `UsageError` where there is nothing."""
    if not path.exists():
        raise UsageError(f"There are no profiles at {path}; name a folder of .md files, one file, or SAGE's .jsonl.")
    made = Profiles()
    for file in _files(path):
        made.files += 1
        if file.suffix == ".md":
            try:
                with file.open("rb") as opened:
                    data = opened.read(LARGEST + 1)
            except OSError as error:
                message = f"The file cannot be read ({error.strerror})."
                made.complaints.append(Complaint(file, 1, "unreadable", message, "Check its permissions."))
                continue
            profile, complaints = parse_profile(data, file)
            made.complaints += complaints
            if profile is not None:
                made.add(profile)
        else:
            from escs.evolve.simulate.sage import read_sage_profiles

            for profile in read_sage_profiles(file):
                made.add(profile)
    return made


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.suffix in (".md", ".jsonl") and file.name != "README.md" and file.is_file() and not hidden:
            yield file


def usable(path: Path, split: str | None = None, names: Sequence[str] = ()) -> list[Profile]:
    """The profiles to simulate with, by name. Raises `UsageError` for the first file that cannot be used, or for none."""
    made = read_profiles(path)
    wrong = [complaint for complaint in made.complaints if complaint.severity == "error"]
    if wrong:
        more = f" (and {len(wrong) - 1} more: `escs profiles lint {path}`)" if len(wrong) > 1 else ""
        raise UsageError(f"{wrong[0]}{more}")
    if split is not None and split not in SPLITS and not any(p.split == split for p in made.found.values()):
        raise UsageError(f"There is no split {split!r}; the shipped profiles have {', '.join(SPLITS)}.")
    missing = [name for name in names if name not in made.found]
    if missing:
        raise UsageError(f"There is no profile {missing[0]!r} at {path}; `escs profiles list` shows what there is.")
    chosen = [
        profile
        for profile in made.found.values()
        if (split is None or profile.split == split) and (not names or profile.name in names)
    ]
    if not chosen:
        raise UsageError(f"There is no profile at {path}{f' in the split {split}' if split else ''}.")
    return sorted(chosen, key=lambda profile: profile.name)
