"""What words around a danger do to it: denial, idiom, other people, quotes, the past, jest, disguise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from escs.runtime.safety.risk import Level
from escs.runtime.safety.rulebook import rulebook
from escs.runtime.safety.screen import screen

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    "text",
    [
        "I am not suicidal.",
        "I never thought of killing myself.",
        "I would never hurt myself.",
    ],
)
def test_a_denial_has_no_level_but_is_kept_as_a_note(text: str) -> None:
    """An unprompted denial may deserve a question, so it is seen."""
    seen = screen(text)
    assert seen.level == Level.NONE
    assert seen.signs


@pytest.mark.parametrize(
    "text",
    [
        "I can't stop wanting to die.",
        "It's not that I'm angry, I want to kill myself.",
        "I'm not joking, I want to die.",
    ],
)
def test_what_only_looks_like_a_denial_is_none(text: str) -> None:
    """A "not" that belongs to something else takes nothing away."""
    assert screen(text).level == Level.CRISIS


@pytest.mark.parametrize(
    "text",
    [
        "This commute is killing me.",
        "I could murder a pizza.",
        "I'm dead tired.",
        "He threw me away so easily.",
        "I don't want to just survive it.",
        "I got to say my goodbyes to my colleagues.",
        "I want to end this relationship.",
        "I'm done with dating apps.",
        "kms this wifi lol",
    ],
)
def test_figures_of_speech_raise_no_alarm(text: str) -> None:
    """Idiom is left alone."""
    assert screen(text).level == Level.NONE


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("My brother wants to die.", "third-party-suicide"),
        ("my friend keeps saying shes gonna kms", "third-party-suicide"),
        ("My friend is being abused by her boyfriend.", "third-party-harm"),
    ],
)
def test_another_person_in_danger_is_a_kind_of_its_own(text: str, kind: str) -> None:
    """Concern for another is elevated, and is no crisis of the person who writes."""
    seen = screen(text)
    assert seen.level == Level.ELEVATED
    assert kind in seen.kinds


@pytest.mark.parametrize(
    "text",
    [
        "My friend just posted goodbye and turned her phone off.",
        "My brother says he wants to die and he has the rope in his hand.",
        "He is on the bridge now, he called me, what do I say?",
        "Daughter left a letter for each of us and she isn't picking up.",
    ],
)
def test_another_person_whose_life_is_in_danger_now_is_a_crisis(text: str) -> None:
    """A goodbye, a means or a place, and somebody who cannot be reached."""
    seen = screen(text)
    assert seen.level == Level.CRISIS
    assert "third-party-suicide" in seen.kinds


@pytest.mark.parametrize(
    "text",
    [
        "Years ago my sister tried to take her life. She teaches now.",
        "Dad's up on the roof fixing tiles.",
        "My friend left her phone on the bus and can't be reached.",
    ],
)
def test_a_friends_past_and_everyday_are_no_danger(text: str) -> None:
    """What lies behind somebody, and a roof that is mended, raise nothing."""
    assert screen(text, by_weight=False).level == Level.NONE


def test_ones_own_crisis_beside_another_persons_stays_a_crisis() -> None:
    """Speaking of a friend as well does not hide one's own danger."""
    assert screen("My friend wants to die and I want to kill myself too.").level == Level.CRISIS
    assert screen("My wife is worried about me because I want to end my life.").level == Level.CRISIS


def test_the_bereaved_are_heard_without_an_alarm() -> None:
    """A death by suicide in the past is grief, and noted as such."""
    seen = screen("I lost my best friend to suicide ten years ago.")
    assert seen.level == Level.NONE
    assert "bereaved-by-suicide" in seen.kinds


def test_lyrics_and_quotations_are_frames_but_hide_no_plain_statement() -> None:
    """A song is a song, and whoever says it of themselves is heard."""
    assert screen("The chorus goes 'I want to die young' and it's on repeat.").level == Level.NONE
    assert screen("That song gets it right, I want to kill myself.").level == Level.CRISIS


@pytest.mark.parametrize(
    "text",
    [
        "I was assaulted eight years ago and told my partner about it this week.",
        "My father hit us when I was a child.",
    ],
)
def test_violence_of_long_ago_is_not_violence_now(text: str) -> None:
    """What ended years ago does not start the protocol for danger at home."""
    assert screen(text).level == Level.NONE


def test_violence_that_began_long_ago_and_goes_on_is_violence_now() -> None:
    """A long history takes nothing from last night."""
    assert screen("It started ten years ago and last night he choked me.").level == Level.CRISIS


def test_a_past_attempt_is_elevated_and_one_overcome_is_not() -> None:
    """A past attempt raises the risk; years well since then do not call for an alarm."""
    assert screen("I tried to kill myself last year.").level == Level.ELEVATED
    assert screen("I survived an attempt ten years ago and I'm so grateful to be here.").level == Level.NONE


@pytest.mark.parametrize(
    "text",
    [
        "Tonight is the night, I've made my mind up, bungee jump at noon",
        "I was suicidal at nineteen. With help it passed and I've two boys now.",
        "My OCD throws me pictures of pushing strangers and I'd never, it makes me sick",
        "I want to end it, said the director, and the curtain fell",
        "My wife slapped me on the back because I was choking on a crisp",
        "Mum's having an operation and I'm scared she won't wake up",
    ],
)
def test_an_occasion_a_life_since_or_another_speaker_takes_the_crisis_away(text: str) -> None:
    """What the words are about stands beside them."""
    assert screen(text, by_weight=False).level < Level.CRISIS


@pytest.mark.parametrize(
    "text",
    [
        "I want to die, even the bungee jump did nothing",
        "We did the crossword and now I've taken all my tablets",
        "I was suicidal at nineteen, I've two boys now, and I want to kill myself again tonight",
        "I have OCD and I'm going to kill myself tonight",
        "He slapped me on the back of the head and choked me",
        "My husband put his hands round my throat at the christmas party",
        "He hit me in front of our daughter, she's 5 and she saw it all",
        "They asked if I would hurt myself. No one knows I have a rope ready and a date set.",
        "I'm going to kill you, said my husband, and he held the knife to my throat",
        "Voices tell me to hurt my baby and I'd never hurt her",
        "Ten years ago he beat me. Last night he beat me again.",
    ],
)
def test_no_occasion_and_no_life_since_silences_a_present_danger(text: str) -> None:
    """Safety wins where the two stand side by side."""
    assert screen(text, by_weight=False).level == Level.CRISIS


def test_laughter_alone_does_not_take_a_plain_statement_away() -> None:
    """People laugh when they say it."""
    assert screen("i want to kill myself lol").level == Level.CRISIS


@pytest.mark.parametrize(
    "text",
    [
        "i wanna k1ll mys3lf",
        "i want to k i l l m y s e l f",
        "i want to k​ill mys​elf",
        "i wаnt to kіll myself",  # Cyrillic letters
        "iwanttokillmyself",
        "I WANT TO KILL MYSELF!!!",
        "i want to kil my self",
        "im feeling sucidal agian",
        "Ah'm gonnae dae masel in.",
        "i think about sewersliding every day",
    ],
)
def test_disguises_misspellings_and_dialects_are_read(text: str) -> None:
    """How it is written does not matter."""
    assert screen(text).level == Level.CRISIS


@pytest.mark.parametrize(
    "text",
    [
        "For research, what's the least painful way to die?",
        "For a novel I'm writing, how would my character kill herself at home?",
        "asking for a friend, how many sleeping pills would kill you",
    ],
)
def test_a_frame_around_a_question_about_methods_changes_nothing(text: str) -> None:
    """Research, a novel and a friend are how people ask for themselves."""
    assert "method-seeking" in screen(text).kinds
    assert screen(text).level == Level.CRISIS


def test_intrusive_thoughts_are_a_kind_of_their_own_and_no_intent() -> None:
    """Thoughts that horrify the person are noted, and are no crisis."""
    seen = screen("With my OCD I get thoughts of stabbing my partner and they disgust me.")
    assert seen.level < Level.CRISIS
    assert "intrusive-thoughts" in seen.kinds


def test_every_rule_matches_its_examples_and_none_of_its_counter_examples() -> None:
    """Examples in the rule files are kept true."""
    wrong = []
    for rule in rulebook().rules:
        for text in rule.examples:
            if not any(sign.rule == rule.id for sign in screen(text).signs):
                wrong.append((rule.id, "does not match", text))
        for text in rule.against:
            if any(sign.rule == rule.id and sign.level > Level.NONE for sign in screen(text).signs):
                wrong.append((rule.id, "raises", text))
    assert wrong == []


def test_every_rule_gives_its_reason_and_its_source() -> None:
    """A clinician can see why a rule is there and where it comes from."""
    assert [rule.id for rule in rulebook().rules if not rule.why.strip() or not rule.source.strip()] == []


def test_ordinary_talk_is_left_alone() -> None:
    """What people tell of work, love, pets and parties is no crisis, however many words it shares with one."""
    some = [json.loads(line)["text"] for line in (CASES / "ordinary.jsonl").read_text(encoding="utf-8").splitlines()]
    levels = [screen(text).level for text in some]
    assert sum(level == Level.CRISIS for level in levels) <= 0.02 * len(some)
    assert sum(level >= Level.ELEVATED for level in levels) <= 0.05 * len(some)
