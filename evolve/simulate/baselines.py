"""Supporters without skills, to compare a bank with: the bare engine, strategy names alone, and examples of real dialogues.

Offline each is what its kind can be without a model: stock sentences, a schedule of strategies, and the nearest example as
it stands. What such a comparison says is said about choosing, not about prose.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from escs.evolve.discover.unit import Unit
from escs.evolve.discover.units_file import read_units
from escs.evolve.simulate.replied import Replied, Talk
from escs.runtime.bank.choose import content_words
from escs.runtime.errors import UsageError
from escs.runtime.state import Message
from escs.runtime.task import Engine, Task
from escs.runtime.taxonomy import taxonomy

EXAMPLES = 3  # moments that an engine is shown
LONGEST = 600  # characters of one message in them


@dataclass(frozen=True, slots=True)
class BareInputs:
    """What the bare engine sees: the dialogue alone."""

    history: tuple[Message, ...]


BARE_LINES = (
    "I'm here for you. Tell me more about it.",
    "That must be difficult. How are you coping with it?",
    "I understand. What do you think would help?",
    "Thank you for sharing that with me.",
    "It's okay to feel that way. What else is on your mind?",
)
"""What stands for a model without skills where there is no model: the sentences of a first chatbot."""


def _turn(history: Sequence[Message]) -> int:
    """Replies so far."""
    return sum(message.role == "assistant" for message in history)


def _bare(inputs: BareInputs) -> str:
    return BARE_LINES[_turn(inputs.history) % len(BARE_LINES)]


BARE: Task[BareInputs, str] = Task("reply-bare", str, _bare, max_tokens=400)


@dataclass(frozen=True, slots=True)
class StrategyAnswer:
    """A strategy of ESConv and a message."""

    strategy: str = field(metadata={"choices": lambda: tuple(taxonomy().strategies), "description": "The strategy."})
    reply: str = field(metadata={"description": "The supporter's next message.", "max_length": 1200})


SCHEDULE = (
    "Question", "Question", "Restatement or Paraphrasing", "Reflection of feelings", "Affirmation and Reassurance",
    "Providing Suggestions", "Providing Suggestions", "Affirmation and Reassurance", "Information", "Others",
)  # fmt: skip
"""Strategies by turn, as a dialogue in Hill's three stages goes: exploration, comforting, action (the usual order of ESConv,
Liu et al. 2021, §3.3). From the last on it stays."""
STRATEGY_LINES: dict[str, tuple[str, ...]] = {
    "Question": ("What has been going on?", "How long has it been like this?"),
    "Restatement or Paraphrasing": ("So this has been on your mind a lot.", "So that is what happened."),
    "Reflection of feelings": ("It sounds as if you feel quite low about this.", "You seem to feel hurt by it."),
    "Self-disclosure": ("Other people have told of something like it.",),
    "Affirmation and Reassurance": ("You are doing your best in a hard time.", "It is good that you talk about it."),
    "Providing Suggestions": (
        "You could talk to somebody you trust about it.",
        "You could take it one step at a time.",
    ),
    "Information": ("Many people find that such times pass slowly, with ups and downs.",),
    "Others": ("I am here.", "Thank you for telling me."),
}


def _by_schedule(inputs: BareInputs) -> StrategyAnswer:
    turn = _turn(inputs.history)
    strategy = SCHEDULE[min(turn, len(SCHEDULE) - 1)]
    lines = STRATEGY_LINES[strategy]
    return StrategyAnswer(strategy, lines[turn % len(lines)])


STRATEGY: Task[BareInputs, StrategyAnswer] = Task("reply-strategy", StrategyAnswer, _by_schedule, max_tokens=500)


@dataclass(frozen=True, slots=True)
class ExemplarInputs:
    """The dialogue, and moments that are like its last one, the likest first: what was said, and what answered it."""

    history: tuple[Message, ...]
    examples: tuple[tuple[str, str], ...]


def _nearest(inputs: ExemplarInputs) -> str:
    said = {message.content for message in inputs.history if message.role == "assistant"}
    fresh = [reply for _, reply in inputs.examples if reply not in said]
    return fresh[0] if fresh else _bare(BareInputs(inputs.history))


EXEMPLARS: Task[ExemplarInputs, str] = Task("reply-exemplars", str, _nearest, max_tokens=400)


class Exemplars:
    """Constructive units of a file, found by what the seeker had said (SQLite's bm25)."""

    def __init__(self, path: Path) -> None:
        """Reads the file. Raises `UsageError` where it holds no constructive unit."""
        self.units = tuple(
            unit for unit in read_units(path)
            if unit.outcome == "constructive" and unit.text.strip() and unit.before.text.strip()
        )  # fmt: skip
        if not self.units:
            raise UsageError(f"{path} holds no constructive unit; `escs units CORPUS --out {path}` makes one.")
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute("CREATE VIRTUAL TABLE said USING fts5(text, tokenize='porter unicode61')")
        self._index.executemany(
            "INSERT INTO said (rowid, text) VALUES (?, ?)",
            ((number, unit.before.text) for number, unit in enumerate(self.units)),
        )

    def like(self, history: Sequence[Message], most: int = EXAMPLES) -> list[Unit]:
        """The units whose seeker said what is likest the newest turn."""
        newest = [message.content for message in history if message.role == "user"][-1:]
        words = [word for word in content_words(newest, limit=40) if word.isalnum()]
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
        rows = self._index.execute(
            "SELECT rowid FROM said WHERE said MATCH ? ORDER BY rank, rowid LIMIT ?", (query, most)
        )
        return [self.units[number] for (number,) in rows]


@lru_cache(maxsize=2)
def exemplars(path: Path) -> Exemplars:
    """The units of a file, read once in a process."""
    return Exemplars(path)


@dataclass(frozen=True, slots=True)
class BareParty:
    """The engine with a one-sentence prompt and no skills."""

    engine: Engine
    bank: str = ""

    @property
    def name(self) -> str:
        """The engine's name, marked as bare."""
        return f"none ({self.engine.name})"

    def begin(self, sample: int) -> Talk:
        """A conversation."""
        return BareTalk(self.engine, sample)


@dataclass(slots=True)
class BareTalk:
    """One conversation of an engine that sees the dialogue alone."""

    engine: Engine
    sample: int
    history: list[Message] = field(default_factory=list)

    async def reply(self, text: str) -> Replied:
        """See `Talk`."""
        self.history.append(Message("user", text))
        replied = await self._answer()
        self.history.append(Message("assistant", replied.said))
        return replied

    async def _answer(self) -> Replied:
        answered = await self.engine.ask(BARE, BareInputs(tuple(self.history)), sample=self.sample)
        return Replied(answered.value.strip())

    def instead(self, text: str) -> None:
        """See `Talk`."""
        self.history[-1] = Message("assistant", text)


@dataclass(frozen=True, slots=True)
class StrategyParty:
    """The engine with the names of ESConv's strategies."""

    engine: Engine
    bank: str = ""

    @property
    def name(self) -> str:
        """The engine's name, marked."""
        return f"strategy ({self.engine.name})"

    def begin(self, sample: int) -> Talk:
        """A conversation."""
        return _StrategyTalk(self.engine, sample)


@dataclass(slots=True)
class _StrategyTalk(BareTalk):
    async def _answer(self) -> Replied:
        answered = await self.engine.ask(STRATEGY, BareInputs(tuple(self.history)), sample=self.sample)
        return Replied(answered.value.reply.strip(), strategy=answered.value.strategy)


@dataclass(frozen=True, slots=True)
class ExemplarParty:
    """The engine with moments of real dialogues that went well."""

    engine: Engine
    units: Path
    bank: str = ""

    @property
    def name(self) -> str:
        """The engine's name, marked."""
        return f"exemplars ({self.engine.name})"

    def begin(self, sample: int) -> Talk:
        """A conversation."""
        return _ExemplarTalk(self.engine, sample, known=exemplars(self.units))


@dataclass(slots=True)
class _ExemplarTalk(BareTalk):
    known: Exemplars = field(kw_only=True)

    async def _answer(self) -> Replied:
        said = {message.content for message in self.history if message.role == "assistant"}
        found = [unit for unit in self.known.like(self.history, EXAMPLES + len(said)) if _short(unit.text) not in said]
        some = tuple((_short(unit.before.text), _short(unit.text)) for unit in found[:EXAMPLES])
        inputs = ExemplarInputs(tuple(self.history), some)
        answered = await self.engine.ask(EXEMPLARS, inputs, sample=self.sample)
        taken = found[0].strategy if found and self.engine.name == "offline" else ""
        return Replied(answered.value.strip(), strategy=taken)


def _short(text: str) -> str:
    return text.strip() if len(text) <= LONGEST else f"{text[:LONGEST].strip()} …"
