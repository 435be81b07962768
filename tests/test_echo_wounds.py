"""The echo never turns what would wound: contempt, delusions, threats, insults, methods and bodily harm stay unsaid."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from escs.runtime.echo import fragments
from escs.runtime.echo.fragments import FIELDS
from hypothesis import given
from hypothesis import strategies as st

CONTEMPT = """
I'm worthless
i am such a failure
I am a burden on my family
im so stupid
I'm nothing without my job
I am a terrible mother
I'm a bad person
I ruin everything I touch
I always mess everything up
I never do anything right
I deserve to be alone
I deserved it when my husband shouted
I don't deserve my children
I hate myself for losing my job
I disgust myself
I am disgusting and my body is gross
Everyone would be better off without me
My family would be better off without me
My kids deserve a better mother than me
I'm not good enough for my girlfriend
I am not smart enough for college
I'm a loser and my friends know it
I am weak and pathetic
I'm unlovable
I am ugly and fat
Nobody could ever love me
My parents should have had another son
I'm the problem in my family
I am to blame for my parents' divorce
It's all my fault that my sister left
I'm a waste of space at work
I am lazy and selfish
I'm broken beyond repair
I look like a pig in the mirror
I am garbage
I am too stupid for this exam
I'm a coward and I let my brother down
I make everybody miserable
I was a mistake
I am a monster to my wife
"""
INSULTS = """
my dad calls me a whore
my boss told me I'm useless
my ex said I was the worst thing that ever happened to her
My mother says I am a disappointment
the kids at school call me a freak
My husband calls me crazy
they called me a retard in class
My brother said nobody wants me here
"You are pathetic," my teacher said
he told me I should die
my coworker called me a bitch
My sister says I'm a parasite
"""
DELUSIONS = """
They put a chip in my head
My neighbours are watching me through the TV
The government is following me
God told me that I am the messiah
My phone reads my mind
My wife has been replaced by a double
the voices tell me to leave my job
My boss is recording me at home
people on the radio talk about me
My mother is poisoning my food
I am dead inside and my organs are rotting
Everybody at work can hear my thoughts
cameras are hidden in my bathroom
My doctor is controlling my brain
"""
THREATS = """
I will make him pay for what he did
I want to punch my boss in the face
I'm going to kill my neighbour
I could strangle my husband
I want to burn his house down
I want to hurt the people who hurt me
I'll get back at my ex
I want revenge on my teacher
I am going to hit my son again
I want to smash my brother's car
"""
HARM = """
I want to kill myself
I cut myself last night
I took all my pills
I have a rope in my garage
I want to jump off the bridge
I don't want to wake up tomorrow
I want to disappear
I want to be with my mother again in heaven
I starve myself before the weekend
I throw up after every meal
I want to end it all
I bought a gun yesterday
I'm bleeding and my arm hurts
I burn my arm with a lighter
I drink until I pass out
my uncle raped me
He hits me when he is drunk
My father beat me with a belt
my boyfriend choked me last night
My stepdad touched me
I overdosed in March
I think of hanging myself
I drove my car to the bridge
I want to sleep and never wake up
"""
SENTENCES = [line for block in (CONTEMPT, INSULTS, DELUSIONS, THREATS, HARM) for line in block.strip().splitlines()]

_VERDICT = re.compile(
    r"\byou(?:'re| are| were| have been) (?:such )?an? |\byou (?:always|never|ruin|deserve|disgust|hate yourself|make every)|"
    r"\b(?:worthless|failure|burden|stupid|useless|pathetic|ugly|fat|loser|monster|lazy|selfish|weak|freak|crazy|whore|"
    r"retard|bitch|parasite|disappointment|garbage|mistake|coward|fault|blame|better off|die|dead|kill|cut|pills|rope|"
    r"bridge|gun|disappear|heaven|wake up|end it|starve|throw up|burn|bleed|rape|raped|hit|hits|beat|chok|touched|overdos|"
    r"hang|chip|watching|following|messiah|mind|replaced|voices|recording|radio|poison|organs|thoughts|cameras|brain|"
    r"punch|strangl|revenge|pay for|get back|smash|hurt the)\w*",
)


def test_there_are_a_hundred_of_them() -> None:
    """The list is long enough to mean something."""
    assert len(SENTENCES) >= 100


@pytest.mark.parametrize("typed", [str, str.lower, lambda text: text.replace("'", "") + " and my exam is tomorrow"])
def test_what_wounds_is_never_turned(typed: Callable[[str], str]) -> None:
    """No fragment of such a sentence holds the verdict, the harm or the fancy, however it is typed."""
    for sentence in SENTENCES:
        found = fragments(typed(sentence))
        said = " | ".join(value for field in FIELDS if (value := getattr(found, field)))
        assert not _VERDICT.search(said), (sentence, said)


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("My boss is angry and I might lose my job", "clause", "you might lose your job"),
        ("I feel so anxious about the exam", "feeling", "really anxious"),
        ("I feel so anxious about the exam", "topic", "the exam"),
        ("my girlfriend left me last week", "clause", "your girlfriend left you last week"),
        ("My mother died in March.", "event", "losing your mother"),
        ("im so stressed about my rent", "topic", "your rent"),
        ("I failed my exam again", "event", "failing your exam"),
        ("I want to get some sleep", "wish", "to get some sleep"),
        ("i miss my best friend", "person", "your best friend"),
        ("I don't feel appreciated at work", "feeling", "unappreciated"),
    ],
)
def test_person_and_verb_are_turned(text: str, field: str, said: str) -> None:
    """What can be taken up comes back in the second person, in its slot's form."""
    assert getattr(fragments(text), field) == said


@pytest.mark.parametrize(
    "text", ["", "…", "ok", "lol", "Hello!", "¿Qué hago?", "私は悲しい", "{{ 7*7 }} my exam", "<b>my exam</b>"]
)
def test_nothing_is_taken_from_nothing(text: str) -> None:
    """Greetings, other languages and markup give no fragment."""
    assert fragments(text).turns == ()


@given(st.text(max_size=300))
def test_any_text_gives_clean_fragments(text: str) -> None:
    """Whatever is typed, a fragment is short, in the second person, of plain characters."""
    found = fragments(text)
    for field in FIELDS:
        value = getattr(found, field)
        if value is None:
            continue
        assert 0 < len(value.split()) <= 14
        assert re.fullmatch(r"[A-Za-z0-9' -]+", value)
        assert not re.search(r"\b(?:i|me|my|mine|myself|am|i'm|i've)\b", value)
