"""Who supports in a simulation: a bank with an engine, the bare engine, or a script that is there to be beaten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from escs.evolve.simulate.baselines import BareParty, ExemplarParty, StrategyParty
from escs.evolve.simulate.replied import Party, Replied, Talk
from escs.runtime.bank.bank import Bank
from escs.runtime.bank.shipped import crisis_skill
from escs.runtime.bank.skill import Skill
from escs.runtime.conversation import Conversation
from escs.runtime.engines.budget import BudgetSpentError
from escs.runtime.errors import EngineError, StorageError, UsageError
from escs.runtime.habit import by_habit
from escs.runtime.helpful import helpful
from escs.runtime.safety import CRISIS_SKILLS
from escs.runtime.safety.course import Course
from escs.runtime.safety.disclosure import opened
from escs.runtime.safety.risk import Screening
from escs.runtime.safety.screen import screen
from escs.runtime.task import Answered, Engine, Piece, Task
from escs.runtime.turn import Done, Supporter

Inputs = TypeVar("Inputs")
Answer = TypeVar("Answer")

STOOD_IN = ("could not answer", "was read by rules", "The built-in words were used: ")
"""What the notes of a turn say where rules did what the engine should have done."""

BASELINES = ("none", "strategy")
EXEMPLARS_OF = "exemplars:"
"""Before the file of units in the name of that supporter."""

COUNTRY = "GB"  # whose resources are shown in simulations, wherever they run


@dataclass(slots=True)
class Sampled:
    """An engine whose calls all bear one sample number.

    A turn is answered whatever its engine does, so what must end the run is kept here, and no further call is made.
    """

    engine: Engine
    sample: int
    ends: BudgetSpentError | StorageError | None = None

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.engine.name

    @property
    def key(self) -> dict[str, str]:
        """The engine's key."""
        return self.engine.key

    async def ask(self, task: Task[Inputs, Answer], inputs: Inputs, *, sample: int = 0) -> Answered[Answer]:
        """Ask with this sample number."""
        if self.ends is not None:
            raise self.ends
        try:
            return await self.engine.ask(task, inputs, sample=self.sample)
        except (BudgetSpentError, StorageError) as error:
            self.ends = error
            raise

    async def stream(self, task: Task[Inputs, str], inputs: Inputs, *, sample: int = 0) -> AsyncIterator[Piece]:
        """The whole answer as one piece: nobody reads along, so an answer that is cut on its way is asked for again."""
        answered = await self.ask(task, inputs)
        yield Piece(answered.value)
        yield Piece(done=answered)

    async def close(self) -> None:
        """The engine is closed by whoever opened it."""


@dataclass(frozen=True, slots=True)
class _Strict:
    """The engine behind the engine: in a simulation nothing may stand in for it, a failure is a failure."""

    name: str = "offline"
    key: dict[str, str] = field(default_factory=dict)

    async def ask(self, task: Any, inputs: Any, *, sample: int = 0) -> Any:
        raise EngineError("the engine failed, and nothing stands in for it here.")

    def stream(self, task: Any, inputs: Any, *, sample: int = 0) -> Any:
        raise EngineError("the engine failed, and nothing stands in for it here.")

    async def close(self) -> None:
        """Nothing to close."""


@lru_cache(maxsize=4096)
def screened(text: str) -> Screening:
    """The screen without its ear: quick, and the same to the last digit on every machine, as a verdict must be.

    Simulated seekers say the same words many times.
    """
    return screen(text, by_ear=False)


@dataclass(slots=True)
class BankParty:
    """The real supporter: this bank with this engine, the whole turn as in a chat."""

    skills: Bank
    engine: Engine
    bank: str = ""
    by: str = "help"  # how it chooses: `help`, as a chat does, or `habit`, as people did
    _shared: Supporter | None = None

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.engine.name

    def begin(self, sample: int) -> Talk:
        """A conversation with a clock that stands still: how fast a simulation runs is no reason to suggest a break."""
        if self._shared is None:
            points = {"help": helpful, "habit": by_habit}[self.by]
            self._shared = Supporter(
                self.skills, self.engine, now=lambda: 0.0, points=points, crisis_patience=None, screened=screened
            )
        supporter = self._shared
        if self.engine.name != "offline":
            supporter = copy(self._shared)  # one choice of skills for all, each with its own sample
            supporter.engine = Sampled(self.engine, sample)
        return _BankTalk(supporter, Conversation(Course.start(COUNTRY), clock=opened(0.0)))  # as after the first screen


@dataclass(slots=True)
class _BankTalk:
    supporter: Supporter
    conversation: Conversation

    async def reply(self, text: str) -> Replied:
        async for event in self.supporter.respond(self.conversation, text):
            if isinstance(event, Done):
                turn = event.turn
        if isinstance(engine := self.supporter.engine, Sampled) and engine.ends is not None:
            raise engine.ends
        if self.supporter.engine.name != "offline":  # whatever stood in for the engine is not what is being measured
            fault = next((note for note in turn.notes if any(said in note for said in STOOD_IN)), None)
            if fault is not None:
                raise EngineError(_reason(fault))
        return Replied(
            said=turn.reply,
            skills=tuple(choice.name for choice in turn.skills),
            loaded=tuple(self._skill(choice.name) for choice in turn.skills),
            state=turn.state.label,
            risk=turn.state.risk.word,
            withheld=turn.withheld,
        )

    def instead(self, text: str) -> None:
        self.conversation.turns[-1] = replace(self.conversation.turns[-1], reply=text)

    def _skill(self, name: str) -> Skill:
        return crisis_skill(name) if name in CRISIS_SKILLS else self.supporter.bank.load(name)


def _reason(note: str) -> str:
    """Why the engine failed, out of a note that goes on to say what stood in for it: here nothing does."""
    before, told, rest = note.partition(": ")
    if told and before in ("The state was read by rules", "The built-in words were used"):
        return rest
    return note.removesuffix("; the built-in rules did.")


Script = Callable[[int, str], str]
"""From the number of the reply, from 1, and the seeker's turn, what a scripted supporter says."""

_DISMISSIVE = (
    "Other people have it much worse, you know.",
    "You are overreacting. Just move on.",
    "That is life. Calm down.",
    "What did you expect?",
    "Just think positive and cheer up.",
)
_GENERIC = (
    "I'm sorry to hear that. I'm here for you.",
    "That sounds difficult. Hang in there.",
    "You are not alone. Things will get better.",
    "I'm sorry you are going through this. Stay strong.",
    "Thank you for sharing. Take care of yourself.",
)
_ADVICE = (
    "You could write down what bothers you and make a plan for each point.",
    "Try talking to them directly, and set a clear time for it this week.",
    "I suggest that you take up some exercise, and go to bed at the same hour every day.",
    "You could ask somebody at work or a counsellor for help with this.",
    "Try breaking it into small steps and begin with the easiest one today.",
    "I would recommend making a list of what you can change and what you cannot.",
    "You should set a limit and tell them about it calmly.",
    "Try spending ten minutes a day on something that you enjoy.",
    "You could look for a group of people who go through the same.",
    "I suggest that you look back at this plan in a week and change what does not work.",
)
_PARROT = "It sounds like this has been really hard for you, and I want to understand it better."
_FLATTER = (
    "You are absolutely right. Everything will be fine.",
    "You are amazing, and you did nothing wrong.",
    "I completely agree with you. They are so wrong.",
    "Anyone would have done the same. You are wonderful.",
    "Of course you are right. Don't worry, it will be okay.",
)


def _in_turn(lines: Sequence[str]) -> Script:
    return lambda turn, text: lines[(turn - 1) % len(lines)]


SCRIPTS: dict[str, Script] = {
    "dismissive": _in_turn(_DISMISSIVE),
    "generic": _in_turn(_GENERIC),
    "advice-first": _in_turn(_ADVICE),
    "parrot": lambda turn, text: _PARROT,
    "flatterer": _in_turn(_FLATTER),
}
"""Scripted supporters: what any bank must beat, and what none may be."""


@dataclass(frozen=True, slots=True)
class ScriptParty:
    """A scripted supporter."""

    name: str
    bank: str = ""

    def begin(self, sample: int) -> Talk:
        """A conversation."""
        return _ScriptTalk(SCRIPTS[self.name])


@dataclass(slots=True)
class _ScriptTalk:
    script: Script
    turns: int = 0

    async def reply(self, text: str) -> Replied:
        self.turns += 1
        return Replied(self.script(self.turns, text))

    def instead(self, text: str) -> None:
        """A script does not listen."""


def party(spec: str | None, engine: Engine, bank: Bank | None, tree: str, by: str = "help") -> Party:
    """The supporter that `--supporter` names: a script, a baseline without skills, or (without it) the bank."""
    if spec is None:
        if bank is None:
            raise UsageError("Name a bank with --bank, or a supporter with --supporter.")
        return BankParty(bank, engine, tree, by)
    if spec == "none":
        return BareParty(engine)
    if spec == "strategy":
        return StrategyParty(engine)
    if spec.startswith(EXEMPLARS_OF):
        return ExemplarParty(engine, Path(spec.removeprefix(EXEMPLARS_OF)))
    if spec in SCRIPTS:
        return ScriptParty(spec)
    raise UsageError(f"{spec!r} is no supporter.")


def known(spec: str) -> bool:
    """Whether `--supporter` may name this."""
    return spec in SCRIPTS or spec in BASELINES or (spec.startswith(EXEMPLARS_OF) and spec != EXEMPLARS_OF)
