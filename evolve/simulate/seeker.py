"""The simulated seeker: two tasks, `seeker-feel` (how a reply lands) and `seeker-say` (what comes back).

A model plays the profile; offline, stated rules feel (`appraisal.py`) and the profile's own lines speak.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from escs.evolve.simulate.appraisal import Past, appraise, chance, trust
from escs.evolve.simulate.appraisal_file import parameters, seeker_words
from escs.evolve.simulate.heard import Heard, hear
from escs.evolve.simulate.profile import Cue, Profile
from escs.evolve.simulate.rollout import FAILURE, MOST_CHANGE, START, SUCCESS, Feel
from escs.runtime.state import Message
from escs.runtime.task import Task

BETTER, WORSE = 5, -3  # changes from which a line of `## Better` or `## Worse` fits
GLAD = 75.0  # emotion from which relief is spoken of
BLANK = 0.35  # chance of a turn without content where the profile has some and the last reply did little


@dataclass(frozen=True, slots=True)
class SeekerInputs:
    """What the seeker has before them: who they are, the talk so far, and how they feel."""

    profile: Profile
    talked: tuple[Message, ...]  # ends with the supporter's reply; not laid out as a chat of the model's own
    feels: tuple[Feel, ...]  # of the replies before (and, for `seeker-say`, of this one)
    seed: int

    @property
    def turn(self) -> int:
        """The number of the supporter's last reply, from 1."""
        return [message.role for message in self.talked].count("assistant")

    @property
    def emotion(self) -> float:
        """How the seeker feels now, 0 to 100."""
        return self.feels[-1].emotion if self.feels else START

    @property
    def trust(self) -> int:
        """How far they trust, 0 to 100."""
        return round(trust(self.profile, [feel.change for feel in self.feels]))

    @property
    def cue(self) -> Cue | None:
        """The hint at danger that their coming turn holds."""
        return next((cue for cue in self.profile.cues if cue.turn == self.turn + 1), None)

    @property
    def talk(self) -> str:
        """The dialogue as text."""
        names = {"user": "You", "assistant": "Supporter"}
        return "\n\n".join(f"{names[message.role]}: {message.content}" for message in self.talked)


@dataclass(frozen=True, slots=True)
class FeelAnswer:
    """How a reply landed."""

    said: str = field(
        metadata={"description": "What the supporter's reply said and did, in one sentence.", "max_length": 400}
    )
    meets: str = field(
        metadata={"description": "How well it meets what you secretly hope for, in one sentence.", "max_length": 400}
    )
    feels: str = field(metadata={"description": "How it lands with you, in one or two sentences.", "max_length": 500})
    change: int = field(
        metadata={"ge": -10, "le": 10, "description": "Change of your emotion from -10 to 10; 0 where it did nothing."}
    )


@dataclass(frozen=True, slots=True)
class SayAnswer:
    """What the seeker says next."""

    said: str = field(metadata={"description": "Your next message, as you would type it.", "max_length": 1200})
    goodbye: bool = field(metadata={"description": "True only where this message ends the conversation."})


@lru_cache(maxsize=1024)
def heard_so_far(history: tuple[Message, ...]) -> tuple[Heard, ...]:
    """Every reply of the talk as the rules hear it; in a talk that goes on, all but the newest have been heard."""
    if not history:
        return ()
    before, newest = history[:-1], history[-1]
    earlier = heard_so_far(before)
    return (*earlier, hear(before, newest.content)) if newest.role == "assistant" else earlier


def _feel(inputs: SeekerInputs) -> FeelAnswer:
    """The offline rule of `seeker-feel`."""
    *before, now = heard_so_far(inputs.talked)
    cue = any(each.turn == inputs.turn for each in inputs.profile.cues)
    past = Past(inputs.turn, inputs.emotion, tuple(before), tuple(feel.change for feel in inputs.feels), cue)
    felt = appraise(inputs.profile, now, past, inputs.seed)
    return FeelAnswer(", ".join(now.actions), "", felt.why, felt.change)


def _say(inputs: SeekerInputs) -> SayAnswer:
    """The offline rule of `seeker-say`: the profile's own lines, as trust and feeling allow."""
    profile, emotion = inputs.profile, inputs.emotion
    if not inputs.talked:
        return SayAnswer(profile.opening or "…", goodbye=False)
    mine = [message.content for message in inputs.talked if message.role == "user"]
    now = hear(inputs.talked[:-1], inputs.talked[-1].content)
    change = inputs.feels[-1].change if inputs.feels else 0.0
    if emotion < parameters().goodbye["below"] and change < 0:
        leaves = parameters().goodbye[profile.temperament]
        if chance(profile.name, inputs.seed, f"leave {inputs.turn}") < leaves:
            return SayAnswer(seeker_words().left[profile.temperament][0], goodbye=True)
    if inputs.cue is not None:
        return SayAnswer(inputs.cue.text, goodbye=False)
    if now.asks_after_danger:
        hinted = any(cue.turn <= inputs.turn for cue in profile.cues)
        lines = seeker_words().risk["hinted" if hinted else "not-hinted"]
        fresh = [line for line in lines if line not in mine]
        if fresh:
            return SayAnswer(fresh[0], goodbye=False)
    if now.asks_what_is_wanted:
        level = 0 if (trusting := inputs.trust) < 25 else 1 if trusting < 60 else 2
        line = seeker_words().wants[profile.intention][level]
        if line not in mine:
            return SayAnswer(line, goodbye=False)
    return SayAnswer(_line(inputs, change, mine), goodbye=False)


def _line(inputs: SeekerInputs, change: float, mine: list[str]) -> str:
    profile = inputs.profile

    def fresh(lines: tuple[str, ...]) -> list[str]:
        return [line for line in lines if line not in mine]

    trusting = inputs.trust
    reached = fresh(tuple(each.text for each in profile.discloses if each.trust <= trusting))
    worse, better, blank = fresh(profile.worse), fresh(profile.better), fresh(profile.turns)
    if change <= WORSE and worse and mine[-1] not in profile.worse:
        return worse[0]
    if blank and change < BETTER and chance(profile.name, inputs.seed, f"blank {inputs.turn}") < BLANK:
        return blank[0]
    if change >= BETTER and inputs.emotion >= GLAD and better and mine[-1] not in profile.better:
        return better[0]
    if reached:
        return reached[0]
    spare = worse if change < 0 else better
    rest = spare or blank or fresh(tuple(each.text for each in profile.discloses)) or better or worse
    return rest[0] if rest else "…"


SEEKER_FEEL: Task[SeekerInputs, FeelAnswer] = Task("seeker-feel", FeelAnswer, _feel, max_tokens=500)
SEEKER_SAY: Task[SeekerInputs, SayAnswer] = Task("seeker-say", SayAnswer, _say, max_tokens=500)


def after(emotion: float, change: float, why: str) -> Feel:
    """The feeling after a change, kept within bounds."""
    bounded = float(max(-MOST_CHANGE, min(MOST_CHANGE, change)))  # a run that goes on gives the same bytes
    return Feel(bounded, max(0.0, min(100.0, emotion + bounded)), why)


def ended(emotion: float) -> str:
    """`success`, `failure`, or "" where the talk goes on."""
    return "success" if emotion >= SUCCESS else "failure" if emotion < FAILURE else ""
