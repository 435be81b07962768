"""The ear: two language models that hear danger in words which no rule knows, and doubt a rule where they hear none.

Rules can be read one by one; they miss much of what people say sideways, and take words for danger that mean none. The ear cannot be
read: it is made of two networks that were taught with invented messages (benchmarks/learn_ear.py; what they are and what they were
measured to do stands in ears/README.md). So it takes nothing back: what it raises is answered with a question, and a crisis that it
doubts is still elevated and asked about. It runs on this computer, on plain NumPy, and sends nothing anywhere.

The quick network hears every text, in milliseconds, and lets pass what is plainly harmless. The careful one, which is eight times as
large and far more often right, is asked about the rest, and read from the disk when it is first needed.

One ear serves one language, and stands in a folder of its own: `quick.npz`, `careful.npz`, `pieces.txt` (their words and parts of words)
and `ear.toml` (from what score on a text counts). A language without a folder has none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
LISTENED = 2
"""Of these, how many the careful network hears: those that sound gravest to the quick one."""
LONGEST = 40  # letters of a word; a longer one is no word
GROUP = 64  # numbers of four bits that share a scale
BUCKETS, FAR = 32, 128
"""How many distances between two pieces a network with relative places tells apart, and the one from which on all are alike (Raffel et al. 2020)."""

MOST_SHOWN = 2_000
"""Characters of a text in which the sentence is looked for that is shown as the reason."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a network hears in the gravest window of a text."""

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
class Network:
    """A BERT encoder (Devlin et al. 2019) with two heads on the mean of its last layer: the level, and the kind of danger."""

    words: NDArray[np.int8]
    words_scale: Floats
    places: Floats
    nearness: Floats | None  # buckets x heads: how much a distance counts (MPNet, Song et al. 2020); None: places alone
    first_norm: tuple[Floats, Floats]
    layers: tuple[Layer, ...]
    heads: int
    tiny: float  # of the layers' normalisation, as the network was trained
    level_head: tuple[Floats, Floats]
    kind_head: tuple[Floats, Floats]
    kinds: tuple[str, ...]  # what the second head tells apart; those that are no danger are called "-…"

    def hears(self, framed: Sequence[int], whole: bool = True) -> Heard:
        """What it hears in a window of pieces."""
        import numpy as np

        state = self._encoded(framed).mean(axis=0)
        none, elevated, crisis = (float(one) for one in _log_softmax(_linear(state, *self.level_head)))
        kinds = np.exp(_log_softmax(_linear(state, *self.kind_head)))
        dangers = {kind: float(part) for kind, part in zip(self.kinds, kinds, strict=True) if not kind.startswith("-")}
        kind = max(dangers, key=lambda one: dangers[one])
        danger, share = float(np.logaddexp(elevated, crisis)) - none, dangers[kind] / sum(dangers.values())
        return Heard(crisis - none, danger, kind, share, whole)

    def _encoded(self, ids: Sequence[int]) -> Floats:
        state = self.words[ids].astype("float32") * self.words_scale[ids, None] + self.places[: len(ids)]
        state = self._norm(state, *self.first_norm)
        near = self._near(len(ids))
        for layer in self.layers:
            state = self._norm(state + self._attention(state, layer, near), *layer.first_norm)
            wide = _gelu(_linear(state, layer.wide, layer.wide_bias))
            state = self._norm(state + _linear(wide, layer.narrow, layer.narrow_bias), *layer.second_norm)
        return state

    def _near(self, length: int) -> Floats | float:
        """What the distances between pieces add, heads x pieces x pieces."""
        if self.nearness is None:
            return 0.0
        near: Floats = self.nearness[buckets(length)].transpose(2, 0, 1)
        return near

    def _attention(self, state: Floats, layer: Layer, near: Floats | float) -> Floats:
        import numpy as np

        length, width = state.shape
        size = width // self.heads
        parts = _linear(state, layer.into, layer.into_bias).reshape(length, 3, self.heads, size).transpose(1, 2, 0, 3)
        queries, keys, values = parts
        scores = queries @ keys.transpose(0, 2, 1) / np.float32(size**0.5) + near
        weights = np.exp(_log_softmax(scores))
        mixed = (weights @ values).transpose(1, 0, 2).reshape(length, width)
        return _linear(mixed, layer.out, layer.out_bias)

    def _norm(self, state: Floats, weight: Floats, bias: Floats) -> Floats:
        centred = state - state.mean(axis=-1, keepdims=True)
        spread = (centred * centred).mean(axis=-1, keepdims=True) + self.tiny
        result: Floats = centred / spread**0.5 * weight + bias
        return result


@dataclass(frozen=True, slots=True)
class Ear:
    """An ear, ready to hear: its bounds, its words, and the quick network; the careful one is read when it is needed."""

    folder: Path
    passes: float  # below this score a text is plainly harmless to the quick network
    stands: float  # and from this one on it doubts no rule; in between the careful one is asked
    crisis: float  # from this score of the careful one on a text is a crisis
    elevated: float  # and from this one on elevated
    explained: float  # the bound of a crisis where a rule said whom or what the words are about
    doubt: float  # below this score it doubts a crisis that a rule saw
    share: float  # share from which on a kind of danger is taken for it
    unread: frozenset[str]  # words of kinds of English that it has hardly read; where one stands it doubts nothing
    beside: float  # how much the weight of the words (weighed.py) counts beside it
    pieces: Pieces
    quick: Network

    @property
    def careful(self) -> Network:
        """The careful network. Raises `UsageError` where its file is wrong."""
        return network_of(self.folder, "careful")

    def hears(self, text: str, beside: float = 0.0) -> Heard | None:
        """What the careful network hears in a text; None where there is no word, or nothing but what is plainly harmless.

        `beside` is added to what the quick one hears, and decides with it whether the careful one is asked.
        """
        return self._listens(text, lambda crisis: crisis + beside >= self.passes)

    def doubts(self, text: str) -> Heard | None:
        """What it hears where it hears nothing of danger in all of a text; None where it hears some, or cannot tell."""
        if not self.unread.isdisjoint(_WORD.findall(fold(text))):
            return None
        heard = self._listens(text, lambda crisis: crisis < self.stands)
        return heard if heard and heard.whole and heard.crisis < self.doubt else None

    def gravest(self, text: str) -> str:
        """The sentence of a text in which, by itself, the quick network hears the most danger: what to show a person for its reason."""
        sentences = [each.strip() for each in _SENTENCE.findall(text[:MOST_SHOWN]) if each.strip()]
        cut = [(each, pieces) for each in sentences if (pieces := self.pieces.cut(each)[:WINDOW])]
        heard = [(self.quick.hears(self.pieces.framed(pieces)).danger, each) for each, pieces in cut]
        return max(heard)[1] if heard else text.strip()

    def _listens(self, text: str, closer: Callable[[float], bool]) -> Heard | None:
        """What the careful network hears, in its gravest window, where what the quick one hears asks for it."""
        pieces = self.pieces.cut(text)
        if not pieces:
            return None
        framed = [self.pieces.framed(window) for window in _windows(pieces)]
        quickly = [self.quick.hears(window).crisis for window in framed]
        if not closer(max(quickly)):
            return None
        whole = len(pieces) <= WINDOW * WINDOWS
        closest = sorted(zip(quickly, framed, strict=True), key=lambda one: -one[0])[:LISTENED]
        return max((self.careful.hears(window, whole) for _, window in closest), key=lambda heard: heard.crisis)


@cache
def buckets(length: int) -> NDArray[np.int64]:
    """Which of the buckets each distance falls into, pieces x pieces: near ones one by one, far ones together, either way apart."""
    import numpy as np

    places = np.arange(length)
    behind = places[:, None] - places[None, :]
    half = BUCKETS // 2
    near = half // 2
    far = np.abs(behind)
    scaled = near + (np.log(np.maximum(far, 1) / near) / np.log(FAR / near) * (half - near)).astype(np.int64)
    bucket: NDArray[np.int64] = np.where(far < near, far, np.minimum(scaled, half - 1)) + half * (behind < 0)
    return bucket


def _linear(state: Floats, matrix: Floats, bias: Floats) -> Floats:
    result: Floats = state @ matrix + bias
    return result


def _log_softmax(scores: Floats) -> Floats:
    import numpy as np

    scores = scores - scores.max(axis=-1, keepdims=True)
    result: Floats = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
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
    import numpy as np

    with _told_of(folder):
        settings = settings_of(folder)
        pieces = (folder / "pieces.txt").read_text(encoding="utf-8").split("\n")[:-1]
        numbered = Pieces({piece: number for number, piece in enumerate(pieces)})
        bounds = {name: float(settings[name]) for name in BOUNDS}
        quick = network_of(folder, "quick")
        with (folder / "careful.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if (
                "words" not in stored
            ):  # its weights are read when they are needed, and that the file is whole is seen now
                raise ValueError("careful.npz has no words")
        if len(quick.words) != len(pieces):
            raise ValueError(f"{len(quick.words)} rows of weights for {len(pieces)} pieces")
        unread = frozenset(settings["unread"])
        return Ear(folder, **bounds, unread=unread, pieces=numbered, quick=quick)


BOUNDS = ("passes", "stands", "crisis", "elevated", "explained", "doubt", "share", "beside")


@contextmanager
def _told_of(folder: Path) -> Iterator[None]:
    """Whatever is wrong with a file of an ear, as one sentence."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, BadZipFile) as fault:
        raise UsageError(f"{folder} is no ear of the crisis screen ({fault}); install escs again.") from fault


@cache
def settings_of(folder: Path) -> dict[str, Any]:
    """What the ear.toml of an ear holds, read once."""
    return tomllib.loads((folder / "ear.toml").read_text(encoding="utf-8"))


@cache
def network_of(folder: Path, name: str) -> Network:
    """One of the networks of an ear, read once."""
    with _told_of(folder):
        return _read(folder / f"{name}.npz", settings_of(folder), settings_of(folder)[name])


def _read(path: Path, settings: Mapping[str, Any], own: Mapping[str, Any]) -> Network:
    import numpy as np

    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:

        def plain(name: str) -> Floats:
            values: Floats = stored[name].astype(np.float32)
            return values

        def matrix(name: str) -> Floats:
            """Whole numbers of eight bits with one scale for each output, or of four with one for each group of inputs."""
            whole, scale = stored[name], plain(f"{name}.scale")
            return _unpacked(whole, scale) if whole.dtype == np.uint8 else whole.astype(np.float32) * scale

        def norm(name: str) -> tuple[Floats, Floats]:
            return plain(f"{name}.weight"), plain(f"{name}.bias")

        def layer(number: int) -> Layer:
            at = f"layer{number}"
            return Layer(
                matrix(f"{at}.into"), plain(f"{at}.into.bias"), matrix(f"{at}.out"), plain(f"{at}.out.bias"),
                norm(f"{at}.norm1"), matrix(f"{at}.wide"), plain(f"{at}.wide.bias"), matrix(f"{at}.narrow"),
                plain(f"{at}.narrow.bias"), norm(f"{at}.norm2"),
            )  # fmt: skip

        words, scale = stored["words"], plain("words.scale")
        if len(words) != len(scale):
            raise ValueError(f"{len(words)} rows of weights and {len(scale)} scales")
        return Network(
            words, scale, plain("places"), plain("nearness") if "nearness" in stored else None, norm("norm0"),
            tuple(layer(number) for number in range(int(own["layers"]))), int(own["heads"]), float(own["tiny"]),
            (plain("level"), plain("level.bias")), (plain("kind"), plain("kind.bias")), tuple(settings["kinds"]),
        )  # fmt: skip


def _unpacked(whole: NDArray[np.uint8], scale: Floats) -> Floats:
    """Numbers of four bits, from 1 to 15 around 8, two in a byte one below the other, as inputs x outputs."""
    import numpy as np

    half, outputs = whole.shape
    values = np.empty((half, 2, outputs), np.float32)
    values[:, 0], values[:, 1] = whole & 15, whole >> 4
    values -= 8
    groups = values.reshape(len(scale), GROUP, outputs)
    groups *= scale[:, None, :]
    return groups.reshape(2 * half, outputs)
