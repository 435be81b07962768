"""What earlier verdicts say of the proposals of a run: which of them answer for one, and what is not proposed again."""

from __future__ import annotations

from dataclasses import dataclass

from escs.evolve.branches.repository import Repository
from escs.evolve.branches.verdicts import Evidence, outlines
from escs.evolve.loop.setting import Setting
from escs.evolve.verify.faults import is_technical


@dataclass(frozen=True, slots=True)
class Earlier:
    """Contents that were proposed in other runs: all that this setting has a verdict on, and those not to propose again."""

    verified: frozenset[str]
    refused: frozenset[str]

    @classmethod
    def than(cls, run: str, repository: Repository, setting: Setting) -> Earlier:
        """What the repository's verdicts say: one rejection of a content is enough. The gate's hold in the setting in which it
        made them, a person's in all."""
        others = [
            (str(one.record["content"]), one)
            for one in outlines(repository)
            if one.record.get("content") and one.record.get("run") != run
        ]
        verified = frozenset(content for content, one in others if setting.has(one.record))
        refused = (
            content for content, one in others if one.refused or (setting.has(one.record) and one.outcome == "rejected")
        )
        return cls(verified, frozenset(refused))


def stands(known: Evidence, setting: Setting, run: str) -> bool:
    """Whether a verdict answers for a proposal, so that it is not verified again: a person's rejection, or a decided verdict
    (of the same run any verdict) that was made in this setting."""
    if known.refused:
        return True
    if known.outcome == "undecided" and (known.record.get("run") != run or is_technical(known.record)):
        return False  # failed dialogues say nothing of the edit
    return setting.has(known.record)
