"""Reference-based figures of replies, each by the library that the field takes it from, and a few simple counts.

BLEU-1 to -4 and chrF by sacrebleu (Post 2018; tokenizer 13a, case kept, the library's own smoothing), ROUGE-L by rouge-score
(F1, no stemming), METEOR by NLTK where its WordNet data is installed, BERTScore by bert-score where a model is named. One reference, what
the human said: a good reply that says something else scores low in all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from escs.runtime.errors import UsageError

Score = Callable[[Sequence[str], Sequence[str]], float]
"""A figure of replies beside what the human said in their place."""
_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class TextFigures:
    """Figures of one arm's replies over a corpus. Shares and scores in percent, as papers give them; None: not installed."""

    bleu: tuple[float, float, float, float]  # BLEU-1 to BLEU-4
    chrf: float
    rouge_l: float
    meteor: float | None
    bert: float | None  # BERTScore's F1
    distinct: tuple[float, float]  # Distinct-1 and -2: different n-grams of all n-grams (Li et al. 2016)
    words: float  # mean words of a reply
    repeated: float  # share of replies that this arm gave before, word for word


def needed() -> None:
    """Raises `UsageError` where the extra `eval` is not installed."""
    try:
        import rouge_score
        import sacrebleu  # noqa: F401
    except ImportError as error:
        raise UsageError("escs eval needs its libraries; run `pip install 'esc-skills[eval]'`.") from error
    del rouge_score


def bleu(replies: Sequence[str], references: Sequence[str]) -> tuple[float, float, float, float]:
    """Corpus BLEU up to 1, 2, 3 and 4 words, 0 to 100."""
    from sacrebleu.metrics import BLEU  # type: ignore[attr-defined]

    scores = [float(BLEU(max_ngram_order=n).corpus_score([*replies], [[*references]]).score) for n in range(1, 5)]
    return scores[0], scores[1], scores[2], scores[3]


def chrf(replies: Sequence[str], references: Sequence[str]) -> float:
    """Corpus chrF2, 0 to 100."""
    from sacrebleu.metrics import CHRF  # type: ignore[attr-defined]

    return float(CHRF().corpus_score([*replies], [[*references]]).score)


@cache
def _chrf() -> Any:
    from sacrebleu.metrics import CHRF  # type: ignore[attr-defined]

    return CHRF()


def chrf_of(reply: str, reference: str) -> float:
    """chrF2 of one reply, 0 to 100."""
    return float(_chrf().sentence_score(reply, [reference]).score)


@cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"])


def rouge_l_of(reply: str, reference: str) -> float:
    """ROUGE-L (F1) of one reply, 0 to 100; the corpus's is the mean."""
    return 100 * float(_rouge().score(reference, reply)["rougeL"].fmeasure)


@cache
def has_meteor() -> bool:
    """Whether METEOR can be had: NLTK with its WordNet data, whole, which escs does not fetch."""
    try:
        meteor_of("glad", "happy")  # neither the same word nor the same stem: this looks them up
    except (ImportError, LookupError, OSError):
        return False
    return True


def meteor_of(reply: str, reference: str) -> float:
    """METEOR of one reply, 0 to 100 (Banerjee and Lavie 2005, as NLTK has it)."""
    from nltk.translate.meteor_score import single_meteor_score

    return 100 * float(single_meteor_score(tokens(reference), tokens(reply)))


def bert_scorer(model: str) -> Score:
    """What gives the mean BERTScore F1, 0 to 100 (Zhang et al. 2020), by a model's name or folder; no baseline is taken off.

    A model that `bert-score` knows is read at the layer that its authors chose, another one at its last. Raises
    `UsageError` where the package or the model cannot be had.
    """
    try:
        from bert_score import BERTScorer
        from bert_score.utils import model2layers
        from transformers import AutoConfig
    except ImportError as error:
        raise UsageError("--bert needs the package bert-score: `pip install 'esc-skills[bert]'`.") from error
    try:
        layers = model2layers.get(model) or AutoConfig.from_pretrained(model).num_hidden_layers
        scorer = BERTScorer(model_type=model, num_layers=layers)
        scorer.score(["tried"], ["tried"])
    except (OSError, ValueError, KeyError, OverflowError, RuntimeError) as error:
        raise UsageError(
            f"The model {model!r} of --bert cannot be read ({str(error).splitlines()[0]}); "
            "give a folder that holds one, or a name such as roberta-large, which is fetched over the network."
        ) from error
    return lambda replies, references: 100 * float(scorer.score([*replies], [*references])[2].mean())


def tokens(text: str) -> list[str]:
    """Words and marks of a text, lower case."""
    return _WORD.findall(text.lower())


def distinct(replies: Sequence[str], n: int) -> float:
    """Distinct-n over all replies, in percent: how many of their n-grams are different (Li et al. 2016, NAACL)."""
    grams: Counter[tuple[str, ...]] = Counter()
    for reply in replies:
        row = tokens(reply)
        grams.update(tuple(row[place : place + n]) for place in range(len(row) - n + 1))
    return 100 * len(grams) / max(1, sum(grams.values()))


def repeated(replies: Sequence[str]) -> float:
    """Share of replies that stood word for word among those before, in percent."""
    seen: set[str] = set()
    again = 0
    for reply in replies:
        again += reply in seen
        seen.add(reply)
    return 100 * again / max(1, len(replies))


def text_figures(replies: Sequence[str], references: Sequence[str], bert: Score | None = None) -> TextFigures:
    """All of them, for replies and what the human said in their place. Raises `ValueError` where they are not as many."""
    if len(replies) != len(references) or not replies:
        raise ValueError(f"{len(replies)} replies and {len(references)} references")
    pairs = [*zip(replies, references, strict=True)]
    return TextFigures(
        bleu=bleu(replies, references),
        chrf=chrf(replies, references),
        rouge_l=sum(rouge_l_of(*pair) for pair in pairs) / len(pairs),
        meteor=sum(meteor_of(*pair) for pair in pairs) / len(pairs) if has_meteor() else None,
        bert=bert(replies, references) if bert else None,
        distinct=(distinct(replies, 1), distinct(replies, 2)),
        words=sum(len(reply.split()) for reply in replies) / len(replies),
        repeated=repeated(replies),
    )
