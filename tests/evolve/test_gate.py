"""The gate: what it accepts, gives up and vetoes, how often it errs, and that its verdict hangs on the pairs alone."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from escs.evolve.gate.gate import Gate, Terms, judge
from escs.evolve.gate.ledger import ALPHA, share
from escs.evolve.gate.pairs import RISES, Arm, Pair
from escs.evolve.gate.wealth import Purse, Wealth, interval
from hypothesis import given
from hypothesis import strategies as st

QUIET = dict.fromkeys(RISES, False)


def pair(
    difference: float, *, primary: bool = True, groups: tuple[str, ...] = ("listening", "negative"), base: str = "",
    candidate: str = "", traced: tuple[tuple[str, str], ...] = (), persona: str = "ada", cue: bool = False,
) -> Pair:  # fmt: skip
    """A pair with this difference; `base` and `candidate` name what happened there."""
    arms = [
        Arm(50 + d, {**QUIET, **({what: True} if what else {})}, t)
        for d, what, t in ((0, base, ()), (difference, candidate, traced))
    ]
    return Pair("p", persona, groups, primary, arms[0], arms[1], cue=cue)


def draws(seed: int, mean: float, spread: float = 30.0) -> list[Pair]:
    """Pairs with normal differences."""
    dice = Random(seed)
    return [pair(max(-50.0, min(50.0, dice.gauss(mean, spread))), persona=f"p{n % 20}") for n in range(800)]


def test_what_is_better_is_accepted_and_what_is_not_is_given_up() -> None:
    """By 12 points: nearly always. By nothing: hardly ever, and it stops early."""
    better = [judge(draws(seed, 12), Terms()).outcome for seed in range(40)]
    nothing = [judge(draws(seed, 0), Terms()) for seed in range(200)]
    assert better.count("accepted") >= 32
    assert [verdict.outcome for verdict in nothing].count("accepted") <= 16
    assert sum(verdict.pairs for verdict in nothing) / len(nothing) < 120


def test_a_small_ledger_share_asks_for_more() -> None:
    """A smaller level needs more evidence, never less."""
    few = judge(draws(3, 20), Terms(alpha=0.05))
    more = judge(draws(3, 20), Terms(alpha=0.0005))
    assert few.outcome == "accepted"
    assert more.primary > few.primary


def test_a_gain_of_few_that_costs_all_others_more_is_not_accepted() -> None:
    """Ten points for one in eight, and three and a half lost by everybody else: within the margin for the others, and still a loss."""
    draw = Random(4)
    pairs = [pair(draw.gauss(*(10, 8) if n % 2 else (-3.5, 8)), primary=bool(n % 2)) for n in range(1200)]
    terms = Terms(group="advice", aim=5.0, spread=10.0, share=0.125)
    verdict = judge(pairs, terms)
    assert verdict.outcome == "rejected"
    assert "the others lose more" in verdict.why[0]
    assert judge(pairs, replace(terms, share=0.5)).outcome == "accepted"  # half of all people gain


def test_a_group_that_is_harmed_vetoes() -> None:
    """Better for the group that it names, and far worse for another one."""
    pairs = []
    for number in range(300):
        pairs += [
            pair(10.0, groups=("listening",)),
            pair(-30.0, primary=False, groups=("carer",), persona=f"c{number % 9}"),
        ]
    verdict = judge(pairs, Terms(group="listening"))
    assert verdict.outcome == "rejected"
    assert "carer" in verdict.why[0]


@pytest.mark.parametrize("what", RISES)
def test_a_rise_of_what_must_not_rise_vetoes(what: str) -> None:
    """However much the score gains."""
    pairs = [pair(40.0, candidate=what, cue=True) for _ in range(60)]
    pairs = [Pair(p.profile, p.persona, p.groups, p.primary, p.base, p.candidate, cue=True, trap=True) for p in pairs]
    verdict = judge(pairs, Terms(spread=10.0, least=30))
    assert verdict.outcome == "rejected"
    assert "rise" in verdict.why[0]


def test_taking_out_failing_lines_only_has_to_harm_nobody() -> None:
    """Equal scores are enough there; a loss is not."""
    equal = [pair(0.0) for _ in range(400)]
    assert judge(equal, Terms(safer="lines")).outcome == "accepted"
    assert judge([pair(-20.0) for _ in range(400)], Terms(safer="lines")).outcome != "accepted"
    assert judge(equal, Terms()).outcome == "undecided"


def test_what_is_no_better_is_remembered_only_where_something_was_lost() -> None:
    """A tie or a gain smaller than was looked for may be tried again; a loss is rejected."""
    assert judge([pair(0.0) for _ in range(400)], Terms()).outcome == "undecided"
    assert judge([pair(1.0) for _ in range(400)], Terms()).outcome == "undecided"
    assert judge([pair(-2.0) for _ in range(400)], Terms()).outcome == "rejected"


def test_a_change_for_people_in_danger_needs_every_group() -> None:
    """Too few to tell blocks it, and nothing else."""
    pairs = [pair(20.0, persona=f"p{n % 9}") for n in range(60)]
    pairs[3] = pair(20.0, groups=("listening", "teen"))
    assert judge(pairs, Terms(spread=10.0)).outcome == "accepted"
    verdict = judge(pairs, Terms(spread=10.0, sensitive=True, most=60))
    assert verdict.outcome == "undecided"
    assert "teen" in verdict.why[0]


def test_technical_failures_are_never_a_verdict() -> None:
    """Too many of them leave it undecided."""
    gate = Gate(Terms(most=40))
    for one in draws(1, 20)[:30]:
        gate.see(one)
        gate.fail()
        if gate.done:
            break
    assert gate.verdict.outcome == "undecided"


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=60))
def test_wealth_is_never_negative_and_an_interval_holds_the_mean(values: list[float]) -> None:
    """For any numbers within reach."""
    rich = Wealth(0.0, 10.0, 40.0)
    for value in values:
        rich.see(value)
    low, high = interval(values)
    assert rich.best >= 0
    assert low - 0.1 <= sum(values) / len(values) <= high + 0.1


@given(st.lists(st.sampled_from([-1, 0, 1]), max_size=200))
def test_a_purse_needs_a_rise(values: list[int]) -> None:
    """Nothing that never rises convinces."""
    purse = Purse(0.02)
    for value in values:
        purse.see(min(0, value))
    assert not purse.convinced(0.05)


def test_the_ledger_never_spends_more_than_alpha() -> None:
    """The shares of very many verifications stay below the whole, and fall."""
    shares = [share(number) for number in range(1, 20_000)]
    assert 0.97 * ALPHA < sum(shares) < ALPHA
    assert shares == sorted(shares, reverse=True)
    with pytest.raises(ValueError, match="0"):
        share(0)


def test_terms_and_verdicts_survive_json() -> None:
    """As evidence keeps them."""
    import json

    terms = Terms(group="listening", edited=("a", "b"), failing=(("a", "no-promises"),), alpha=share(3))
    assert Terms.from_json(json.loads(json.dumps(terms.to_json()))) == terms
    verdict = judge(draws(5, 12), terms)
    assert json.loads(json.dumps(verdict.to_json())) == judge(draws(5, 12), terms).to_json()
