"""Reads what SAGE published: traces of dialogues into rollouts, and its profiles, both JSON Lines in Chinese.

SAGE (arXiv 2505.02847) is by Tencent/digitalhuman, MIT. A trace's line holds the dialogue, where every seeker turn carries
the emotion that the reply before it left. Its released code never scores the tenth reply: that turn has no feeling here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from escs.evolve.discover.corpora_records import Record, records
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.rollout import FAILURE, MOST_TURNS, SUCCESS, Feel, Rollout, Turn
from escs.runtime.errors import UsageError

SPLIT = "sage"
"""The split of SAGE's profiles and traces: they belong to none of ours."""

INTENTIONS = (  # words of the hidden task that tell it; the first that stands in it decides
    ("辩证", "analysis"),
    ("建议", "advice"),
    ("其他人物", "others-motives"),
    ("自我反思", "self-reflection"),
    ("夸奖", "praise"),
    ("倾听", "listening"),
    ("共情", "empathy"),
    ("没有错", "not-to-blame"),
    ("没有任何责任", "not-to-blame"),
)
TEMPERAMENTS = (("负面", "negative"), ("被动", "passive"), ("回避", "avoidant"))
_TASK = re.compile(r"隐藏主题[:：]?\s*\**\s*(\S.*)")
_PART = re.compile(r"\n\s*(?:Activity|Analyse|Change|TargetCompletion|Content)\s*[:：]", re.IGNORECASE)


@dataclass(slots=True)
class Broken:
    """What could not be read of a trace file, filled while its rollouts are taken."""

    whole: int = 0  # records that count
    left_out: list[tuple[int, str]] = field(default_factory=list)  # record from 1, what is wrong with it

    def sentence(self, path: Path) -> str:
        """One sentence on what is missing, "" where nothing is."""
        if not self.left_out:
            return ""
        number, fault = self.left_out[0]
        others = len(self.left_out) - 1
        more = f", and {others} more {'is' if others == 1 else 'are'} broken" if others else ""
        counts = "1 whole record counts" if self.whole == 1 else f"{self.whole} whole records count"
        return f"{path}, record {number}: {fault}{more}; the {counts}."


def sage_rollouts(path: Path, broken: Broken) -> Iterator[Rollout]:
    """The rollouts of a trace file, one at a time; what cannot be read is written to `broken`.

    Raises `UsageError` where the file cannot be opened or a record is no SAGE trace.
    """
    engine, simulator = _models(path)
    for record in _told(path, broken):
        try:
            rollout = _rollout(record.value, engine, simulator)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"{path}, record {record.number} is no SAGE trace ({_why(error)}).") from error
        broken.whole += 1
        yield rollout


def read_sage_profiles(path: Path) -> list[Profile]:
    """SAGE's profiles (`simulator_profile*.jsonl`): the whole text in `sheet`, Chinese, in the split `sage`.

    Raises `UsageError` where the file cannot be read or holds something else.
    """
    profiles = []
    for record in records(path):
        if record.fault:
            raise UsageError(f"{path}, record {record.number}: {record.fault}.")
        try:
            profiles.append(_profile(record.value, path))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"{path}, record {record.number} is no SAGE profile ({_why(error)}).") from error
    return profiles


def intention_of(task: str) -> str:
    """The intention that a hidden task names in Chinese. Raises ValueError for an unknown one."""
    for word, intention in INTENTIONS:
        if word in task:
            return intention
    raise ValueError(f"the task “{task[:60]}” names none of the eight intentions")


def temperament_of(character: str) -> str:
    """The temperament that a Chinese word names. Raises ValueError for an unknown one."""
    for word, temperament in TEMPERAMENTS:
        if word in character:
            return temperament
    raise ValueError(f"“{character[:60]}” is none of the three temperaments")


def _told(path: Path, broken: Broken) -> Iterator[Record]:
    """The records that can be read. Where the first cannot be, and nothing follows it, the file is refused."""
    for record in records(path):
        if not record.fault:
            yield record
            continue
        if record.number == 1 and record.ends and not record.damaged:
            raise UsageError(f"{path}: {record.fault}.")
        broken.left_out.append((record.number, record.fault))


def _models(path: Path) -> tuple[str, str]:
    """Supporter and simulator, as the published files are named: SIMULATOR__SUPPORTER.jsonl.gz."""
    stem = path.name.removesuffix(".gz").removesuffix(".jsonl")
    simulator, mark, engine = stem.partition("__")
    return (engine, simulator) if mark else (stem, "")


def _task(record: dict[str, Any]) -> str:
    task = record.get("task")
    if not task:
        found = _TASK.search(str(record.get("scene", "")))
        if not found:
            raise KeyError("task")
        task = found[1]
    return str(task)


def _rollout(record: dict[str, Any], engine: str, simulator: str) -> Rollout:
    name, final = str(record["id"]), float(record["emo_point"])
    turns = _turns(record["history"])
    replies = sum(bool(turn.supporter) for turn in turns)
    if final >= SUCCESS:
        ended = "success"
    elif final < FAILURE:
        ended = "failure"
    else:
        ended = "turns" if replies >= MOST_TURNS else "goodbye"
    return Rollout(
        id=name,
        profile=name,
        intention=intention_of(_task(record)),
        temperament=temperament_of(str(record.get("character") or record["main_cha"])),
        seed=0,
        bank="",
        engine=engine,
        simulator=simulator,
        split=SPLIT,
        trap=False,
        cues=(),
        turns=turns,
        final=final,
        ended=ended,
        persona=name,
    )


def _turns(history: list[dict[str, Any]]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    before = 0.0
    for message in history:
        text = str(message["content"])
        if message["role"] != "user":
            if not turns or turns[-1].supporter:
                raise ValueError("a supporter's turn without a seeker's turn before it")
            turns[-1] = Turn(turns[-1].seeker, text)
            continue
        emotion = float(message["emotion-point"])
        if turns:
            feel = Feel(emotion - before, emotion, _reason(message.get("planning") or {}))
            turns[-1] = Turn(turns[-1].seeker, turns[-1].supporter, feel)
        turns.append(Turn(text))
        before = emotion
    if not turns:
        raise ValueError("an empty history")
    return tuple(turns)


def _reason(planning: dict[str, Any]) -> str:
    """Why the emotion moved: the analysis, or where it was written into another field, that part of it."""
    text = str(planning.get("analyse") or planning.get("activity") or "")
    found = re.search(r"Analyse\s*[:：]", text, re.IGNORECASE)
    if found:
        text = text[found.end() :]
    return _PART.split(text)[0].strip().strip("[]【】").strip()


def _profile(record: dict[str, Any], path: Path) -> Profile:
    name, task = str(record["id"]), _task(record)
    return Profile(
        name=name,
        persona=name,
        split=SPLIT,
        intention=intention_of(task),
        temperament=temperament_of(str(record.get("main_cha") or record["character"])),
        opening=str(record.get("first_talk") or ""),
        wants=task,
        language="zh",
        sheet=f"{record['player']}\n\n{record['scene']}".strip(),
        path=path,
    )


def _why(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
