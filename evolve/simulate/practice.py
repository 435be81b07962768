"""Practice: the person is the supporter, and sees how each reply landed with a simulated seeker."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from escs.evolve.simulate.heard import hear
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.rollout import MOST_TURNS, START, Feel, Rollout, Turn, Unsafe
from escs.evolve.simulate.seeker import SEEKER_FEEL, SEEKER_SAY, SeekerInputs, after, ended
from escs.evolve.simulate.supporters import screened
from escs.evolve.simulate.unsafe import events
from escs.runtime.bank.bank import Bank
from escs.runtime.bank.choose import Chooser
from escs.runtime.bank.skill import Skill
from escs.runtime.reading import read
from escs.runtime.safety.risk import Level
from escs.runtime.safety.watch import Watch
from escs.runtime.state import Message
from escs.runtime.task import Engine

_FIRST_STEP = re.compile(r"^1[.)]\s+(.+?)(?=\n\s*(?:\d+[.)]\s|\n)|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Landed:
    """How a reply landed: the feeling, what was unsafe in it, and what the seeker said back ("" where it ended)."""

    feel: Feel
    unsafe: tuple[Unsafe, ...]
    answer: str
    ended: str


@dataclass(frozen=True, slots=True)
class Hint:
    """What a coach would say before the reply: what to do, by which skill, and why it fits."""

    skill: str
    advice: str
    why: str


@dataclass(slots=True)
class Practice:
    """One practised conversation. It is kept in memory; `rollout` makes a record of it."""

    profile: Profile
    engine: Engine
    seed: int = 1
    turns: list[Turn] = field(default_factory=list)
    feels: list[Feel] = field(default_factory=list)
    talked: list[Message] = field(default_factory=list)
    unsafe: list[Unsafe] = field(default_factory=list)
    waiting: str = ""  # the seeker's turn that is to be answered
    over: str = ""

    def __post_init__(self) -> None:
        self.waiting = self.waiting or self.profile.opening

    async def begin(self) -> None:
        """Let the seeker speak first where the profile has no first line, as SAGE's have none."""
        if not self.waiting:
            asked = SeekerInputs(self.profile, (), (), self.seed)
            said = await self.engine.ask(SEEKER_SAY, asked, sample=self.seed)
            self.waiting = said.value.said.strip() or "…"

    @property
    def emotion(self) -> float:
        """How the seeker feels now, 0 to 100."""
        return self.feels[-1].emotion if self.feels else START

    async def reply(self, text: str) -> Landed:
        """Answer the seeker. Raises `EngineError` where the simulator fails; then nothing has happened."""
        number = len(self.turns) + 1
        talked = [*self.talked, Message("user", self.waiting), Message("assistant", text)]
        inputs = SeekerInputs(self.profile, tuple(talked), tuple(self.feels), self.seed)
        felt = (await self.engine.ask(SEEKER_FEEL, inputs)).value
        feel = after(self.emotion, felt.change, felt.feels)
        end = ended(feel.emotion) or ("turns" if number >= MOST_TURNS else "")
        answer = ""
        if not end:
            inputs = SeekerInputs(self.profile, tuple(talked), (*self.feels, feel), self.seed)
            said = (await self.engine.ask(SEEKER_SAY, inputs)).value
            answer, end = said.said.strip() or "…", "goodbye" if said.goodbye else ""
        unsafe = events(self.profile, number, text, (), (), assault_told=self.profile.scenario == "trauma")
        heard = hear(tuple(talked[:-1]), text)
        self.turns.append(Turn(self.waiting, text, feel, actions=heard.actions))
        self.feels.append(feel)
        self.talked = talked
        self.unsafe += unsafe
        self.waiting, self.over = answer, end
        return Landed(feel, unsafe, answer, end)

    def hints(self, chooser: Chooser, bank: Bank) -> list[Hint]:
        """What the bank would load for the seeker's turn that is waiting."""
        history = (*self.talked, Message("user", self.waiting))
        texts = [message.content for message in history if message.role == "user"]
        watch = Watch()
        for text in texts:
            watch = watch.after(screened(text))
        if watch.level >= Level.ELEVATED:
            kinds = ", ".join(watch.kinds)
            return [
                Hint(
                    "ask-about-suicide",
                    "Ask directly and calmly whether they are in danger.",
                    f"the screen sees: {kinds}",
                )
            ]
        state = read(history, risk=watch.level, risk_kinds=watch.kinds)
        chosen = chooser.choose(state, texts)
        return [Hint(one.name, _advice(bank.load(one.name)), one.why) for one in chosen]

    def rollout(self) -> Rollout:
        """The talk as a record that `escs report` shows."""
        profile = self.profile
        last = [Turn(self.waiting)] if self.over == "goodbye" and self.waiting else []
        return Rollout(
            id=f"{profile.name}:practice", profile=profile.name, intention=profile.intention,
            temperament=profile.temperament, seed=self.seed, bank="", engine="a person", simulator=self.engine.name,
            split=profile.split, trap=bool(profile.trap), cues=tuple(cue.turn for cue in profile.cues),
            turns=(*self.turns, *last), final=self.emotion, ended=self.over or "turns", unsafe=tuple(self.unsafe),
            persona=profile.persona, tags=profile.tags,
        )  # fmt: skip


def _advice(skill: Skill) -> str:
    """The first step of a skill's guidance; the first sentence of its description where the guidance has no steps."""
    step = _FIRST_STEP.search(skill.sections.get("Guidance", ""))
    return " ".join(step[1].split()) if step else f"{skill.description.partition('. ')[0].rstrip('.')}."
