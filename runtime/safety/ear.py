"""The ear: a small language model that hears danger in words which no rule knows, and doubts a rule where it hears none.

Rules can be read one by one; they miss much of what people say sideways, and take words for danger that mean none. The ear cannot be
read: it is a network of eleven million numbers that was taught with invented messages (benchmarks/learn_ear.py; what it is and what it
was measured to do stands in ears/README.md). So it takes nothing back: what it raises is answered with a question, and a crisis that it
doubts is still elevated and asked about. It runs on this computer, on plain NumPy, and sends nothing anywhere.

One ear serves one language, and stands in a folder of its own: `weights.npz`, `pieces.txt` (its words and parts of words) and `ear.toml`
(from what score on a text counts). A language without a folder has none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from escs.runtime.errors import UsageError
from escs.runtime.safety.folding import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

EARS = Path(__file__).with_name("ears")
WINDOW = 126
"""Pieces heard at once, without the two marks around them; the ear was taught with messages of up to this length."""
WINDOWS = 8
"""Windows of a longer text that are heard: its first and its last ones. The rules read all of it."""
LONGEST = 40  # letters of a word; a longer one is no word
NORM = 1e-12  # of the layers' normalisation, as the network was trained

MOST_SHOWN = 2_000
"""Characters of a text in which the sentence is looked for that is shown as the reason."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the ear hears in the gravest window of a text."""

    crisis: float  # how much likelier a crisis is than no danger: natural logarithm of the odds
    danger: float  # and danger of any kind
    kind: str  # the kind of danger that it hears most
    share: float  # its share of all kinds of danger, 0 to 1
    whole: bool  # whether it heard all of the text; of a very long one it hears both ends


class Pieces(dict[str, int]):
    """The words and parts of words that an ear knows, each with its number."""

    def cut(self, text: str) -> list[int]:
        """The text as numbers of pieces: words that are known, or the longest known parts of them (WordPiece)."""
        numbers: list[int] = []
        for word in _WORD.findall(fold(text)):
            numbers += self._parts(word)
        return numbers

    def framed(self, window: Sequence[int]) -> list[int]:
        """The pieces of a window between the marks of its beginning and its end."""
        return [self["[CLS]"], *window, self["[SEP]"]]

    def _parts(self, word: str) -> list[int]:
        whole = self.get(word)
        if whole is not None:
            return [whole]
        unknown = [self["[UNK]"]]
        if len(word) > LONGEST:
            return unknown
        parts, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                part = self.get(word[start:end] if start == 0 else f"##{word[start:end]}")
                if part is not None:
                    break
            else:
                return unknown
            parts.append(part)
            start = end
        return parts


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the network; matrices stand as inputs x outputs."""

    into: Floats  # to queries, keys and values at once
    into_bias: Floats
    out: Floats
    out_bias: Floats
    first_norm: tuple[Floats, Floats]
    wide: Floats
    wide_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    second_norm: tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Ear:
    """An ear, ready to hear: its bounds, and the network (a BERT encoder, Devlin et al. 2019) with two heads on the mean of its last layer."""

    crisis: float  # from this score on a text is a crisis
    elevated: float  # and from this one on elevated
    doubt: float  # below this score it doubts a crisis that a rule saw
    share: float  # share from which on a kind of danger is taken for it
    beside: float  # how much the weight of the words (weighed.py) counts beside it
    kinds: tuple[str, ...]  # what the second head tells apart; those that are no danger are called "-…"
    pieces: Pieces
    words: NDArray[np.int8]
    words_scale: Floats
    places: Floats
    first_norm: tuple[Floats, Floats]
    layers: tuple[Layer, ...]
    heads: int
    level_head: tuple[Floats, Floats]
    kind_head: tuple[Floats, Floats]

    def hears(self, text: str) -> Heard | None:
        """What it hears in a text, in its gravest window; None where there is no word."""
        pieces = self.pieces.cut(text)
        if not pieces:
            return None
        whole = len(pieces) <= WINDOW * WINDOWS
        return max((self._window(window, whole) for window in _windows(pieces)), key=lambda heard: heard.crisis)

    def gravest(self, text: str) -> str:
        """The sentence of a text in which, by itself, the ear hears the most danger: what to show a person for its reason."""
        sentences = [each.strip() for each in _SENTENCE.findall(text[:MOST_SHOWN]) if each.strip()]
        heard = [(found.danger, each) for each in sentences if (found := self.hears(each))]
        return max(heard)[1] if heard else text.strip()

    def _window(self, window: Sequence[int], whole: bool) -> Heard:
        import numpy as np

        state = self._encoded(self.pieces.framed(window)).mean(axis=0)
        none, elevated, crisis = (float(one) for one in _log_softmax(_linear(state, *self.level_head)))
        kinds = np.exp(_log_softmax(_linear(state, *self.kind_head)))
        dangers = {kind: float(part) for kind, part in zip(self.kinds, kinds, strict=True) if not kind.startswith("-")}
        kind = max(dangers, key=lambda one: dangers[one])
        danger, share = float(np.logaddexp(elevated, crisis)) - none, dangers[kind] / sum(dangers.values())
        return Heard(crisis - none, danger, kind, share, whole)

    def _encoded(self, ids: Sequence[int]) -> Floats:
        state = self.words[ids].astype("float32") * self.words_scale[ids, None] + self.places[: len(ids)]
        state = _norm(state, *self.first_norm)
        for layer in self.layers:
            state = _norm(state + self._attention(state, layer), *layer.first_norm)
            wide = _gelu(_linear(state, layer.wide, layer.wide_bias))
            state = _norm(state + _linear(wide, layer.narrow, layer.narrow_bias), *layer.second_norm)
        return state

    def _attention(self, state: Floats, layer: Layer) -> Floats:
        import numpy as np

        length, width = state.shape
        size = width // self.heads
        parts = _linear(state, layer.into, layer.into_bias).reshape(length, 3, self.heads, size).transpose(1, 2, 0, 3)
        queries, keys, values = parts
        scores = queries @ keys.transpose(0, 2, 1) / np.float32(size**0.5)
        weights = np.exp(_log_softmax(scores))
        mixed = (weights @ values).transpose(1, 0, 2).reshape(length, width)
        return _linear(mixed, layer.out, layer.out_bias)


def _linear(state: Floats, matrix: Floats, bias: Floats) -> Floats:
    result: Floats = state @ matrix + bias
    return result


def _log_softmax(scores: Floats) -> Floats:
    import numpy as np

    scores = scores - scores.max(axis=-1, keepdims=True)
    result: Floats = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return result


def _norm(state: Floats, weight: Floats, bias: Floats) -> Floats:
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = (centred * centred).mean(axis=-1, keepdims=True) + NORM
    result: Floats = centred / spread**0.5 * weight + bias
    return result


def _gelu(state: Floats) -> Floats:
    """GELU in its form with tanh (Hendrycks & Gimpel 2016), with which the network was trained."""
    import numpy as np

    result: Floats = 0.5 * state * (1 + np.tanh(0.7978846 * (state + 0.044715 * state * state * state)))
    return result


def _windows(pieces: Sequence[int]) -> list[Sequence[int]]:
    """The pieces in windows of equal length, as few as will do; of many, the first and the last ones."""
    count = -(-len(pieces) // WINDOW)
    size = -(-len(pieces) // count)
    windows = [pieces[start : start + size] for start in range(0, len(pieces), size)]
    return windows if count <= WINDOWS else [*windows[: WINDOWS // 2], *windows[-(WINDOWS // 2) :]]


@cache
def ear_for(language: str) -> Ear | None:
    """The ear for a language, read once; None where the language has none. Raises `UsageError` where one of its files is wrong."""
    folder = EARS / language
    if not language or not folder.is_dir():
        return None
    try:
        return _read(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BadZipFile) as fault:
        raise UsageError(f"{folder} is no ear of the crisis screen ({fault}); install escs again.") from fault


def _read(folder: Path) -> Ear:
    import numpy as np

    settings: dict[str, Any] = tomllib.loads((folder / "ear.toml").read_text(encoding="utf-8"))
    pieces = (folder / "pieces.txt").read_text(encoding="utf-8").split("\n")[:-1]
    with (folder / "weights.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:

        def plain(name: str) -> Floats:
            values: Floats = stored[name].astype(np.float32)
            return values

        def matrix(name: str) -> Floats:
            """Whole numbers from -127 to 127, with one scale for each output."""
            return plain(name) * plain(f"{name}.scale")

        def norm(name: str) -> tuple[Floats, Floats]:
            return plain(f"{name}.weight"), plain(f"{name}.bias")

        def layer(number: int) -> Layer:
            at = f"layer{number}"
            return Layer(
                matrix(f"{at}.into"), plain(f"{at}.into.bias"), matrix(f"{at}.out"), plain(f"{at}.out.bias"),
                norm(f"{at}.norm1"), matrix(f"{at}.wide"), plain(f"{at}.wide.bias"), matrix(f"{at}.narrow"),
                plain(f"{at}.narrow.bias"), norm(f"{at}.norm2"),
            )  # fmt: skip

        words = stored["words"]
        if len(words) != len(pieces):
            raise ValueError(f"{len(words)} rows of weights for {len(pieces)} pieces")
        return Ear(
            float(settings["crisis"]), float(settings["elevated"]), float(settings["doubt"]), float(settings["share"]), float(settings["beside"]),
            tuple(settings["kinds"]),
            Pieces({piece: number for number, piece in enumerate(pieces)}), words, plain("words.scale"), plain("places"),
            norm("norm0"), tuple(layer(number) for number in range(int(settings["layers"]))), int(settings["heads"]),
            (plain("level"), plain("level.bias")), (plain("kind"), plain("kind.bias")),
        )  # fmt: skip
