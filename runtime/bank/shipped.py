"""The bank that ships, and the crisis skills, which are always loaded from there as they were shipped."""

from __future__ import annotations

from functools import cache

from escs.runtime.bank.bank import Bank
from escs.runtime.bank.skill import Skill
from escs.runtime.errors import BankError
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.safety import CRISIS_SKILLS


@cache
def _shipped() -> Bank:
    return Bank(SHIPPED_BANK)


@cache
def crisis_skill(name: str) -> Skill:
    """A crisis skill as it ships, whatever bank is in use."""
    if name not in CRISIS_SKILLS:
        raise BankError(f"{name!r} is not a crisis skill.")
    return _shipped().load(name)
