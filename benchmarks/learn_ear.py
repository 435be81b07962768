"""Teaches the ear of the crisis screen from messages, and says how it does on messages of authors that it did not learn from.

    pip install -e '.[learn]'
    python benchmarks/learn_ear.py --base FOLDER --data DIR [--layers 6] [--epochs 3] [--write]

FOLDER holds all-MiniLM-L6-v2 (`model.safetensors` and `tokenizer.json`; Apache-2.0), a general network of English, from which the
ear begins. Learned from: all messages under tests/safety/cases but those named next, and what seekers say in the profiles that ship
and carry no hint. Never learned from: the authors of `BOUNDS`, on whom the bounds are set (together with ESConv's training dialogues in
DIR/esconv, of which no word is learned); screen_aside.jsonl and screen_unseen.jsonl, by which it is judged. Takes about half an hour on two
cores. `--write` writes the ear.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from escs.runtime.safety.ear import EARS, WINDOW, Pieces
from escs.runtime.safety.risk import Level
from escs.runtime.safety.screen import screen
from learn_phrases import FAMILY, harmless, rows, talk
from safetensors.torch import load_file
from torch import Tensor, nn

Row = dict[str, Any]
LEARNED = ("screen", "screen_fresh", "phrases_train", "phrases_more", "ordinary", "heard")
BOUNDS = {"screen_held_out": None, "phrases_more": {"r2"}, "screen_fresh": {"B"}, "heard": {"bounds"}}
"""Files, or authors of a file, that set the bounds."""
JUDGES = ("screen_aside", "screen_unseen")
LEVELS = ("none", "elevated", "crisis")
CALM = ("idiom", "bereaved", "survivor", "intrusive-thoughts", "other")
"""Harmless kinds that the second head tells apart; the others are `other`."""
COMMON = 14_000
"""Of the base's pieces, which stand in order of how common they are, the first that the ear keeps; and all that its messages hold."""
HEADS, WIDTH = 12, 384
RATE, HEAD_RATE = 7e-5, 1e-3  # of learning, for the base and for the two heads
BATCH = 32
FALSE = 0.01  # share of harmless messages of authors left out that may be taken for a crisis by the ear
FALSE_ELEVATED = 0.03  # and that may be raised
TALK, TALK_ELEVATED = 0.001, 0.004  # the same of ESConv's turns in which the rules see nothing

PROOF = (
    "I want to die",
    "Nobody would notice for a week, and by then it wouldn't matter.",
    "I've told my sister where the dog's food is and paid everything up to Friday.",
    "My brother texted goodbye and his phone is off now",
    "He took my keys again so I stay in the bedroom until he's asleep.",
    "The man in the wall knows my name and he's counting down",
    "didn't eat since tuesday, the room goes black when i stand up",
    "This commute is killing me",
    "We buried my dad on Monday and I can't stop crying.",
    "I'm so tired after the night shift, I could sleep for a week!",
    "lol no im fine, just a bad exam",
    "Five years ago I tried to end it. I'm glad every day that I'm still here.",
    "My boss shouted at me in front of everybody and I felt so small, I don't know whether I should look for another job or wait",
    "Thanks, that helped a lot. Good night!",
)
"""Sentences whose scores are kept beside the weights."""


class Network(nn.Module):
    """BERT with two heads on the mean of its last layer, as `escs.runtime.safety.ear` runs it."""

    def __init__(self, base: dict[str, Tensor], keep: Sequence[int], layers: int, kinds: int) -> None:
        super().__init__()
        self.words = nn.Embedding.from_pretrained(base["embeddings.word_embeddings.weight"][list(keep)], freeze=False)
        places = (
            base["embeddings.position_embeddings.weight"][: WINDOW + 2]
            + base["embeddings.token_type_embeddings.weight"][0]
        )
        self.places = nn.Parameter(places.clone())
        self.norm0 = _norm(base, "embeddings.LayerNorm")
        self.layers = nn.ModuleList(Block(base, f"encoder.layer.{number}") for number in range(layers))
        self.drop = nn.Dropout(0.1)
        self.level = nn.Linear(WIDTH, len(LEVELS))
        self.kind = nn.Linear(WIDTH, kinds)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of levels and of kinds; `ids` and `mask` are messages x pieces."""
        state = self.drop(self.norm0(self.words(ids) + self.places[: ids.shape[1]]))
        for block in self.layers:
            state = block(state, mask)
        share = mask.unsqueeze(-1).float()
        mean = self.drop((state * share).sum(1) / share.sum(1))
        return self.level(mean), self.kind(mean)


class Block(nn.Module):
    """One layer."""

    def __init__(self, base: dict[str, Tensor], at: str) -> None:
        super().__init__()
        own = [_linear(base, f"{at}.attention.self.{name}") for name in ("query", "key", "value")]
        self.into = nn.Linear(WIDTH, 3 * WIDTH)
        self.into.weight.data = torch.cat([one.weight.data for one in own])
        self.into.bias.data = torch.cat([one.bias.data for one in own])
        self.out, self.norm1 = (
            _linear(base, f"{at}.attention.output.dense"),
            _norm(base, f"{at}.attention.output.LayerNorm"),
        )
        self.wide, self.narrow = _linear(base, f"{at}.intermediate.dense"), _linear(base, f"{at}.output.dense")
        self.norm2 = _norm(base, f"{at}.output.LayerNorm")
        self.drop = nn.Dropout(0.1)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        """The state after this layer."""
        many, length, _ = state.shape
        q, k, v = self.into(state).view(many, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(
            q, k, v, attn_mask=mask[:, None, None, :], dropout_p=0.1 if self.training else 0.0
        )
        state = self.norm1(state + self.drop(self.out(mixed.transpose(1, 2).reshape(many, length, WIDTH))))
        wide = nn.functional.gelu(self.wide(state), approximate="tanh")
        result: Tensor = self.norm2(state + self.drop(self.narrow(wide)))
        return result


def _linear(base: dict[str, Tensor], at: str) -> nn.Linear:
    weight = base[f"{at}.weight"]
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.data, made.bias.data = weight.clone(), base[f"{at}.bias"].clone()
    return made


def _norm(base: dict[str, Tensor], at: str) -> nn.LayerNorm:
    made = nn.LayerNorm(WIDTH, eps=1e-12)
    made.weight.data, made.bias.data = base[f"{at}.weight"].clone(), base[f"{at}.bias"].clone()
    return made


def sources() -> tuple[list[Row], list[Row]]:
    """The messages to learn from, and those that set the bounds; no text twice."""
    learned, bounds, met = [], [], set()
    for name in JUDGES:
        met |= {row["text"] for row in rows(f"{name}.jsonl")}
    for name in dict.fromkeys((*BOUNDS, *LEARNED)):
        for row in rows(f"{name}.jsonl"):
            if row["text"] in met:
                continue
            met.add(row["text"])
            sets = BOUNDS.get(name, set())
            (bounds if sets is None or row.get("set") in sets else learned).append(row)
    return [*learned, *harmless()], bounds


def family(row: Row) -> str:
    """What the second head calls the message."""
    if row["level"] == "none":
        return "-" + (row["kind"] if row["kind"] in CALM else "other")
    return FAMILY.get(row["kind"], "hopelessness")


def batches(cut: Sequence[Sequence[int]], pieces: Pieces) -> Iterator[tuple[list[int], Tensor, Tensor]]:
    """Messages of about one length together, in random order."""
    order = random.sample(range(len(cut)), len(cut))
    for start in range(0, len(order), BATCH * 20):
        some = sorted(order[start : start + BATCH * 20], key=lambda place: len(cut[place]))
        parts = [some[begin : begin + BATCH] for begin in range(0, len(some), BATCH)]
        random.shuffle(parts)
        for part in parts:
            yield part, *padded([cut[place] for place in part], pieces)


def padded(some: Sequence[Sequence[int]], pieces: Pieces) -> tuple[Tensor, Tensor]:
    """Numbers of pieces and where there are any, both messages x pieces."""
    framed = [pieces.framed(one[:WINDOW]) for one in some]
    width = max(map(len, framed))
    ids = torch.tensor([[*one, *[0] * (width - len(one))] for one in framed])
    return ids, torch.arange(width) < torch.tensor([[len(one)] for one in framed])


def teach(network: Network, learned: Sequence[Row], kinds: Sequence[str], pieces: Pieces, epochs: int) -> None:
    """Let the network learn."""
    cut = [pieces.cut(row["text"]) for row in learned]
    levels = torch.tensor([LEVELS.index(row["level"]) for row in learned])
    families = torch.tensor([kinds.index(family(row)) for row in learned])
    heads = [*network.level.parameters(), *network.kind.parameters()]
    body = [one for name, one in network.named_parameters() if not name.startswith(("level", "kind"))]
    steps = epochs * math.ceil(len(cut) / BATCH)
    optimiser = torch.optim.AdamW([{"params": body, "lr": RATE}, {"params": heads, "lr": HEAD_RATE}], weight_decay=0.01)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1, step / 100) * max(0, 1 - step / steps))
    network.train()
    for epoch in range(epochs):
        began, total, count = time.time(), 0.0, 0
        for part, ids, mask in batches(cut, pieces):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                level, kind = network(ids, mask)
            level, kind = level.float(), kind.float()
            loss = nn.functional.cross_entropy(level, levels[part], label_smoothing=0.05)
            loss = loss + 0.5 * nn.functional.cross_entropy(kind, families[part])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            rate.step()
            total, count = total + loss.item(), count + 1
        print(f"epoch {epoch + 1}: loss {total / count:.3f}, {time.time() - began:.0f} s", flush=True)


def quantised(network: Network) -> dict[str, np.ndarray]:
    """The weights as they are stored; the network itself is set to what is stored, so that what is measured is what runs."""
    stored: dict[str, np.ndarray] = {}

    def small(name: str, weight: Tensor) -> None:
        """A matrix of outputs x inputs: whole numbers with one scale an output, stored inputs x outputs."""
        scale = weight.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / 127
        whole = (weight / scale).round().clamp(-127, 127)
        weight.copy_(whole * scale)
        stored[name], stored[f"{name}.scale"] = whole.T.to(torch.int8).numpy().copy(), scale[:, 0].numpy().copy()

    def norm(name: str, made: nn.LayerNorm) -> None:
        stored[f"{name}.weight"], stored[f"{name}.bias"] = made.weight.data.numpy(), made.bias.data.numpy()

    with torch.no_grad():
        small("words", network.words.weight.data)
        stored["words"] = np.ascontiguousarray(stored["words"].T)
        stored["places"] = network.places.data.half().float().numpy().astype(np.float16)
        network.places.copy_(network.places.half().float())
        norm("norm0", network.norm0)
        for number, block in enumerate(network.layers):
            for name in ("into", "out", "wide", "narrow"):
                small(f"layer{number}.{name}", getattr(block, name).weight.data)
                stored[f"layer{number}.{name}.bias"] = getattr(block, name).bias.data.numpy()
            norm(f"layer{number}.norm1", block.norm1)
            norm(f"layer{number}.norm2", block.norm2)
    for name in ("level", "kind"):
        stored[name] = np.ascontiguousarray(getattr(network, name).weight.data.numpy().T)
        stored[f"{name}.bias"] = getattr(network, name).bias.data.numpy()
    return stored


def scores(network: Network, some: Sequence[Row], pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
    """For each message the scores of `Heard`: (crisis, danger), and the probabilities of the kinds."""
    network.eval()
    found, kinds = [], []
    with torch.no_grad():
        for start in range(0, len(some), 64):
            level, kind = network(*padded([pieces.cut(row["text"]) for row in some[start : start + 64]], pieces))
            level = torch.log_softmax(level, 1)
            found.append(torch.stack([level[:, 2] - level[:, 0], level[:, 1:].logsumexp(1) - level[:, 0]], 1).numpy())
            kinds.append(torch.softmax(kind, 1).numpy())
    return np.concatenate(found), np.concatenate(kinds)


def told(name: str, some: Sequence[Row], score: np.ndarray, bounds: tuple[float, float]) -> None:
    """Shares at crisis and at least elevated: by rules and phrases, and with the ear; rules alone and the ear."""
    for group in sorted({row.get("set", "") for row in some}):
        print(f"{name} {group}:", end="")
        for level in LEVELS[::-1]:
            places = [place for place, row in enumerate(some) if row["level"] == level and row.get("set", "") == group]
            if not places:
                continue
            shares = []
            for weight in (True, False):
                by = np.array([screen(some[place]["text"], by_weight=weight, by_ear=False).level for place in places])
                ear = score[places]
                shares.append(
                    f"crisis {np.mean(by == Level.CRISIS):.1%} → {np.mean((by == Level.CRISIS) | (ear[:, 0] >= bounds[0])):.1%}, "
                    f"elevated {np.mean(by >= Level.ELEVATED):.1%} → {np.mean((by >= Level.ELEVATED) | (ear[:, 1] >= bounds[1])):.1%}"
                )
            print(f"  {level} ({len(places)}): {shares[0]}; without phrases {shares[1]}", end="")
        print(flush=True)


def main() -> None:
    """Teach, set the bounds, and say what it gives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ESCS_DATA"), required="ESCS_DATA" not in os.environ
    )
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the ear")
    parser.add_argument("--scores", type=Path, help="write the scores of the judging messages here")
    given = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    learned, bounds = sources()
    every = json.loads((given.base / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    whole = Pieces(every)
    needed = {number for row in learned for number in whole.cut(row["text"])}
    keep = [
        number
        for piece, number in sorted(every.items(), key=lambda one: one[1])
        if (number < COMMON and not piece.startswith("[unused")) or number in needed or len(piece.strip("#")) == 1
    ]
    names = {number: piece for piece, number in every.items()}
    pieces = Pieces({names[number]: place for place, number in enumerate(keep)})
    kinds = sorted({family(row) for row in learned})
    print(f"{len(learned):,} messages, {len(pieces):,} pieces, {len(kinds)} kinds; bounds by {len(bounds)} messages")
    base = load_file(given.base / "model.safetensors")
    network = Network(base, keep, given.layers, len(kinds))
    teach(network, learned, kinds, pieces, given.epochs)
    stored = quantised(network)
    calm = scores(network, [row for row in bounds if row["level"] == "none"], pieces)[0]
    spoken = scores(network, talk(given.data / "esconv" / "esconv.train.json"), pieces)[0]
    crisis = max(np.quantile(calm[:, 0], 1 - FALSE), np.quantile(spoken[:, 0], 1 - TALK))
    elevated = max(np.quantile(calm[:, 1], 1 - FALSE_ELEVATED), np.quantile(spoken[:, 1], 1 - TALK_ELEVATED))
    print(
        "bounds by harmless messages:",
        np.quantile(calm[:, 0], [0.98, 0.985, 0.99, 0.995]),
        np.quantile(calm[:, 1], [0.95, 0.97, 0.98]),
    )
    print(
        "bounds by ordinary talk:",
        np.quantile(spoken[:, 0], [0.995, 0.998, 0.999, 0.9995]),
        np.quantile(spoken[:, 1], [0.98, 0.99, 0.995]),
    )
    print(f"a crisis from {crisis:.2f} on, elevated from {elevated:.2f} on")
    told("bounds", bounds, scores(network, bounds, pieces)[0], (crisis, elevated))
    kept = {}
    for name in JUDGES:
        some = rows(f"{name}.jsonl")
        score, kind = scores(network, some, pieces)
        told(name, some, score, (crisis, elevated))
        kept[name] = {"score": score.tolist(), "kind": kind.tolist()}
    some = talk(given.data / "esconv" / "esconv.valid.json")
    score = scores(network, some, pieces)[0]
    print(
        f"ESConv valid: {np.mean(score[:, 0] >= crisis):.2%} at crisis, {np.mean(score[:, 1] >= elevated):.2%} raised, of {len(some):,}"
    )
    if given.scores:
        given.scores.write_text(json.dumps({"kinds": kinds, **kept}), encoding="utf-8")
    if given.write:
        write(stored, pieces, kinds, given.layers, float(crisis), float(elevated))
        proof(network, pieces, kinds)


def write(
    stored: dict[str, np.ndarray], pieces: Pieces, kinds: Sequence[str], layers: int, crisis: float, elevated: float
) -> None:
    """Write the ear of English."""
    folder = EARS / "en"
    np.savez_compressed(folder / "weights.npz", **stored)
    (folder / "pieces.txt").write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
    lines = [
        "# The bounds of the ear (runtime/safety/ear.py); made by benchmarks/learn_ear.py. Raise `crisis` and `elevated` and fewer texts are",
        "# raised, falsely and rightly; what each was measured to give stands in ears/README.md.",
        f"crisis = {crisis:.2f}  # from this score on a text is a crisis",
        f"elevated = {elevated:.2f}  # and from this one on elevated",
        "share = 0.7  # of all danger, from which on one kind is taken for it",
        f"layers = {layers}",
        f"heads = {HEADS}",
        f"kinds = {json.dumps(list(kinds))}",
    ]
    (folder / "ear.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def proof(network: Network, pieces: Pieces, kinds: Sequence[str]) -> None:
    """Write what the network hears in `PROOF`, for the test that other code hears the same."""
    found, shares = scores(network, [{"text": text} for text in PROOF], pieces)
    dangers = [place for place, kind in enumerate(kinds) if not kind.startswith("-")]
    lines = [
        {"text": text, "crisis": round(float(score[0]), 3), "danger": round(float(score[1]), 3)}
        | {"kind": kinds[max(dangers, key=lambda place: share[place])]}
        for text, score, share in zip(PROOF, found, shares, strict=True)
    ]
    (EARS / "en" / "proof.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
