"""Letters typed apart, as in k i l l or s-u-i-c-i-d-e, put together to the words that they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from escs.runtime.safety.spelling import Spelling

_LETTER = re.compile(r"(?<![^\W_])[^\W_](?![^\W_])|[$@!]")  # what may be one of several letters typed apart

LEAST_LETTERS = 3
MOST_LETTERS = 60
"""How many letters typed apart are read as one run."""


def regions(chunks: Sequence[str]) -> tuple[list[str], set[str]]:
    """Chunks put together again where letters typed apart may run on from one to the next: a whole word ends a run.

    Also gives those of them that hold enough letters typed apart; in all others none are looked for.
    """
    apart = {chunk for chunk in set(chunks) if len(chunk) < 2 or not chunk.isalpha()}
    regions: list[str] = []
    spaced: dict[str, bool] = {}
    done = 0
    places = [place for place, chunk in enumerate(chunks) if chunk in apart]
    for first, end in _runs(places):
        region = " ".join(chunks[first:end])
        if region not in spaced:
            spaced[region] = len(_LETTER.findall(region)) >= LEAST_LETTERS
        if spaced[region]:
            regions += chunks[done:first]
            regions.append(region)
            done = end
    return [*regions, *chunks[done:]], {region for region, enough in spaced.items() if enough}


def _runs(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Where places follow each other without a gap: the first of each run, and the one after its last."""
    first = end = -1
    for place in places:
        if place != end:
            if first >= 0:
                yield first, end
            first = place
        end = place + 1
    if first >= 0:
        yield first, end


def joined(
    words: list[str],
    repaired: Mapping[str, tuple[str, ...]],
    known: Mapping[str, int],
    spelling: Spelling,
) -> tuple[list[str], list[int]]:
    """The words with repairs in place, and for each the index of the typed word that it came from."""
    result: list[str] = []
    origins: list[int] = []
    runs: dict[str, tuple[str, ...]] = {}
    index = 0
    while index < len(words):
        word = words[index]
        if len(word) == 1 and word.isalnum():
            letters, after = _letters(words, index)
            if letters not in runs:
                runs[letters] = spelling.joined(letters, known) if len(letters) >= LEAST_LETTERS else ()
            joined = runs[letters]
            if joined:
                result += joined
                spread = [index + (after - 1 - index) * part // max(1, len(joined) - 1) for part in range(len(joined))]
                origins += spread if len(joined) > 1 else [index]
                if len(joined) == 1:
                    result.append(",")  # a pause that carries the place of the last letter
                    origins.append(after - 1)
                index = after
                continue
            if len(letters) >= MOST_LETTERS:  # a wall of letters: read on after it, so that work stays linear
                result += words[index:after]
                origins += range(index, after)
                index = after
                continue
        for part in repaired.get(word, (word,)):
            result.append(part)
            origins.append(index)
        index += 1
    return result, origins


def _letters(words: Sequence[str], start: int) -> tuple[str, int]:
    """A run of single letters with at most one sign between two of them, and the index after it."""
    letters, index, after = "", start, start
    while index < len(words):
        word = words[index]
        if len(letters) >= MOST_LETTERS:
            break
        if len(word) == 1 and (word.isalnum() or word in "$@!"):
            letters += word
            after = index + 1
        elif len(word) > 1 or index != after:
            break
        index += 1
    return letters, after
