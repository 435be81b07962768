"""Teaches the ear of the crisis screen from messages, and says how it does on messages of authors that it did not learn from.

    pip install -e '.[learn]'
    python benchmarks/learn_ear.py --data DIR [--base FOLDER | --again] [--layers 6] [--epochs 3]

FOLDER holds all-MiniLM-L6-v2 (`model.safetensors` and `tokenizer.json`; Apache-2.0), a general network of English, from which the
ear begins. Learned from: all messages under tests/safety/cases but those named next, and what seekers say in the profiles that ship
and carry no hint. Never learned from: the authors of `BOUNDS`, on whom the bounds are set (together with ESConv's training dialogues in
DIR/esconv, of which no word is learned); screen_aside.jsonl and screen_unseen.jsonl, by which it is judged. Takes about half an hour on two
cores. `--again` goes on from the ear that ships for one epoch, gently, which is enough where some messages are new. With neither nothing is
learned, and only the bounds are set anew.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from escs.runtime.safety import screen as screening
from escs.runtime.safety.ear import EARS, WINDOW, Pieces, ear_for
from escs.runtime.safety.risk import Level
from escs.runtime.safety.screen import screen
from learn_phrases import FAMILY, harmless, normalised, rows, talk
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
AGAIN = 0.3  # of these, where the ear that ships goes on learning
BATCH = 32
FALSE, FALSE_ELEVATED = 0.015, 0.03
"""Shares of harmless messages of authors left out that the ear may take for a crisis, and may raise."""
TALK, TALK_ELEVATED = 0.005, 0.003  # the same of ESConv's turns in which the rules see nothing
DOUBT = 0.002  # the share of messages in danger, of authors left out, that the ear may doubt where a rule sees a crisis
BESIDE = 0.75
"""What the weight of phrases counts beside the ear: of 0 to 4 it finds the most at the same share of ESConv's training turns."""

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


def teach(
    network: Network, learned: Sequence[Row], kinds: Sequence[str], pieces: Pieces, epochs: int, part: float = 1.0
) -> None:
    """Let the network learn, at a part of the usual rates."""
    cut = [pieces.cut(row["text"]) for row in learned]
    levels = torch.tensor([LEVELS.index(row["level"]) for row in learned])
    families = torch.tensor([kinds.index(family(row)) for row in learned])
    heads = [*network.level.parameters(), *network.kind.parameters()]
    body = [one for name, one in network.named_parameters() if not name.startswith(("level", "kind"))]
    steps = epochs * math.ceil(len(cut) / BATCH)
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": part * RATE}, {"params": heads, "lr": part * HEAD_RATE}], weight_decay=0.01
    )
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1, step / 100) * max(0, 1 - step / steps))
    network.train()
    for epoch in range(epochs):
        began, total, count = time.time(), 0.0, 0
        for some, ids, mask in batches(cut, pieces):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                level, kind = network(ids, mask)
            level, kind = level.float(), kind.float()
            loss = nn.functional.cross_entropy(level, levels[some], label_smoothing=0.05)
            loss = loss + 0.5 * nn.functional.cross_entropy(kind, families[some])
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


def heard(some: Sequence[Row]) -> np.ndarray:
    """For each message how grave the ear finds it, with the weight of its words: (crisis, danger)."""
    ear = ear_for("en")
    assert ear is not None
    found = ((ear.hears(row["text"]), normalised(row["text"])) for row in some)
    return np.array([screening.scores(one, words, ear) if one else (-10.0, -10.0) for one, words in found])


def told(name: str, some: Sequence[Row]) -> None:
    """Shares at crisis and at least elevated, of each author: without the ear and with it."""
    for group in sorted({row.get("set", "") for row in some}):
        print(f"{name} {group}:", end="")
        for level in LEVELS[::-1]:
            texts = [row["text"] for row in some if row["level"] == level and row.get("set", "") == group]
            if not texts:
                continue
            alone, both = ([screen(text, by_ear=by_ear).level for text in texts] for by_ear in (False, True))
            shares = [
                f"{bound.word} {np.mean(np.array(alone) >= bound):.1%} → {np.mean(np.array(both) >= bound):.1%}"
                for bound in (Level.CRISIS, Level.ELEVATED)
            ]
            print(f"  {level} ({len(texts)}): {', '.join(shares)}", end="")
        print(flush=True)


def doubts(some: Sequence[Row]) -> float:
    """The bound below which the ear may doubt a rule: it doubts a share of `DOUBT` of the messages in danger."""
    ear = ear_for("en")
    assert ear is not None
    danger = [row["text"] for row in some if row["level"] == "crisis"]
    found = []
    for text in danger:
        seen = screen(text, by_ear=False)
        grave = {sign.kind for sign in seen.signs if sign.level == Level.CRISIS}
        if grave and not grave & screening.NEVER_DOUBTED and (heard := ear.hears(text)):
            found.append(heard.crisis)
    return sorted(found)[int(DOUBT * len(danger))]


def main() -> None:
    """Teach, set the bounds, and say what it gives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, help="begin from this network")
    parser.add_argument("--again", action="store_true", help="go on from the ear that ships, for one epoch")
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ESCS_DATA"), required="ESCS_DATA" not in os.environ
    )
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args()
    learned, bounds = sources()
    torch.manual_seed(1)
    random.seed(1)
    if given.again:
        learn_again(learned)
    elif given.base is not None:
        learn(learned, given)
    calm = heard([row for row in bounds if row["level"] == "none"])
    spoken = heard(
        talk(given.data / "esconv" / "esconv.train.json")[::5]
    )  # a fifth will do, and takes minutes as it is
    crisis = max(np.quantile(calm[:, 0], 1 - FALSE), np.quantile(spoken[:, 0], 1 - TALK))
    elevated = max(np.quantile(calm[:, 1], 1 - FALSE_ELEVATED), np.quantile(spoken[:, 1], 1 - TALK_ELEVATED))
    bound = {"crisis": crisis, "elevated": elevated, "doubt": doubts(bounds)}
    print(", ".join(f"{name} {value:.2f}" for name, value in bound.items()))
    settings = EARS / "en" / "ear.toml"
    text = settings.read_text(encoding="utf-8")
    for name, value in bound.items():
        text = re.sub(rf"(?m)^{name} = \S+", f"{name} = {value:.2f}", text)
    settings.write_text(text, encoding="utf-8")
    ear_for.cache_clear()
    told("bounds", bounds)
    for name in JUDGES:
        told(name, rows(f"{name}.jsonl"))
    some = [screen(row["text"]).level for row in talk(given.data / "esconv" / "esconv.valid.json")]
    print(
        f"ESConv valid: {np.mean(np.array(some) == Level.CRISIS):.2%} at crisis, {np.mean(np.array(some) >= Level.ELEVATED):.2%} raised, of {len(some):,}"
    )


def learn(learned: Sequence[Row], given: argparse.Namespace) -> None:
    """Teach a network from the base, and write it as the ear of English, with the bounds that stand there."""
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
    print(f"{len(learned):,} messages, {len(pieces):,} pieces, {len(kinds)} kinds")
    network = Network(load_file(given.base / "model.safetensors"), keep, given.layers, len(kinds))
    teach(network, learned, kinds, pieces, given.epochs)
    write(quantised(network), pieces, kinds, given.layers)
    proof(network, pieces, kinds)


def learn_again(learned: Sequence[Row]) -> None:
    """Let the ear of English that ships go on learning, and write it in its place."""
    settings = tomllib.loads((EARS / "en" / "ear.toml").read_text(encoding="utf-8"))
    kinds, layers = settings["kinds"], settings["layers"]
    names = (EARS / "en" / "pieces.txt").read_text(encoding="utf-8").split("\n")[:-1]
    pieces = Pieces({piece: number for number, piece in enumerate(names)})
    network = restored(layers, len(kinds))
    print(f"{len(learned):,} messages, {len(pieces):,} pieces, {len(kinds)} kinds, again")
    teach(network, learned, kinds, pieces, 1, AGAIN)
    write(quantised(network), pieces, kinds, layers)
    proof(network, pieces, kinds)


def restored(layers: int, kinds: int) -> Network:
    """The network of the ear of English, as it is stored."""
    with np.load(EARS / "en" / "weights.npz") as stored:
        held = {name: torch.from_numpy(stored[name].astype(np.float32)) for name in stored.files}

    def matrix(name: str) -> Tensor:
        """Outputs x inputs."""
        return (held[name] * held[f"{name}.scale"]).T.contiguous()

    base = {
        "embeddings.word_embeddings.weight": held["words"] * held["words.scale"][:, None],
        "embeddings.position_embeddings.weight": held["places"],
        "embeddings.token_type_embeddings.weight": torch.zeros(1, WIDTH),
        "embeddings.LayerNorm.weight": held["norm0.weight"],
        "embeddings.LayerNorm.bias": held["norm0.bias"],
    }
    for number in range(layers):
        at, own = f"encoder.layer.{number}", f"layer{number}"
        parts = zip(matrix(f"{own}.into").chunk(3), held[f"{own}.into.bias"].chunk(3), strict=True)
        for name, (weight, bias) in zip(("query", "key", "value"), parts, strict=True):
            base |= {f"{at}.attention.self.{name}.weight": weight, f"{at}.attention.self.{name}.bias": bias}
        for name, theirs in (
            ("out", "attention.output.dense"),
            ("wide", "intermediate.dense"),
            ("narrow", "output.dense"),
        ):
            base |= {
                f"{at}.{theirs}.weight": matrix(f"{own}.{name}"),
                f"{at}.{theirs}.bias": held[f"{own}.{name}.bias"],
            }
        for name, theirs in (("norm1", "attention.output.LayerNorm"), ("norm2", "output.LayerNorm")):
            base |= {f"{at}.{theirs}.{end}": held[f"{own}.{name}.{end}"] for end in ("weight", "bias")}
    network = Network(base, range(len(held["words"])), layers, kinds)
    for name, head in (("level", network.level), ("kind", network.kind)):
        head.weight.data, head.bias.data = held[name].T.contiguous(), held[f"{name}.bias"]
    return network


def write(stored: dict[str, np.ndarray], pieces: Pieces, kinds: Sequence[str], layers: int) -> None:
    """Write the ear of English; its bounds are set afterwards."""
    folder = EARS / "en"
    np.savez(
        folder / "weights.npz", **stored
    )  # not compressed: it is read whenever escs begins, and would hardly be smaller
    (folder / "pieces.txt").write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
    lines = [
        "# The bounds of the ear (runtime/safety/ear.py); made by benchmarks/learn_ear.py. Raise `crisis` and `elevated` and fewer texts are",
        "# raised, falsely and rightly; what each was measured to give stands in ears/README.md.",
        "crisis = 0.00  # from this score on a text is a crisis",
        "elevated = 0.00  # and from this one on elevated",
        "doubt = -9.00  # below this score it doubts a crisis that a rule saw, which is then elevated",
        f"beside = {BESIDE}  # how much the weight of phrases (rules/weighed.en.toml) counts beside what the ear hears",
        "share = 0.7  # of all danger, from which on one kind is taken for it",
        f"layers = {layers}",
        f"heads = {HEADS}",
        f"kinds = {json.dumps(list(kinds))}",
    ]
    (folder / "ear.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ear_for.cache_clear()


def proof(network: Network, pieces: Pieces, kinds: Sequence[str]) -> None:
    """Write what the network hears in `PROOF`, for the test that other code hears the same."""
    network.eval()
    with torch.no_grad():
        level, kind = network(*padded([pieces.cut(text) for text in PROOF], pieces))
    level, shares = torch.log_softmax(level, 1), torch.softmax(kind, 1)
    found = torch.stack([level[:, 2] - level[:, 0], level[:, 1:].logsumexp(1) - level[:, 0]], 1)
    dangers = [place for place, kind in enumerate(kinds) if not kind.startswith("-")]
    lines = [
        {"text": text, "crisis": round(float(score[0]), 3), "danger": round(float(score[1]), 3)}
        | {"kind": kinds[max(dangers, key=lambda place: share[place])]}
        for text, score, share in zip(PROOF, found, shares, strict=True)
    ]
    (EARS / "en" / "proof.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
