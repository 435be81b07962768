"""The table of responses: how each arm's replies compare with what the human said, and what a judge says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from escs.evolve.evaluate.judge import ASPECTS, SCALES, Judged
from escs.evolve.evaluate.metrics import Score, TextFigures, chrf_of, rouge_l_of, text_figures, tokens
from escs.evolve.evaluate.out_folder import RESPONSES
from escs.evolve.evaluate.paired import Difference, Sums, differences, holm
from escs.evolve.evaluate.responses import Response
from escs.evolve.evaluate.strategies import StrategyFigures, strategy_figures
from escs.evolve.evaluate.tables import Row, Table, not_better, nothing_shared
from escs.runtime.taxonomy import taxonomy

ACCURACY, WORDED = "strategy accuracy", "the same, by the reply's words"
CLAIMED = ("none", "strategy")
"""Arms that banks are compared with; `strategy` and `exemplars` are compared with `none`."""


def response_table(
    found: Mapping[str, Sequence[Response]], judged: Mapping[str, Judged], *, seed: int, bert: Score | None = None
) -> Table:
    """All figures of all arms, over the turns that every arm answered. Raises `EngineUnavailable` where there is none."""
    arms = tuple(found)
    whole = {arm: {(one.dialogue, one.turn): one for one in some if one.reply} for arm, some in found.items()}
    shared = set.intersection(*(set(each) for each in whole.values()))
    if not shared:
        raise nothing_shared(
            "No turn was answered by every arm", [one.fault for some in found.values() for one in some]
        )
    kept = {arm: [one for one in some if (one.dialogue, one.turn) in shared] for arm, some in found.items()}
    texts = {arm: text_figures([o.reply for o in some], [o.human for o in some], bert) for arm, some in kept.items()}
    names = tuple(taxonomy().strategies)
    marked = {arm: [one for one in some if one.marked] for arm, some in kept.items()}
    chosen = {arm: _strategies(some, [o.strategy for o in some], names) for arm, some in marked.items()}
    worded = {arm: _strategies(some, [o.worded for o in some], names) for arm, some in marked.items()}
    rows = _rows([texts[arm] for arm in arms], [chosen[arm] for arm in arms], [worded[arm] for arm in arms])
    if judged:
        rows += _judged([judged[arm] for arm in arms], arms[0])
    made = _differences(kept, judged, seed)
    failed = {arm: sum(not one.reply for one in some) for arm, some in found.items()}
    first = kept[arms[0]]
    remarks = [
        (
            f"{len(first):,} turns of {len({one.dialogue for one in first})} dialogues, each answered after the real history; "
            f"strategies were marked for {len(marked[arms[0]]):,}."
        ),
        "Strategy of a reply: what the arm chose (the action of a bank's leading skill); of `none` what its words look like.",
        f"Intervals: bootstrap over dialogues, pairs drawn together; p after Holm's correction for {len(made)} differences.",
        *not_better(made, "none"),
    ]
    if any(failed.values()):
        said = ", ".join(f"{arm} {count}" for arm, count in failed.items() if count)
        remarks.append(f"Failed for technical reasons and left out for every arm: {said}.")
    if not judged:
        remarks.append("Nobody judged the replies: rules cannot, and no model was named with --judge.")
    elif any(one.technical for one in judged.values()):
        remarks.append(f"Judgements that fit no form, left out: {sum(one.technical for one in judged.values())}.")
    if texts[arms[0]].meteor is None:
        remarks.append(
            "METEOR is left out: NLTK's WordNet data is not installed (`python -m nltk.downloader wordnet`)."
        )
    extra = {
        "strategies": {arm: {"chosen": asdict(chosen[arm]), "worded": asdict(worded[arm])} for arm in arms},
        "failed": failed,
    }
    return Table(RESPONSES, arms, tuple(rows), tuple(made), tuple(remarks), extra)


def _strategies(some: Sequence[Response], said: Sequence[str], names: Sequence[str]) -> StrategyFigures:
    return strategy_figures([one.marked for one in some], said, names)


def _rows(
    texts: Sequence[TextFigures], chosen: Sequence[StrategyFigures], worded: Sequence[StrategyFigures]
) -> list[Row]:
    rows = [
        Row(f"{ACCURACY}, %", tuple(one.accuracy if one.n else None for one in chosen), True),
        Row("macro-F1, %", tuple(one.macro_f1 if one.n else None for one in chosen), True),
        Row("preference bias", tuple(one.bias if one.n else None for one in chosen), False, 2),
        Row(f"{WORDED}, %", tuple(one.accuracy if one.n else None for one in worded), True),
        *(Row(f"BLEU-{n}", tuple(one.bleu[n - 1] for one in texts), True, 2) for n in range(1, 5)),
        Row("chrF", tuple(one.chrf for one in texts), True, 2),
        Row("ROUGE-L", tuple(one.rouge_l for one in texts), True, 2),
        Row("METEOR", tuple(one.meteor for one in texts), True, 2),
        Row("BERTScore", tuple(one.bert for one in texts), True, 2),
        *(Row(f"Distinct-{n}, %", tuple(one.distinct[n - 1] for one in texts), True) for n in (1, 2)),
        Row("words a reply", tuple(one.words for one in texts)),
        Row("given before, %", tuple(one.repeated for one in texts), False),
    ]
    return [row for row in rows if any(value is not None for value in row.values)]


def _judged(judged: Sequence[Judged], first: str) -> list[Row]:
    def mean(values: Sequence[float]) -> float | None:
        return sum(values) / len(values) if values else None

    rows = [Row(f"judge: {name}, 0 to 4", tuple(mean(one.sums[name]) for one in judged), True, 2) for name in SCALES]
    rows += [
        Row(f"judge: wins in {name} over {first}, %", tuple(_percent(mean(one.wins[name])) for one in judged), True)
        for name in ASPECTS
    ]
    return rows


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _differences(kept: Mapping[str, Sequence[Response]], judged: Mapping[str, Judged], seed: int) -> list[Difference]:
    clusters = {arm: _clusters(some, judged.get(arm)) for arm, some in kept.items()}
    made: list[Difference] = []
    for arm in kept:
        for other in CLAIMED:
            if other in kept and arm != other and (arm not in CLAIMED or other == "none"):
                both = [name for name in clusters[arm] if name in clusters[other]]
                made += differences(
                    [(clusters[arm][name], clusters[other][name]) for name in both], arm, other, seed=seed
                )
    if "static" in kept and "evolved" in kept:
        both = [*clusters["static"]]
        made += differences(
            [(clusters["evolved"][name], clusters["static"][name]) for name in both], "evolved", "static", seed=seed
        )
    return holm(made)


def _clusters(some: Sequence[Response], judged: Judged | None) -> dict[str, Sums]:
    """By dialogue, the sums of every measure that has a value at each turn."""
    by_dialogue: dict[str, list[Response]] = {}
    for one in some:
        by_dialogue.setdefault(one.dialogue, []).append(one)
    found: dict[str, Sums] = {}
    for name, turns in by_dialogue.items():
        marked = [one for one in turns if one.marked]
        sums: dict[str, tuple[float, int]] = {
            ACCURACY: (100.0 * sum(one.strategy == one.marked for one in marked), len(marked)),
            WORDED: (100.0 * sum(one.worded == one.marked for one in marked), len(marked)),
            "chrF of a reply": (sum(chrf_of(one.reply, one.human) for one in turns), len(turns)),
            "ROUGE-L": (sum(rouge_l_of(one.reply, one.human) for one in turns), len(turns)),
            "words shared with the human, %": (100 * sum(_shared(one) for one in turns), len(turns)),
        }
        if judged is not None:
            overall = judged.by_dialogue.get(name, {}).get("overall", [])
            sums["judge: overall"] = (sum(overall), len(overall))
        found[name] = sums
    return found


def _shared(one: Response) -> float:
    """Share of the human's different words that the reply has too: unigram recall."""
    human = set(tokens(one.human))
    return len(human & set(tokens(one.reply))) / max(1, len(human))
