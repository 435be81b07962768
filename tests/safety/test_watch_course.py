"""How levels add up over a conversation, and what may and may not make them fall."""

from __future__ import annotations

from escs.runtime.safety.risk import Level, Screening, Sign
from escs.runtime.safety.screen import screen
from escs.runtime.safety.watch import CALM_TURNS, WORRYING_TURNS, Watch
from hypothesis import given
from hypothesis import strategies as st

CALM = Screening()
UNKNOWN = Screening(Level.UNKNOWN, (), "")


def seen(kind: str, level: Level) -> Screening:
    return Screening(level, (Sign(kind, level, "words", "a.rule", "because"),))


def talk(*turns: Screening) -> Watch:
    watch = Watch()
    for turn in turns:
        watch = watch.after(turn)
    return watch


turns = st.sampled_from(
    [
        CALM,
        UNKNOWN,
        seen("hopelessness", Level.ELEVATED),
        seen("burden", Level.ELEVATED),
        seen("third-party-suicide", Level.ELEVATED),
        seen("suicide-active", Level.CRISIS),
        seen("retraction", Level.NONE),
        seen("sudden-calm", Level.ELEVATED),
    ]
)
models = st.sampled_from([None, *Level])


@given(st.lists(st.tuples(turns, models, st.booleans()), max_size=30))
def test_crisis_never_falls(course: list[tuple[Screening, Level | None, bool]]) -> None:
    """Once the level is crisis it stays so, whatever follows."""
    watch = Watch().after(seen("suicide-plan", Level.CRISIS))
    for turn, model, failed in course:
        watch = watch.after(turn, model_level=model, model_failed=failed)
        assert watch.level == Level.CRISIS


@given(st.lists(turns, max_size=12), turns, models)
def test_a_model_can_raise_and_never_lower(before: list[Screening], last: Screening, model: Level | None) -> None:
    """With whatever a model says, the level is at least what it is without."""
    watch = talk(*before)
    without = watch.after(last).level
    with_model = watch.after(last, model_level=model).level
    assert with_model >= without
    assert with_model >= (model or Level.NONE) or model == Level.UNKNOWN


def test_three_worrying_turns_weigh_more_than_one() -> None:
    """One turn of despair is elevated; the third is a crisis."""
    turn = seen("hopelessness", Level.ELEVATED)
    assert talk(turn).level == Level.ELEVATED
    assert talk(*[turn] * (WORRYING_TURNS - 1)).level == Level.ELEVATED
    assert talk(*[turn] * WORRYING_TURNS).level == Level.CRISIS


def test_worrying_turns_add_up_across_calm_ones() -> None:
    """What lies between them does not start the count again, as long as the level has not fallen."""
    turn = seen("burden", Level.ELEVATED)
    assert talk(turn, CALM, turn, CALM, turn).level == Level.CRISIS


def test_concern_for_another_does_not_add_up_to_a_crisis_of_ones_own() -> None:
    """Speaking of a friend in danger three times stays elevated."""
    assert talk(*[seen("third-party-suicide", Level.ELEVATED)] * 5).level == Level.ELEVATED


def test_just_kidding_clears_nothing() -> None:
    """A taking-back leaves the level, and starts the count of calm turns again."""
    watch = talk(screen("I have lost all hope."), *[CALM] * (CALM_TURNS - 1), screen("lol just kidding"))
    assert watch.level == Level.ELEVATED
    assert watch.calm_turns == 0
    assert talk(screen("I want to kill myself."), screen("just kidding, I'm fine")).level == Level.CRISIS


def test_sudden_calm_clears_nothing() -> None:
    """Calm that comes at once after risk is itself a sign."""
    watch = talk(screen("I have lost all hope."), screen("I feel so calm now, I've decided and it's all settled."))
    assert watch.level >= Level.ELEVATED
    assert watch.calm_turns == 0


def test_elevated_falls_after_the_stated_number_of_calm_turns_and_not_before() -> None:
    """Five calm turns in a row, and one fewer is not enough."""
    turn = seen("hopelessness", Level.ELEVATED)
    assert talk(turn, *[CALM] * (CALM_TURNS - 1)).level == Level.ELEVATED
    assert talk(turn, *[CALM] * CALM_TURNS).level == Level.NONE


def test_an_unknown_language_is_unknown_and_never_counts_as_calm() -> None:
    """What cannot be read is not taken for calm."""
    assert talk(UNKNOWN).level == Level.UNKNOWN
    turn = seen("hopelessness", Level.ELEVATED)
    assert talk(turn, *[UNKNOWN] * (3 * CALM_TURNS)).level == Level.ELEVATED


def test_a_failed_model_counts_as_elevated_once_there_has_been_a_sign() -> None:
    """Before any sign a failure means nothing; after one it does; failures alone never make a crisis."""
    assert Watch().after(CALM, model_failed=True).level == Level.NONE
    watch = talk(seen("retraction", Level.NONE))
    for _ in range(10):
        watch = watch.after(CALM, model_failed=True)
        assert watch.level == Level.ELEVATED


def test_the_kinds_are_kept_gravest_first() -> None:
    """What was seen is remembered with its highest level."""
    watch = talk(seen("hopelessness", Level.ELEVATED), seen("suicide-plan", Level.CRISIS), CALM)
    assert watch.kinds == ("suicide-plan", "hopelessness")
    assert watch.turns == 3
