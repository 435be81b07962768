"""Cuts dialogues into Intervention Units: each supporter move with the seeker before and after it.

What a unit says, and where it comes from:

- A move is all that the supporter says until the seeker speaks again; where several strategies are annotated in it, the
  last one that is not `Others` counts (what the seeker answers is what was said last, and a farewell or a "hm" is not it).
- The action within an annotated strategy is what the cues say among that strategy's actions; without an annotation the
  cues, or the engine's task `label-unit`, say both.
- Scenario and state are the corpus's own where it names them, else what the words of the dialogue so far show, else "".
  A state that the words show at that turn goes before the one that the corpus gives to the whole dialogue.
- Intensity, 0 to 100, is 100 minus SAGE's emotion point where there is one; before the first answer and after the last
  it is the survey's (1 to 5, times 20); else what the words show, None where they show nothing.
- A star rating stands on every move since the last rating, for that is what the seeker was asked to rate.
- Where a corpus records the emotion at every turn (SAGE), a move that was never scored is left out and counted.

Cues read English. Of other languages only what is annotated is taken, and for Chinese a rough guess at the action.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from escs.evolve.discover.changes import change_of
from escs.evolve.discover.chinese import action_of
from escs.evolve.discover.outcome import outcome
from escs.evolve.discover.unit import Dialogue, Moment, Unit
from escs.runtime.cue_file import cues
from escs.runtime.cues import weigh
from escs.runtime.reading import read
from escs.runtime.shape import before_of
from escs.runtime.state import Message, SeekerState
from escs.runtime.task import Task
from escs.runtime.taxonomy import taxonomy

WINDOW = 3_000  # bytes of the dialogue before a move that a model gets to see
CLIP = 1_500  # bytes of one message


@dataclass(frozen=True, slots=True)
class Move:
    """One supporter move: where its messages and the seeker's around it stand in the dialogue, and what rates it."""

    number: int  # from 1
    before: tuple[int, ...]  # the seeker's messages between the move before and this one
    own: tuple[int, ...]
    after: tuple[int, ...]
    feedback: int | None = None


@dataclass(frozen=True, slots=True)
class LabelInputs:
    """What a labeller sees: the dialogue up to the seeker's reply to the move, which is the last thing in it."""

    history: tuple[Message, ...]
    said: int  # messages of the move
    answered: int  # messages of the seeker's reply; 0 where there is none
    strategy: str = ""  # annotated: the action must be one of its own, or none

    @property
    def allowed(self) -> tuple[str, ...]:
        """The actions that the annotated strategy leaves; all where none is annotated."""
        return tuple(n for n, label in taxonomy().actions.items() if self.strategy in ("", label.strategy))


@dataclass(frozen=True, slots=True)
class UnitLabels:
    """What a labeller says of one move."""

    action: str = field(
        metadata={
            "choices": lambda: tuple(taxonomy().actions),
            "empty": True,
            "description": "What the move mainly does, or empty.",
        }
    )
    change: str = field(
        metadata={
            "choices": lambda: tuple(taxonomy().changes),
            "empty": True,
            "description": "What the reply shows, or empty.",
        }
    )
    before_state: str = field(
        metadata={
            "choices": lambda: tuple(taxonomy().states),
            "empty": True,
            "description": "The seeker before the move, or empty.",
        }
    )
    after_state: str = field(
        metadata={
            "choices": lambda: tuple(taxonomy().states),
            "empty": True,
            "description": "The seeker in the reply, or empty.",
        }
    )


def moves(dialogue: Dialogue) -> list[Move]:
    """The supporter's moves in order, each with its rating. Messages without text are no moves."""
    found: list[tuple[list[int], list[int], list[int]]] = []
    rated: dict[int, int] = {}
    since, seeker = 0, list[int]()
    for place, utterance in enumerate(dialogue.utterances):
        if utterance.role == "seeker":
            if utterance.feedback is not None:
                rated.update(dict.fromkeys(range(since, len(found)), utterance.feedback))
                since = len(found)
            if utterance.text.strip() or utterance.emotion is not None:
                seeker.append(place)
                if found:
                    found[-1][2].append(place)
        elif utterance.text.strip():
            if not found or seeker:
                found.append((seeker, [], []))
                seeker = []
            found[-1][1].append(place)
    return [
        Move(number + 1, tuple(before), tuple(own), tuple(after), rated.get(number))
        for number, (before, own, after) in enumerate(found)
    ]


def messages_of(dialogue: Dialogue) -> tuple[Message, ...]:
    """The dialogue as the runtime knows it."""
    return tuple(Message("user" if u.role == "seeker" else "assistant", u.text) for u in dialogue.utterances)


def label_inputs(dialogue: Dialogue, move: Move) -> LabelInputs:
    """What a model sees of a move: a window on the dialogue, so that a call's size does not grow with the talk."""
    told = messages_of(dialogue)
    kept = [replace(told[place], content=_clip(told[place].content)) for place in (*move.own, *move.after)]
    room = WINDOW
    for message in reversed(told[: move.own[0]]):
        cut = _clip(message.content)
        room -= len(cut.encode())
        if room < 0:
            break
        kept.insert(0, replace(message, content=cut))
    return LabelInputs(tuple(kept), len(move.own), len(move.after), _annotated(dialogue, move)[0])


def _clip(text: str) -> str:
    size = len(text.encode())
    if size <= CLIP:
        return text
    half = len(text) * CLIP // size // 2
    return f"{text[:half]} … {text[-half:]}"


def by_cues(inputs: LabelInputs) -> UnitLabels:
    """The offline rule of `label-unit`."""
    end = len(inputs.history) - inputs.answered
    start = end - inputs.said
    told, move, reply = inputs.history[:start], inputs.history[start:end], inputs.history[end:]
    strategy, action = act(move, told, inputs.strategy)
    text = "\n".join(message.content for message in move)
    last = next((m.content for m in reversed(told) if m.role == "user"), "")
    change = change_of(_joined(reply), before=last, strategy=strategy, move=text)
    after = read(inputs.history).label if reply else ""
    return UnitLabels(action, change, read(told).label if told else "", after)


def _joined(said: Sequence[Message]) -> str:
    return "\n".join(message.content for message in said if message.content.strip())


LABEL_UNIT: Task[LabelInputs, UnitLabels] = Task("label-unit", UnitLabels, by_cues, max_tokens=300)


def act(move: Sequence[Message], told: Sequence[Message], strategy: str = "") -> tuple[str, str]:
    """Strategy and action of a move by the cues; of the annotated `strategy` where one is given. English only.

    Without an annotation each message is labelled and the last that is not `Others` counts, as with annotations.
    """
    known = taxonomy()
    best = ("", "")
    for place, message in enumerate(move):
        weighed = weigh(message.content, before_of((*told, *move[:place])), cues())
        chosen = strategy
        if not chosen:
            ranked = dict.fromkeys((*(n for n in cues().start if n in weighed.strategies), *weighed.strategies))
            chosen = max(ranked, key=weighed.strategies.__getitem__)
        mine = [name for name, label in known.actions.items() if label.strategy == chosen]
        found = (chosen, max(mine, key=weighed.actions.__getitem__))
        if not best[0] or strategy or chosen != "Others":
            best = found
    return best


def _annotated(dialogue: Dialogue, move: Move) -> tuple[str, tuple[int, ...]]:
    """The strategy that counts for a move, and the messages that bear it; "" and all of them without annotation."""
    marked = [(place, dialogue.utterances[place].strategy) for place in move.own]
    named = [strategy for _, strategy in marked if strategy]
    if not named:
        return "", move.own
    chosen = next((strategy for strategy in reversed(named) if strategy != "Others"), "Others")
    return chosen, tuple(place for place, strategy in marked if strategy == chosen)


class Cutter:
    """One dialogue being cut: what is read at each seeker turn is read once."""

    def __init__(self, dialogue: Dialogue, left_out: Counter[str]) -> None:
        self.dialogue = dialogue
        self.told = messages_of(dialogue)
        self.moves = moves(dialogue)
        scored = any(u.change is not None for u in dialogue.utterances)
        if scored:
            kept = [move for move in self.moves if self._recorded(move) is not None]
            if len(kept) < len(self.moves):
                left_out["moves that the corpus did not score"] += len(self.moves) - len(kept)
            self.moves = kept
        self.answers = [move.number for move in self.moves if move.before]
        self.answered = [move.number for move in self.moves if move.after]
        self._read: dict[int, SeekerState] = {}

    def units(self, labels: dict[int, UnitLabels] | None = None) -> Iterator[Unit]:
        """The units in order, with an engine's labels by the move's number where there are some."""
        for move in self.moves:
            yield self._unit(move, (labels or {}).get(move.number))

    def _unit(self, move: Move, given: UnitLabels | None) -> Unit:
        dialogue, english = self.dialogue, self.dialogue.language == "en"
        text, reply, last = self._text(move.own), self._text(move.after), self._text(move.before)
        strategy, action = self._act(move, given)
        before = self._moment(move, move.before, given.before_state if given else None, first=True)
        after = self._moment(move, move.after, given.after_state if given else None, first=False)
        if given is not None:
            change = given.change if reply else ""
        else:
            change = change_of(reply, before=last, strategy=strategy, move=text) if english else ""
        emotion = self._recorded(move)
        scenario = dialogue.scenario
        if not scenario and english and move.before:
            scenario = self._state(move.before[-1]).scenario
        return Unit(
            id=f"{dialogue.id}:{move.number}",
            source=dialogue.source,
            dialogue=dialogue.id,
            turn=move.number,
            scenario=scenario,
            before=before,
            action=action,
            strategy=strategy,
            text=text,
            after=after,
            change=change,
            outcome=outcome(emotion_change=emotion, feedback=move.feedback, change=change),
            feedback=move.feedback,
            emotion_change=emotion,
        )

    def _act(self, move: Move, given: UnitLabels | None) -> tuple[str, str]:
        strategy, bearing = _annotated(self.dialogue, move)
        if given is not None and not given.action:  # none of the strategy's actions: it speaks for no skill
            return strategy, ""
        if given is not None and strategy in ("", taxonomy().strategy(given.action)):
            return taxonomy().strategy(given.action), given.action
        if self.dialogue.language == "en":
            return act([self.told[place] for place in bearing], self.told[: bearing[0]], strategy)
        action = action_of(self._text(move.own)) if self.dialogue.language == "zh" and not strategy else ""
        return strategy or (taxonomy().strategy(action) if action else ""), action

    def _moment(self, move: Move, places: tuple[int, ...], named: str | None, *, first: bool) -> Moment:
        if not places:
            return Moment()
        dialogue = self.dialogue
        seen = self._state(places[-1]) if dialogue.language == "en" else SeekerState()
        state = (seen.label if named is None else named) or dialogue.state
        intensity = seen.intensity if seen.label else None
        emotions = [e for place in places if (e := dialogue.utterances[place].emotion) is not None]
        if emotions:
            intensity = max(0, min(100, round(100 - emotions[-1])))
        elif first and dialogue.initial and move.number == self.answers[0]:
            intensity = 20 * dialogue.initial
        elif not first and dialogue.final and move.number == self.answered[-1]:
            intensity = 20 * dialogue.final
        return Moment(state, intensity, self._text(places))

    def _state(self, place: int) -> SeekerState:
        """The seeker as read at this message; the same for the move before and the move after it."""
        if place not in self._read:
            self._read[place] = read(self.told[: place + 1])
        return self._read[place]

    def _recorded(self, move: Move) -> float | None:
        changes = [c for place in move.after if (c := self.dialogue.utterances[place].change) is not None]
        return changes[0] if changes else None

    def _text(self, places: tuple[int, ...]) -> str:
        return _joined([self.told[place] for place in places])


def cut(dialogue: Dialogue, left_out: Counter[str] | None = None) -> Iterator[Unit]:
    """The units of a dialogue, labelled by the cues. `left_out` counts moves that became none, by reason."""
    return Cutter(dialogue, Counter() if left_out is None else left_out).units()
