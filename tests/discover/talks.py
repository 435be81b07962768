"""Small corpora in the generic format, with rules planted in them, for the tests of discovery as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

FEELINGS = {
    "sad": "I feel so sad about all of this, I keep crying over it",
    "anxious": "I am so anxious and worried that I can not stop thinking about it",
    "angry": "I am furious and so angry at how they treated me there",
}
MOVES = {
    "Question": "What happened then, could you tell me more about it?",
    "Reflection of feelings": "It sounds like you feel really hurt by what happened there.",
    "Providing Suggestions": "You could try to write a list of what you want to tell them.",
    "Affirmation and Reassurance": "You have already shown a lot of strength by getting this far.",
}


def talk(random: Random, number: int) -> dict[str, Any]:
    """A dialogue of eight moves: suggestions land badly with the angry, reflections well with the sad."""
    state = random.choice(list(FEELINGS))
    own = random.gauss(0, 0.1)
    messages: list[dict[str, Any]] = [{"role": "user", "content": FEELINGS[state]}]
    for turn in range(8):
        strategy = random.choice(list(MOVES))
        chance = 0.55 + own + 0.02 * turn
        chance -= 0.4 if (state, strategy) == ("angry", "Providing Suggestions") else 0
        chance += 0.4 if (state, strategy) == ("sad", "Reflection of feelings") else 0
        stars = 5 if random.random() < chance else 1
        messages.append({"role": "assistant", "content": MOVES[strategy], "strategy": strategy})
        messages.append({"role": "user", "content": FEELINGS[state], "feedback": stars})
    return {"messages": messages, "meta": {"source": "practice-room", "id": number, "state": state}}


def write_talks(path: Path, *, dialogues: int = 220, seed: int = 1) -> Path:
    """A corpus of such dialogues."""
    random = Random(f"talks {seed}")
    lines = (json.dumps(talk(random, number)) for number in range(dialogues))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
