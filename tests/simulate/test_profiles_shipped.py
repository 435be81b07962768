"""The profiles that ship: every cell, traps, cues, groups and twins, in each split."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from escs.evolve.simulate.profile import SPLITS, Profile
from escs.evolve.simulate.profiles import SHIPPED, usable
from escs.runtime.taxonomy import taxonomy

TAGS = """teen over-75 carer autistic adhd deaf blind chronic-pain refugee lgbtq-unsafe-home perinatal addiction bereaved
bereaved-by-suicide pregnancy-loss moral-injury-veteran moral-injury-nurse did-harm family-duty""".split()
CELLS = {"train": 1, "gate": 2, "test": 1}  # profiles of each cell, traps and second twins aside


def of(split: str) -> list[Profile]:
    """The profiles of a split."""
    return usable(SHIPPED, split)


@pytest.mark.parametrize("split", SPLITS)
def test_every_cell_is_there(split: str) -> None:
    """Each of the eight intentions with each of the three temperaments, as often as the split has it."""
    cells = Counter((p.intention, p.temperament) for p in of(split) if not p.trap and not p.twin_of)
    known = taxonomy()
    wanted = dict.fromkeys(product(known.intentions, known.temperaments), CELLS[split])
    assert dict(cells) == wanted


@pytest.mark.parametrize("split", SPLITS)
def test_traps_cues_and_turns_without_content(split: str) -> None:
    """At least six traps, a cue in a fifth of the profiles, and blank turns in a quarter."""
    profiles = of(split)
    assert sum(bool(p.trap) for p in profiles) >= 6
    assert sum(bool(p.cues) for p in profiles) >= 0.2 * len(profiles)
    assert sum(bool(p.turns) for p in profiles) >= 0.25 * len(profiles)
    assert not [p.name for p in profiles if p.trap and p.cues]


@pytest.mark.parametrize("split", SPLITS)
def test_every_group_is_there(split: str) -> None:
    """Each tag at least once in each split."""
    tags = Counter(tag for p in of(split) for tag in p.tags)
    assert [tag for tag in TAGS if not tags[tag]] == []


def test_personas_are_disjoint_and_there_are_ten_twins() -> None:
    """No persona in two splits; of a pair of twins both are one persona."""
    profiles = usable(SHIPPED)
    splits: dict[str, set[str]] = {}
    for profile in profiles:
        splits.setdefault(profile.persona, set()).add(profile.split)
    assert [name for name, found in splits.items() if len(found) > 1] == []
    assert sum(bool(p.twin_of) for p in profiles) >= 10


def test_every_profile_can_carry_ten_turns() -> None:
    """Enough to say, some of it to anybody."""
    for profile in usable(SHIPPED):
        lines = len(profile.discloses) + len(profile.turns) + len(profile.better) + len(profile.worse)
        assert lines >= 12, profile.name
        assert sum(each.trust <= 10 for each in profile.discloses) >= 3, profile.name
