"""Teaches the ear of the crisis screen from messages, and says how it does on messages of authors that it did not learn from.

    pip install -e '.[learn]'
    python benchmarks/learn_ear.py --data DIR [--network quick|careful [--base FOLDER | --again]] [--epochs 3]

FOLDER holds the general network of English from which one of the ear's two begins (`model.safetensors` and `tokenizer.json`; both Apache-2.0):
all-MiniLM-L6-v2 for the quick one, all-mpnet-base-v2 for the careful one, whose lower half stays as it is. Learned from: all messages under
tests/safety/cases but those named next, and what seekers say in the profiles that ship and carry no hint. Never learned from: the authors of
`BOUNDS`, on whom the bounds are set (together with ESConv's training dialogues in DIR/esconv, of which no word is learned);
screen_aside.jsonl and screen_unseen.jsonl, by which it is judged. On two cores it takes about half an hour for the quick network and an hour
and a half for the careful one. `--again` goes on from the network that ships for one epoch, gently, which is enough where some messages are
new. With neither nothing is learned, and only the bounds are set anew.
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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from escs.runtime.safety.ear import BUCKETS, EARS, GROUP, WINDOW, Pieces, buckets, ear_for, network_of, settings_of
from escs.runtime.safety.risk import Level
from escs.runtime.safety.screen import NEVER_DOUBTED, screen, weight_beside
from learn_phrases import FAMILY, harmless, normalised, rows, talk
from safetensors.torch import load_file
from torch import Tensor, nn

Row = dict[str, Any]
FOLDER = EARS / "en"
LEARNED = ("screen", "screen_fresh", "phrases_train", "phrases_more", "ordinary", "heard")
BOUNDS = {"screen_held_out": None, "phrases_more": {"r2"}, "screen_fresh": {"B"}, "heard": {"bounds"}}
"""Files, or authors of a file, that set the bounds."""
JUDGES = ("screen_aside", "screen_unseen")
LEVELS = ("none", "elevated", "crisis")
CALM = ("idiom", "bereaved", "survivor", "intrusive-thoughts", "other")
"""Harmless kinds that the second head tells apart; the others are `other`."""
COMMON = 14_000
"""Of the base's pieces, which stand in order of how common they are, the first that the ear keeps; and all that its messages hold."""
HEAD_RATE = 1e-3  # of learning, for the two heads
AGAIN = 0.4  # of the rates, where the network that ships goes on learning
BATCH = 32
FALSE, FALSE_ELEVATED = 0.045, 0.05
"""Shares of harmless messages of authors left out that the ear may take for a crisis, and may raise."""
TALK, TALK_ELEVATED = 0.011, 0.002  # the same of ESConv's turns in which the rules see nothing
DOUBT = 0.003  # the share of messages in danger, of authors left out, that the ear may doubt where a rule sees a crisis
EXPLAINED = 2.0  # how much more it must hear where a rule said whom or what the words are about
UNREAD = (
    *("abeg", "comot", "dey", "oga", "pikin", "sabi", "sef", "una", "wahala", "wetin"),  # Nigerian Pidgin
    *("cyaan", "deh", "fi", "gwaan", "haffi", "mi", "nuh", "pickney", "unno", "weh"),  # Jamaican Patois
    *(
        "aye",
        "bairn",
        "cannae",
        "didnae",
        "dinnae",
        "doesnae",
        "hasnae",
        "havnae",
        "isnae",
        "wasnae",
        "wean",
        "werenae",
    ),  # Scots
    *("widnae", "willnae", "wisnae", "wouldnae"),
    *("hor", "lah", "leh", "lor", "meh", "sia"),  # Singapore
)
"""Words of kinds of English that the ear has hardly read. Where one stands it doubts no rule."""
PASSES, STANDS = -3.0, 0.0
"""Below and from where on the quick network decides alone: some six in seven ordinary turns, and one in two hundred messages in danger, pass."""
BESIDE = 0.5
"""What the weight of phrases counts beside the ear: of 0 to 0.75 it finds the most at the same share of ESConv's training turns."""

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


@dataclass(frozen=True)
class Shape:
    """What a network is built like, and how it is taught."""

    layers: int
    heads: int
    width: int
    tiny: float
    relative: bool  # whether the distances between pieces count
    frozen: int  # how many of its layers, from the lowest on, stay as they are, with its words
    rate: float  # of learning

    def settings(self) -> str:
        """Its lines of ear.toml."""
        return f"layers = {self.layers}\nheads = {self.heads}\ntiny = {self.tiny:g}\n"


SHAPES = {
    "quick": Shape(6, 12, 384, 1e-12, relative=False, frozen=0, rate=7e-5),
    "careful": Shape(12, 12, 768, 1e-5, relative=True, frozen=6, rate=6e-5),
}


class Network(nn.Module):
    """BERT with two heads on the mean of its last layer, as `escs.runtime.safety.ear` runs it. `base` names its parts as BERT does."""

    def __init__(self, base: dict[str, Tensor], shape: Shape, kinds: int) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding.from_pretrained(base["words"].clone(), freeze=shape.frozen > 0)
        self.places = nn.Parameter(base["places"].clone(), requires_grad=not shape.frozen)
        self.nearness = nn.Parameter(base["nearness"].clone(), requires_grad=False) if shape.relative else None
        self.norm0 = _norm(base, "embeddings.LayerNorm", shape)
        self.layers = nn.ModuleList(Block(base, f"encoder.layer.{number}", shape) for number in range(shape.layers))
        self.drop = nn.Dropout(0.1)
        self.level = nn.Linear(shape.width, len(LEVELS))
        self.kind = nn.Linear(shape.width, kinds)
        for part in (self.norm0, *self.layers[: shape.frozen]) if shape.frozen else ():
            part.requires_grad_(False)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of levels and of kinds; `ids` and `mask` are messages x pieces."""
        length = ids.shape[1]
        state = self.drop(self.norm0(self.words(ids) + self.places[:length]))
        shut = torch.zeros(mask.shape).masked_fill(~mask, -1e9)[:, None, None, :]
        if self.nearness is not None:
            shut = shut + self.nearness[torch.from_numpy(buckets(length))].permute(2, 0, 1)
        for block in self.layers:
            state = block(state, shut)
        share = mask.unsqueeze(-1).float()
        mean = self.drop((state * share).sum(1) / share.sum(1))
        return self.level(mean), self.kind(mean)


class Block(nn.Module):
    """One layer."""

    def __init__(self, base: dict[str, Tensor], at: str, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        own = [_linear(base, f"{at}.attention.self.{name}") for name in ("query", "key", "value")]
        self.into = nn.Linear(shape.width, 3 * shape.width)
        self.into.weight.data = torch.cat([one.weight.data for one in own])
        self.into.bias.data = torch.cat([one.bias.data for one in own])
        self.out = _linear(base, f"{at}.attention.output.dense")
        self.norm1 = _norm(base, f"{at}.attention.output.LayerNorm", shape)
        self.wide, self.narrow = _linear(base, f"{at}.intermediate.dense"), _linear(base, f"{at}.output.dense")
        self.norm2 = _norm(base, f"{at}.output.LayerNorm", shape)
        self.drop = nn.Dropout(0.1)

    def forward(self, state: Tensor, added: Tensor) -> Tensor:
        """The state after this layer; `added` is what places and the ends of messages add to the attention."""
        many, length, width = state.shape
        q, k, v = self.into(state).view(many, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(
            q, k, v, attn_mask=added.to(q.dtype), dropout_p=0.1 if self.training else 0.0
        )
        state = self.norm1(state + self.drop(self.out(mixed.transpose(1, 2).reshape(many, length, width))))
        wide = nn.functional.gelu(self.wide(state), approximate="tanh")
        result: Tensor = self.norm2(state + self.drop(self.narrow(wide)))
        return result


def general(folder: Path, pieces: Sequence[str], shape: Shape) -> dict[str, Tensor]:
    """The parts of the general network in a folder, named as BERT's are, with the words that are kept."""
    return as_bert(load_file(folder / "model.safetensors"), numbers(folder), pieces, shape)


def numbers(folder: Path) -> dict[str, int]:
    """The pieces that a general network knows, each with its number."""
    found: dict[str, int] = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return found


def as_bert(base: dict[str, Tensor], known: dict[str, int], pieces: Sequence[str], shape: Shape) -> dict[str, Tensor]:
    """The same parts under BERT's names; MPNet has others, and two places before the first."""
    marks = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>"} if shape.relative else {}
    names = (
        ("attention.attn.q.", "attention.self.query."),
        ("attention.attn.k.", "attention.self.key."),
        ("attention.attn.v.", "attention.self.value."),
        ("attention.attn.o.", "attention.output.dense."),
        ("attention.LayerNorm.", "attention.output.LayerNorm."),
    )
    made = {}
    for name, part in base.items():
        for theirs, ours in names if shape.relative else ():
            name = name.replace(theirs, ours)
        made[name] = part
    made["words"] = made["embeddings.word_embeddings.weight"][[known[marks.get(piece, piece)] for piece in pieces]]
    places = made["embeddings.position_embeddings.weight"]
    if shape.relative:
        made["places"] = places[2 : WINDOW + 4]
        made["nearness"] = made["encoder.relative_attention_bias.weight"]
        if len(made["nearness"]) != BUCKETS:
            raise SystemExit(f"this network tells {len(made['nearness'])} distances apart, and the ear {BUCKETS}")
    else:
        made["places"] = places[: WINDOW + 2] + made["embeddings.token_type_embeddings.weight"][0]
    return made


def _linear(base: dict[str, Tensor], at: str) -> nn.Linear:
    weight = base[f"{at}.weight"]
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.data, made.bias.data = weight.clone(), base[f"{at}.bias"].clone()
    return made


def _norm(base: dict[str, Tensor], at: str, shape: Shape) -> nn.LayerNorm:
    made = nn.LayerNorm(shape.width, eps=shape.tiny)
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
    body = [
        one for name, one in network.named_parameters() if one.requires_grad and not name.startswith(("level", "kind"))
    ]
    steps = epochs * math.ceil(len(cut) / BATCH)
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": part * network.shape.rate}, {"params": heads, "lr": part * HEAD_RATE}],
        weight_decay=0.01,
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
    """The weights as they are stored; the network itself is set to what is stored, so that what is measured is what runs.

    Matrices stand as inputs x outputs. The quick network's are whole numbers of eight bits with one scale an output, the careful
    one's of four bits, two in a byte, with one scale for each group of inputs; words are of eight bits in both.
    """
    stored: dict[str, np.ndarray] = {}

    def eight(name: str, weight: Tensor) -> None:
        scale = weight.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / 127
        whole = (weight / scale).round().clamp(-127, 127)
        weight.copy_(whole * scale)
        stored[name], stored[f"{name}.scale"] = whole.T.to(torch.int8).numpy().copy(), scale[:, 0].numpy().copy()

    def four(name: str, weight: Tensor) -> None:
        outputs, inputs = weight.shape
        groups = weight.view(outputs, inputs // GROUP, GROUP)
        most = groups.abs().amax(dim=2, keepdim=True).clamp_min(1e-8) / 7
        scale, least = most.clone(), torch.full_like(most, math.inf)
        for share in torch.linspace(
            0.75, 1.0, 11
        ):  # of each group the scale that errs least: few numbers are the largest
            tried = (most * share).half().float()
            error = ((groups / tried).round().clamp(-7, 7) * tried - groups).square().sum(dim=2, keepdim=True)
            scale, least = torch.where(error < least, tried, scale), torch.minimum(error, least)
        whole = (groups / scale).round().clamp(-7, 7)
        weight.copy_((whole * scale).view(outputs, inputs))
        bits = (whole.view(outputs, inputs) + 8).to(torch.uint8).T
        stored[name] = (bits[0::2] | (bits[1::2] << 4)).numpy().copy()
        stored[f"{name}.scale"] = scale[:, :, 0].T.half().numpy().copy()

    def norm(name: str, made: nn.LayerNorm) -> None:
        stored[f"{name}.weight"], stored[f"{name}.bias"] = made.weight.data.numpy(), made.bias.data.numpy()

    small = four if network.shape.relative else eight
    with torch.no_grad():
        eight("words", network.words.weight.data)
        stored["words"] = np.ascontiguousarray(stored["words"].T)
        stored["places"] = network.places.data.half().numpy()
        network.places.copy_(network.places.half().float())
        if network.nearness is not None:
            stored["nearness"] = network.nearness.data.numpy()
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
    """For each message how grave the ear finds it, with the weight of its words: (crisis, danger); what passes is -10."""
    ear = ear_for("en")
    assert ear is not None
    found = []
    for row in some:
        beside = weight_beside(normalised(row["text"]), ear)
        one = ear.hears(row["text"], beside)
        found.append((one.crisis + beside, one.danger + beside) if one else (-10.0, -10.0))
    return np.array(found)


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
    ear = replace(ear, doubt=math.inf)
    danger = [row["text"] for row in some if row["level"] == "crisis"]
    found = []
    for text in danger:
        seen = screen(text, by_ear=False)
        grave = {sign.kind for sign in seen.signs if sign.level == Level.CRISIS}
        if grave and not grave & NEVER_DOUBTED and (heard := ear.doubts(text)):
            found.append(heard.crisis)
    return min(sorted(found)[int(DOUBT * len(danger)) :], default=STANDS)


def main() -> None:
    """Teach, set the bounds, and say what it gives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=tuple(SHAPES), default="quick", help="which of the two is taught")
    parser.add_argument("--base", type=Path, help="begin from this general network")
    parser.add_argument("--again", action="store_true", help="go on from the network that ships, for one epoch")
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ESCS_DATA"), required="ESCS_DATA" not in os.environ
    )
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args()
    learned, bounds = sources()
    torch.manual_seed(1)
    random.seed(1)
    if given.again:
        learn_again(learned, given.network)
    elif given.base is not None:
        learn(learned, given)
    if not (FOLDER / "careful.npz").exists():
        raise SystemExit("The quick network is taught; teach the careful one next (--network careful --base FOLDER).")
    calm = heard([row for row in bounds if row["level"] == "none"])
    spoken = heard(
        talk(given.data / "esconv" / "esconv.train.json")[::5]
    )  # a fifth will do, and takes minutes as it is
    crisis = max(np.quantile(calm[:, 0], 1 - FALSE), np.quantile(spoken[:, 0], 1 - TALK))
    elevated = max(np.quantile(calm[:, 1], 1 - FALSE_ELEVATED), np.quantile(spoken[:, 1], 1 - TALK_ELEVATED))
    bound = {"crisis": crisis, "elevated": elevated, "explained": crisis + EXPLAINED, "doubt": doubts(bounds)}
    print(", ".join(f"{name} {value:.2f}" for name, value in bound.items()))
    settings = FOLDER / "ear.toml"
    text = settings.read_text(encoding="utf-8")
    for name, value in bound.items():
        text = re.sub(rf"(?m)^{name} = \S+", f"{name} = {value:.2f}", text)
    settings.write_text(text, encoding="utf-8")
    forget()
    told("bounds", bounds)
    for name in JUDGES:
        told(name, rows(f"{name}.jsonl"))
    some = [screen(row["text"]).level for row in talk(given.data / "esconv" / "esconv.valid.json")]
    print(
        f"ESConv valid: {np.mean(np.array(some) == Level.CRISIS):.2%} at crisis, {np.mean(np.array(some) >= Level.ELEVATED):.2%} raised, of {len(some):,}"
    )


def learn(learned: Sequence[Row], given: argparse.Namespace) -> None:
    """Teach a network from a general one, and write it; the quick one, taught first, says which pieces both of them know."""
    shape = SHAPES[given.network]
    known = numbers(given.base)
    if given.network == "quick":
        whole = Pieces(known)
        needed = {number for row in learned for number in whole.cut(row["text"])}
        names = [
            piece
            for piece, number in sorted(known.items(), key=lambda one: one[1])
            if (number < COMMON and not piece.startswith("[unused")) or number in needed or len(piece.strip("#")) == 1
        ]
        (FOLDER / "pieces.txt").write_text("".join(f"{piece}\n" for piece in names), encoding="utf-8")
        (FOLDER / "careful.npz").unlink(missing_ok=True)  # it knows other pieces, and is to be taught next
    pieces, kinds = kept(), sorted({family(row) for row in learned})
    print(f"{len(learned):,} messages, {len(pieces):,} pieces, {len(kinds)} kinds")
    network = Network(general(given.base, list(pieces), shape), shape, len(kinds))
    teach(network, learned, kinds, pieces, given.epochs)
    write(network, given.network, kinds)


def learn_again(learned: Sequence[Row], name: str) -> None:
    """Let a network that ships go on learning, and write it in its place."""
    kinds, pieces = tomllib.loads((FOLDER / "ear.toml").read_text(encoding="utf-8"))["kinds"], kept()
    network = restored(name, len(kinds))
    print(f"{len(learned):,} messages, {len(pieces):,} pieces, {len(kinds)} kinds, again")
    teach(network, learned, kinds, pieces, 1, AGAIN)
    write(network, name, kinds)


def kept() -> Pieces:
    """The pieces of the ear that ships."""
    names = (FOLDER / "pieces.txt").read_text(encoding="utf-8").split("\n")[:-1]
    return Pieces({piece: number for number, piece in enumerate(names)})


def restored(name: str, kinds: int) -> Network:
    """A network of the ear of English, as it is stored."""
    held, shape = network_of(FOLDER, name), SHAPES[name]
    base = {
        "words": torch.from_numpy(held.words.astype(np.float32) * held.words_scale[:, None]),
        "places": torch.from_numpy(held.places),
        "embeddings.LayerNorm.weight": torch.from_numpy(held.first_norm[0]),
        "embeddings.LayerNorm.bias": torch.from_numpy(held.first_norm[1]),
    }
    if shape.relative:
        base["nearness"] = torch.from_numpy(held.nearness)
    for number, layer in enumerate(held.layers):
        at = f"encoder.layer.{number}"
        parts = zip(np.split(layer.into.T, 3), np.split(layer.into_bias, 3), strict=True)
        named = [(f"attention.self.{part}", *pair) for part, pair in zip(("query", "key", "value"), parts, strict=True)]
        named += [
            ("attention.output.dense", layer.out.T, layer.out_bias),
            ("intermediate.dense", layer.wide.T, layer.wide_bias),
        ]
        named += [("output.dense", layer.narrow.T, layer.narrow_bias)]
        named += [("attention.output.LayerNorm", *layer.first_norm), ("output.LayerNorm", *layer.second_norm)]
        for part, weight, bias in named:
            base |= {
                f"{at}.{part}.weight": torch.from_numpy(weight.copy()),
                f"{at}.{part}.bias": torch.from_numpy(bias),
            }
    network = Network(base, shape, kinds)
    for head, (weight, bias) in ((network.level, held.level_head), (network.kind, held.kind_head)):
        head.weight.data, head.bias.data = torch.from_numpy(weight.T.copy()), torch.from_numpy(bias.copy())
    return network


def write(network: Network, name: str, kinds: Sequence[str]) -> None:
    """Write one of the networks, and ear.toml; its bounds are set afterwards. Not compressed: it is read whenever escs begins, and
    would hardly be smaller."""
    np.savez(FOLDER / f"{name}.npz", **quantised(network))
    lines = [
        "# The bounds of the ear (runtime/safety/ear.py); made by benchmarks/learn_ear.py. Scores are natural logarithms of odds. Raise",
        "# `crisis` and `elevated` and fewer texts are raised, falsely and rightly; what each was measured to give stands in ears/README.md.",
        f"passes = {PASSES}  # below this score a text is plainly harmless to the quick network, and the careful one is not asked",
        f"stands = {STANDS}  # from this score of the quick network on no rule is doubted, and the careful one is not asked",
        "crisis = 0.00  # from this score of the careful network on a text is a crisis",
        "elevated = 0.00  # and from this one on, for danger of any kind, elevated",
        "explained = 0.00  # from this one on a text is a crisis although a rule said that it is about another, the past, a bereavement …",
        "doubt = -9.00  # below this score it doubts a crisis that a rule saw, which is then elevated",
        f"beside = {BESIDE}  # how much the weight of phrases (rules/weighed.en.toml) counts beside what the networks hear",
        "share = 0.7  # of all danger, from which on one kind is taken for it",
        f"unread = {json.dumps(UNREAD)}  # words of kinds of English that it has hardly read: where one stands, it doubts nothing",
        f"kinds = {json.dumps(list(kinds))}",
    ]
    own = [f"\n[{one}]\n{shape.settings()}" for one, shape in SHAPES.items()]
    (FOLDER / "ear.toml").write_text("\n".join(lines) + "\n" + "".join(own), encoding="utf-8")
    forget()
    proof()


def forget() -> None:
    """Have the files of the ear read again."""
    for cached in (ear_for, settings_of, network_of):
        cached.cache_clear()


def proof() -> None:
    """Write what both networks hear in `PROOF` where they were taught, for the test that other code hears the same."""
    kinds, pieces = tomllib.loads((FOLDER / "ear.toml").read_text(encoding="utf-8"))["kinds"], kept()
    lines: list[dict[str, Any]] = [{"text": text} for text in PROOF]
    for name in (one for one in SHAPES if (FOLDER / f"{one}.npz").exists()):
        network = restored(name, len(kinds)).eval()
        with torch.no_grad():
            level, kind = network(*padded([pieces.cut(text) for text in PROOF], pieces))
        level, shares = torch.log_softmax(level, 1), torch.softmax(kind, 1)
        found = torch.stack([level[:, 2] - level[:, 0], level[:, 1:].logsumexp(1) - level[:, 0]], 1)
        dangers = [place for place, one in enumerate(kinds) if not one.startswith("-")]
        for line, score, share in zip(lines, found, shares, strict=True):
            most = kinds[max(dangers, key=lambda place: share[place])]
            line[name] = {"crisis": round(float(score[0]), 3), "danger": round(float(score[1]), 3), "kind": most}
    (FOLDER / "proof.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
