"""A turn: screen, read, choose, load, reply, check, trace. Choosing and checking are code; a model is asked at most twice.

The order is the safety: the screen sees the words before any engine does, a crisis is answered by the course whatever
the engine says, and no sentence of an engine is shown before the output check has passed it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic, perf_counter

from escs.runtime.bank.bank import Bank
from escs.runtime.bank.choose import Choice, Chooser
from escs.runtime.bank.shipped import crisis_skill
from escs.runtime.bank.skill import Skill
from escs.runtime.conversation import Conversation, Turn
from escs.runtime.engines.offline import OfflineEngine
from escs.runtime.errors import BankError, EngineError
from escs.runtime.figures import Figures
from escs.runtime.helpful import helpful
from escs.runtime.model_reading import raised
from escs.runtime.read_state import READ_STATE, StateAnswer, StateInputs, to_state
from escs.runtime.reply import REPLY, ReplyInputs, passed_over
from escs.runtime.safety import CRISIS_SKILLS
from escs.runtime.safety.check import CheckContext, check
from escs.runtime.safety.course import Course, CrisisReply, resource_line
from escs.runtime.safety.course_words import keeps
from escs.runtime.safety.disclosure import MINUTES, TURNS, asks_if_real, due, heard, named_someone, says_ai
from escs.runtime.safety.resources import numbers
from escs.runtime.safety.risk import Level, Screening
from escs.runtime.safety.screen import screen
from escs.runtime.safety.stream import Ended, Passed, Sentences, failing_in, guard
from escs.runtime.safety.watch import Watch
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Answered, Engine, Usage

Points = Callable[[Sequence[Message], SeekerState, Figures], dict[str, float]]
"""From the dialogue, the state and the bank's figures, points by action."""

HERE = "I'm here, and I'm listening. Take the time you need."
"""What is said where no skill has a line that can be."""

BUILT_IN = ("overdose", "medical-emergency", "imminent", "abuse")
"""Protocols whose words are never left to an engine: seconds, or a person reading along, may decide."""

BUILT_IN_STEPS = ("put-down",)
"""Steps of other protocols of which the same is true: what could hurt is in their hand."""

CRISIS_PATIENCE = 20.0  # seconds that an engine has to word a crisis reply
CRISIS_WORDS = 110  # words of it at most

SILENCE = "…"
"""What stands in the history for a turn without words."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The state was read and the skills are chosen; the reply is about to come."""

    state: SeekerState
    skills: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Words of the reply that passed the check and may be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the person should know: an engine that failed, a sentence that was withheld."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The turn is complete and stands in the conversation."""

    turn: Turn


Event = Chosen | Words | Notice | Done


@dataclass(slots=True)
class Supporter:
    """What answers turns: a bank, an engine, and the offline engine behind it for when that fails."""

    bank: Bank
    engine: Engine
    chooser: Chooser = field(init=False)
    fallback: Engine = field(default_factory=OfflineEngine)
    disclose_minutes: float = MINUTES
    disclose_turns: int = TURNS
    now: Callable[[], float] = lambda: monotonic() / 60
    """The clock, in minutes on any steady scale."""
    crisis_patience: float | None = CRISIS_PATIENCE
    """Seconds that an engine has in danger; None where nobody waits."""
    screened: Callable[[str], Screening] = screen
    """The screen; without its ear where the seeker is simulated."""
    points: Points = helpful
    """What the bank's figures add to skills, by action: for what helped, or (`habit.by_habit`) for what people did."""
    loaded: Callable[[str], Skill] = field(init=False)

    def __post_init__(self) -> None:
        self.chooser = Chooser(self.bank)
        self.loaded = self.bank.load

    async def respond(self, conversation: Conversation, text: str, *, again: str | None = None) -> AsyncIterator[Event]:
        """Answer one seeker turn; events as they come, `Done` last, and the turn is appended to the conversation.

        `again` is an earlier reply to the same turn that the person wanted in other words.

        Closing the iterator early (Ctrl-C) keeps the words that were shown. Raises `BankError` where the bank has
        become unreadable; an engine's failure never ends a turn.
        """
        whole = text.encode("utf-8", "replace").decode("utf-8")  # halves of characters, as a terminal can send them
        work = _Work(self, conversation, whole, again)
        try:
            async for event in work.run():
                yield event
        except (GeneratorExit, asyncio.CancelledError):
            work.keep(stopped=True)
            raise
        except BankError:
            work.keep()  # the person's words are not lost with the bank
            raise


@dataclass(slots=True)
class _Work:
    """One turn in the making."""

    supporter: Supporter
    conversation: Conversation
    text: str
    again: str | None = None
    shown: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    state: SeekerState = field(default_factory=SeekerState)
    skills: tuple[Choice, ...] = ()
    engine: str = ""
    step: str = ""
    began: float = field(default_factory=perf_counter)
    model_seconds: float = 0.0
    kept: bool = False
    seen: Screening | None = None  # what the screen saw, until the watch has it
    before: tuple[Course, Watch] | None = None

    async def run(self) -> AsyncIterator[Event]:
        talk = self.conversation
        self.before = (talk.course, talk.watch)
        unreadable: BankError | None = None
        try:
            if self.supporter.bank.refresh():
                self.notes += self._news()
        except BankError as error:  # a crisis needs no bank; it is raised below where the turn does
            unreadable = error
        screening = self.seen = self.supporter.screened(self.text)
        history = (*talk.history, Message("user", self.text.strip() or SILENCE))
        number = len(talk.turns) + 1
        answer = None
        failed = False
        engine = self.supporter.engine
        if engine.name != "offline" and screening.level < Level.CRISIS:
            try:
                async with asyncio.timeout(self.supporter.crisis_patience if talk.watch.signs else None):
                    answered = await self._timed(engine.ask(READ_STATE, StateInputs(history)))
                screening, answer = raised(screening, answered.value), answered.value
                self.usage = self.usage + answered.usage
                self.notes += answered.notes
            except TimeoutError:
                failed = True
                self.notes.append("The state was read by rules: the engine took too long.")
            except Exception as error:  # noqa: BLE001 - whatever an engine does, the turn is answered
                failed = True
                self.notes.append(f"The state was read by rules: {_said(error)}")
        if answer is None:
            answer = READ_STATE.rule(StateInputs(history))
        crisis = talk.hear(self.text, screening, minor=answer.minor, model_failed=failed)
        self.seen = None
        self.state = to_state(answer, number, talk.watch.level, talk.watch.kinds)
        now = self.supporter.now()
        talk.clock = heard(talk.clock, now)
        if _names_somebody(self.text):
            talk.clock = named_someone(talk.clock)
        asked = asks_if_real(self.text)
        if asked:
            for words in self._remind(now, asked=True):
                yield words
        if crisis is not None:
            self.skills = _crisis_choices(crisis)
            yield Chosen(self.state, self.skills)
            async for event in self._crisis(crisis, history):
                yield event
        else:
            texts = [message.content for message in history if message.role == "user"]
            bank = self.supporter.bank
            try:
                if unreadable is not None:
                    raise unreadable
                points = self._helpful(history)
                self.skills = tuple(
                    self.supporter.chooser.choose(self.state, texts, wishes=talk.wishes, used=talk.used, helpful=points)
                )
                if not self.skills and not len(bank):
                    raise BankError(f"The bank {bank.root} has no skills; `escs skills new NAME` adds one.")
                yield Chosen(self.state, self.skills)
                loaded = tuple(self._load(choice.name) for choice in self.skills)
                async for event in self._reply(ReplyInputs(history, loaded, self.state, again=self.again or "")):
                    yield event
            except BankError:
                for words in self._line():
                    yield words
                raise
            for words in self._line():
                yield words
        if not asked:
            for words in self._remind(now, asked=False):
                yield words
        for note in self.notes:
            yield Notice(note)
        yield Done(self.keep())

    def _line(self) -> Iterator[Words]:
        """Below ordinary talk after danger was seen: the line that may be needed."""
        if self.conversation.watch.level in (Level.CRISIS, Level.UNKNOWN):
            gap = "\n\n" if self.shown else ""
            line = f"{gap}{resource_line(self.conversation.course)}"
            self.shown.append(line)
            yield Words(line)

    def _news(self) -> Iterator[str]:
        from escs.runtime.bank.news import news  # lint stands behind it: most turns need none

        return news(self.supporter.bank)

    def _helpful(self, history: tuple[Message, ...]) -> dict[str, float]:
        """What the bank's figures say; a file that cannot be used is told of, and the turn goes on without it."""
        try:
            return self.supporter.points(history, self.state, self.supporter.bank.figures())
        except BankError as error:
            self.notes.append(f"The bank's figures were left out: {error}")
            return {}

    def _load(self, name: str) -> Skill:
        """A chosen skill; a crisis skill that somebody pinned is the shipped one, whatever the bank calls by its name."""
        return crisis_skill(name) if name in CRISIS_SKILLS else self.supporter.bank.load(name)

    def _remind(self, now: float, *, asked: bool) -> Iterator[Words]:
        """What is due about being an AI, breaks and people outside: before the reply where it was asked, else after it."""
        talk, supporter = self.conversation, self.supporter
        talk.clock, reminder = due(
            talk.clock,
            now,
            self.text if asked else "",
            crisis=self.state.risk >= Level.ELEVATED,
            ai_said=not asked and says_ai("".join(self.shown)),
            minutes=supporter.disclose_minutes,
            turns=supporter.disclose_turns,
        )
        if reminder is not None:
            text = f"{reminder.text}\n\n" if asked else f"\n\n{reminder.text}"
            self.shown.append(text)
            yield Words(text)

    async def _timed(self, call: Awaitable[Answered[StateAnswer]]) -> Answered[StateAnswer]:
        began = perf_counter()
        try:
            return await call
        finally:
            self.model_seconds += perf_counter() - began

    async def _crisis(self, crisis: CrisisReply, history: tuple[Message, ...]) -> AsyncIterator[Event]:
        """The course's reply: its built-in words, or an engine's under the crisis skill where they pass the check."""
        self.step, self.engine = f"{crisis.kind}.{crisis.step}", "built-in"
        body = crisis.body
        engine = self.supporter.engine
        self.shown.append(crisis.text)  # what is kept, and told, should the person stop the engine
        if engine.name != "offline" and crisis.kind not in BUILT_IN and crisis.step not in BUILT_IN_STEPS:
            body = await self._worded(engine, crisis, history) or body
        text = f"{body}\n\n{crisis.resource}" if crisis.resource else body
        self.shown[-1] = text
        yield Words(text)

    async def _worded(self, engine: Engine, crisis: CrisisReply, history: tuple[Message, ...]) -> str:
        """An engine's wording of a crisis reply, looked at whole before anything is shown; empty where it will not do."""
        skills = (crisis_skill(crisis.skill),)
        inputs = ReplyInputs(history, skills, self.state, brief=crisis.brief, again=self.again or "")
        began = perf_counter()
        try:
            async with asyncio.timeout(self.supporter.crisis_patience):
                answered = await engine.ask(REPLY, inputs)
            text = answered.value.strip()
        except TimeoutError:
            self.notes.append("The built-in words were used: the engine took too long.")
            return ""
        except Exception as error:  # noqa: BLE001 - whatever an engine does, a crisis is answered
            self.notes.append(f"The built-in words were used: {_said(error)}")
            return ""
        finally:
            self.model_seconds += perf_counter() - began
        self.usage = self.usage + answered.usage
        failing = failing_in(text, self._context(modelled=True))
        self.withheld += [one.rule for one in failing]
        fits = answered.stopped == "end" and 0 < len(text.split()) <= CRISIS_WORDS and keeps(text, crisis.body)
        if failing or not fits:
            self.notes.append("The engine's words did not hold to the protocol; the built-in words were used.")
            return ""
        self.engine = engine.name
        return text

    async def _reply(self, inputs: ReplyInputs) -> AsyncIterator[Event]:
        before = len(self.shown)  # a reminder may stand before the reply, and is none
        for engine in (self.supporter.engine, self.supporter.fallback):
            self.engine = engine.name
            context = self._context(modelled=engine.name != "offline")
            try:
                async for words in self._checked(engine, inputs, context):
                    self.shown.append(words)
                    yield Words(words)
                if "".join(self.shown[before:]).strip():
                    if engine.name == "offline":  # its lines are checked before they are chosen
                        self.withheld += passed_over(inputs)
                    return
            except Exception as error:  # noqa: BLE001 - whatever an engine does, the turn is answered
                self.notes.append(f"{engine.name} could not answer ({_said(error)}); the built-in rules did.")
                if "".join(self.shown[before:]).strip():
                    return  # what came is kept, and said to be cut
        self.engine = "built-in"
        words = HERE
        self.shown.append(words)
        yield Words(words)

    def _context(self, *, modelled: bool = False) -> CheckContext:
        return CheckContext(
            modelled=modelled,
            numbers=numbers(self.conversation.course.country) if modelled else (),
            seeker=self.text,
            level=self.state.risk,
            kinds=self.state.risk_kinds,
            minor=self.state.minor,
            unsafe_home=self.state.unsafe_home,
            assault_told="abuse-now" in self.state.risk_kinds or self.state.scenario == "trauma",
        )

    async def _checked(self, engine: Engine, inputs: ReplyInputs, context: CheckContext) -> AsyncIterator[str]:
        """The engine's sentences that passed; at the first that fails, a line of the loaded skills takes its place."""
        began = perf_counter()
        async for judged in guard(engine.stream(REPLY, inputs), context):
            self.model_seconds += perf_counter() - began  # the offline rules are the model where they answer
            if isinstance(judged, Passed):
                yield judged.text
            elif isinstance(judged, Ended):
                self.usage = self.usage + judged.answered.usage
                self.notes += (note for note in judged.answered.notes if note not in self.notes)
                if judged.answered.stopped == "length":
                    self.notes.append("The reply reached its length limit and was cut there.")
            else:
                self.withheld += [failing.rule for failing in judged.failing]
                self.notes.append(f"A sentence was withheld: {judged.failing[0].why}")
                words = await self._instead(inputs)
                said = "".join(self.shown)
                yield (" " if said and not said[-1].isspace() else "") + words
            began = perf_counter()

    async def _instead(self, inputs: ReplyInputs) -> str:
        """What is said in place of a sentence that failed: a line of the loaded skills, in the offline engine's way."""
        again = "".join(self.shown) + inputs.again
        answered = await self.supporter.fallback.ask(REPLY, replace(inputs, again=again))
        context = self._context()
        sentences = Sentences()
        whole = [*sentences.feed(answered.value), *sentences.flush()]
        shown = "".join(self.shown)
        fresh = [one for one in whole if one.strip() not in shown and not check(one, context)]
        words = "".join(fresh).strip()
        return words if words and not check(words, context) else HERE

    def keep(self, *, stopped: bool = False) -> Turn:
        """Append the turn, once."""
        talk = self.conversation
        if self.kept:
            return talk.turns[-1]
        self.kept = True
        if stopped:
            self.notes.append("You stopped this reply.")
        if self.seen is not None:  # stopped while an engine was asked: what was said was said
            talk.watch = talk.watch.after(self.seen)
        turn = Turn(
            number=len(talk.turns) + 1,
            seeker=self.text,
            state=self.state,
            skills=self.skills,
            reply="".join(self.shown).strip(),
            engine=self.engine,
            usage=self.usage,
            overhead_ms=max(0.0, (perf_counter() - self.began - self.model_seconds) * 1000),
            model_ms=self.model_seconds * 1000,
            notes=tuple(self.notes),
            withheld=tuple(self.withheld),
            crisis_step=self.step,
            before=self.before,
        )
        talk.turns.append(turn)
        return turn


def _names_somebody(text: str) -> bool:
    from escs.runtime.echo import fragments  # a lexicon stands behind it: the first prompt needs none

    return bool(fragments(text).person)


def _said(error: Exception) -> str:
    """What a failed engine may say of itself: our own errors in their words, anything else by its kind alone."""
    return (
        str(error)
        if isinstance(error, EngineError)
        else f"the engine failed in a way of its own ({type(error).__name__})"
    )


def _crisis_choices(crisis: CrisisReply) -> tuple[Choice, ...]:
    name = crisis.skill
    return (Choice(name, crisis_skill(name).action, 100.0, f"pinned: {crisis.kind}, {crisis.step}"),)
