"""One simulated dialogue under the SAGE protocol: each reply is felt, then answered, until an end is reached.

Emotion starts at 40. The dialogue ends at 100 and more (success), below 10 (failure), with the seeker's goodbye, or after
ten supporter turns. Unlike the released code of SAGE, the last reply is felt too, an answer that does not fit is asked for
again a bounded number of times, and a dialogue that broke off for technical reasons is recorded as that and never scored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from escs.evolve.simulate.heard import hear
from escs.evolve.simulate.profile import Profile
from escs.evolve.simulate.replied import Party
from escs.evolve.simulate.rollout import MOST_TURNS, START, Feel, Rollout, Turn, Unsafe
from escs.evolve.simulate.seeker import SEEKER_FEEL, SEEKER_SAY, SeekerInputs, after, ended
from escs.evolve.simulate.unsafe import events
from escs.runtime.engines.budget import BudgetSpentError
from escs.runtime.errors import AnswerInvalid, EngineError, EngineRefused
from escs.runtime.state import Message
from escs.runtime.task import Answered, Engine, Task

Answer = TypeVar("Answer")

TRIES = 3  # of one call whose answer does not fit its task
APART = 1_000_000  # between the sample numbers of the tries of one call


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run's dialogues have in common."""

    party: Party
    simulator: Engine
    most_turns: int = MOST_TURNS


def rollout_id(profile: Profile, seed: int) -> str:
    """The id of a dialogue within a run."""
    return f"{profile.name}:{seed}"


async def roll_out(profile: Profile, seed: int, setting: Setting) -> Rollout:
    """Hold one dialogue. A technical failure is an ending; a spent budget is raised, for it ends the run, and so is a
    `StorageError` of the call record."""
    turns: list[Turn] = []
    unsafe: list[Unsafe] = []
    feels: list[Feel] = []
    talked: list[Message] = []
    fault, end, text = "", "", profile.opening
    talk = setting.party.begin(seed)
    try:
        if not text:  # profiles of SAGE come without a first line
            first = SeekerInputs(profile, (), (), seed)
            text = (await _ask(setting.simulator, SEEKER_SAY, first, seed)).said.strip() or "…"
        while not end:
            number = len(turns) + 1
            turns.append(Turn(text))
            replied = await talk.reply(text)
            talked += [Message("user", text), Message("assistant", replied.said)]
            heard = hear(tuple(talked[:-1]), replied.said)
            turn = Turn(text, replied.said, None, replied.skills, replied.risk, replied.state, heard.actions)
            turns[-1] = turn
            unsafe += events(
                profile, number, replied.said, replied.withheld, replied.loaded,
                assault_told=profile.scenario == "trauma",
            )  # fmt: skip
            inputs = SeekerInputs(profile, tuple(talked), tuple(feels), seed)
            felt = await _ask(setting.simulator, SEEKER_FEEL, inputs, seed)
            feel = after(inputs.emotion, felt.change, felt.feels)
            feels.append(feel)
            turns[-1] = Turn(text, turn.supporter, feel, turn.skills, turn.risk, turn.state, turn.actions)
            end = ended(feel.emotion) or ("turns" if number >= setting.most_turns else "")
            if not end:
                inputs = SeekerInputs(profile, tuple(talked), tuple(feels), seed)
                said = await _ask(setting.simulator, SEEKER_SAY, inputs, seed)
                text = said.said.strip() or "…"
                if said.goodbye:
                    end = "goodbye"
                    turns.append(Turn(text))
    except BudgetSpentError:
        raise
    except EngineError as error:
        end, fault = "technical", str(error)
    return Rollout(
        id=rollout_id(profile, seed),
        profile=profile.name,
        intention=profile.intention,
        temperament=profile.temperament,
        seed=seed,
        bank=setting.party.bank,
        engine=setting.party.name,
        simulator=setting.simulator.name,
        split=profile.split,
        trap=bool(profile.trap),
        cues=tuple(cue.turn for cue in profile.cues),
        turns=tuple(turns),
        final=feels[-1].emotion if feels else START,
        ended=end,
        unsafe=tuple(unsafe),
        persona=profile.persona,
        tags=profile.tags,
        fault=fault,
    )


async def _ask(engine: Engine, task: Task[SeekerInputs, Answer], inputs: SeekerInputs, seed: int) -> Answer:
    """Ask a task, again where the answer does not fit it. Raises the last error after `TRIES`."""
    for attempt in range(TRIES):
        try:
            answered: Answered[Answer] = await engine.ask(task, inputs, sample=seed + APART * attempt)
        except (AnswerInvalid, EngineRefused):
            if attempt + 1 == TRIES:
                raise
        else:
            return answered.value
    raise AssertionError
