"""Violence at home, pictures used as a threat, and the young: what is told is heard in many words, and answered for what it is."""

from __future__ import annotations

import pytest
from course_talk import held
from escs.runtime.safety.protocol import protocols
from escs.runtime.safety.resources import resources_for
from escs.runtime.safety.screen import screen

AT_HOME = ("my husband hits me", "yes he's out")
TO_THE_END = (*AT_HOME, "no", "my sister", "yes i can")
PICTURES = "this guy has my nudes and says he will send them to everyone unless i send more"


def steps(*texts: str, country: str = "GB") -> list[str]:
    """The steps that answer these turns."""
    return [f"{reply.kind}.{reply.step}" if reply else "" for reply in held(*texts, country=country)[1]]


def said(*texts: str, country: str = "GB") -> str:
    """What is said to the last of these turns, with the line below it."""
    reply = held(*texts, country=country)[1][-1]
    return reply.text if reply else ""


@pytest.mark.parametrize(
    "texts",
    [
        ("i want to kill myself tonight", "yes i'll call", "my sister. shes coming"),
        ("i dont want to be here anymore", "yes", "no", "no", "my brother", "he's coming over now"),
        ("i want to die", "yes", "i have the rope here", "my mum. she's coming up the stairs"),
        ("i want to die", "yes", "no", "no", "my flatmate", "he's in the next room"),
        ("i want to kill myself", "yes", "i rang my dad", "they're coming back for me now"),
    ],
)
def test_who_comes_to_help_is_no_danger_at_home(texts: tuple[str, ...]) -> None:
    """A helper on the way ends no conversation, and begins none about abuse."""
    course, replies = held(*texts)
    assert not any(reply and reply.kind == "abuse" for reply in replies)
    assert "close this" not in said(*texts).lower()
    assert "abuse-now" not in course.course.kinds


@pytest.mark.parametrize("text", ["hide, hes coming", "i'm scared he's coming back", "he's coming up the stairs drunk"])
def test_who_comes_to_hurt_is(text: str) -> None:
    """With fear beside it, at the beginning and in the middle of other questions."""
    assert "abuse-now" in screen(text).kinds
    assert "abuse-now" in held("i want to die", "yes", "no", "no", "my sister", text)[0].course.kinds


def test_abuse_told_after_a_helper_came_counts() -> None:
    """What a helper's coming explained is explained no longer, once he hits."""
    texts = ("i want to die", "yes", "no", "no", "my mum. she's coming up the stairs", "my husband hits me")
    assert "abuse-now" in held(*texts)[0].course.kinds


@pytest.mark.parametrize(
    "text",
    [
        "hes home", "shes home", "he's just got home", "my husband's home", "stepdads back", "hes in the house", "i hear the car",
        "dad is home", "theyre back",
    ],
)  # fmt: skip
def test_who_is_back_ends_the_writing(text: str) -> None:
    """With and without an apostrophe, whoever it is, in the questions and after all of them."""
    assert steps(*AT_HOME, "no", text)[-1] == "abuse.not-safe"
    assert steps(*TO_THE_END, "no thanks", "no", "safer", text)[-1] == "abuse.not-safe"


@pytest.mark.parametrize(
    "text",
    [
        "not now but hes coming round tonight", "no, he's coming back tomorrow", "no. she's coming home later",
        "not yet, he gets in after work, hes coming home at six",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("opening", "place"),
    [("my uncle touches me, im 13", "until-then-young"), ("my partner hits me", "until-then")],
)
def test_who_comes_later_breaks_nothing_off(opening: str, place: str, text: str) -> None:
    """The hours until then are used: somebody safe, and the emergency number at the first fear."""
    assert steps(opening, "yes im in my room", text)[-1] == f"abuse.{place}"
    assert "999" in said(opening, "yes im in my room", text)


def test_the_teacher_whom_a_child_names_is_taken_up() -> None:
    """Today, before it comes; and not being believed by one is answered."""
    texts = (
        "my uncle touches me, im 13",
        "yes im in my room",
        "not now but hes coming round tonight",
        "maybe my teacher miss harris",
    )
    assert steps(*texts)[-1] == "abuse.told-today"
    assert "believe" in said(*texts) or "second one" in said(*texts, "what if they dont beleive me")


@pytest.mark.parametrize(
    "text",
    [
        "my husband chokes me sometimes when we argue", "my bf puts his hand round my neck when hes mad", "he had me by the throat",
        "she squeezed my throat so hard", "he put his arm across my windpipe", "my wife strangled me last night",
    ],
)  # fmt: skip
def test_hands_at_the_neck_are_named_and_asked_about(text: str) -> None:
    """As what they are, by whomever: grave, not normal, nobody's own doing."""
    texts = (text, "yes they're out") if "abuse-now" in screen(text).kinds else ("my husband hits me", f"yes. {text}")
    assert steps(*texts)[-1] == "abuse.neck"
    assert "doing" in said(*texts) or "cause" in said(*texts)


@pytest.mark.parametrize(
    "text",
    [
        "i passed out once but it was my fault", "no. just a croaky voice since saturday", "its hard to swallow", "well once",
        "my voice has been hoarse", "my throat is still sore", "no just a croaky voice", "everything went black for a bit", "yes",
    ],
)  # fmt: skip
def test_what_it_left_behind_needs_a_doctor_today(text: str) -> None:
    """Even days later, with the emergency number for the worst; and no “good”."""
    texts = ("my husband chokes me sometimes", "yes hes out", text)
    assert steps(*texts)[-1] == "abuse.neck-seen"
    assert "today" in said(*texts)
    assert "Good" not in said(*texts)


@pytest.mark.parametrize(
    "text", ["he's never choked me though", "no", "i choked up telling my sister about my neck pain"]
)
def test_a_neck_that_was_spared_is_not_asked_about(text: str) -> None:
    """What did not happen is not taken up as if it had."""
    assert "abuse.neck" not in steps(*AT_HOME, text)


@pytest.mark.parametrize(
    "text",
    [
        "is it normal though",
        "it was my fault, i wound him up",
        "maybe i deserve it. is that abuse",
        "am i overreacting",
    ],
)
def test_what_is_asked_or_shouldered_is_answered_plainly(text: str) -> None:
    """It is not normal, and not their doing, in the middle of the questions and after them."""
    for before in ((*AT_HOME, "no"), TO_THE_END):
        assert steps(*before, text)[-1] == "abuse.blame"


@pytest.mark.parametrize(
    "text",
    [
        "he says if i leave hell kill himself", "he said he'll kill himself if i go", "my ex threatens to kill himself when i say no",
        "she says shell hurt herself if i leave", "he'd kill himself. he cant live without me",
    ],
)  # fmt: skip
def test_a_threat_that_holds_somebody_there_is_no_worry_of_theirs(text: str) -> None:
    """Abuse it stays: nobody is to look after him, or to ask him."""
    for before in (AT_HOME, TO_THE_END, (*TO_THE_END, "ok")):
        assert steps(*before, text)[-1] == "abuse.held-by-threat"
        assert not any(
            step.startswith("third-party") for step in steps(*before, text, "he said he'd find me too", "ok")
        )
        assert "0808 2000 247" in said(*before, text)


def test_a_sister_who_wants_to_die_is_worried_about_all_the_same() -> None:
    """What the threat explained is explained no longer, once somebody else is in danger."""
    texts = (*AT_HOME, "he says hell kill himself if i go", "my sister wants to kill herself too")
    assert "third-party-suicide" in held(*texts)[0].course.kinds


@pytest.mark.parametrize(
    "text", ["he said he'd find me too", "hed find me wherever i go", "she'll hunt me down", "he chokes me"]
)
def test_a_threat_to_life_is_taken_up(text: str) -> None:
    """After all the questions as before them."""
    assert steps(*TO_THE_END, text)[-1] in ("abuse.threat", "abuse.neck")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("should i leave him", "leave"), ("how do i get out of here", "leave"), ("i want to leave her but i cant", "leave"),
        ("what am i supposed to do now", "next"), ("and if he does it again what do i do", "next"), ("dont know what to do", "next"),
    ],
)  # fmt: skip
def test_what_next_is_answered_without_urging(text: str, place: str) -> None:
    """With a plan before any step, the line that is for it, and no verdict on staying or going."""
    assert steps(*TO_THE_END, text)[-1] == f"abuse.{place}"
    assert "0808 2000 247" in said(*TO_THE_END, text)
    assert "116 123" not in said(*TO_THE_END, text)


def test_the_course_goes_on_to_a_plan_and_looks_back() -> None:
    """One thing at a time, if they want one; and how safe it is afterwards is asked in any case."""
    assert steps(*TO_THE_END, "ok", "yes please", "the hall", "my sister", "at work")[-5:] == [
        "abuse.plan", "abuse.way-out", "abuse.word", "abuse.ready", "abuse.back",
    ]  # fmt: skip
    assert steps(*TO_THE_END, "ok", "no thanks")[-1] == "abuse.back"


@pytest.mark.parametrize(
    "text", ["is there a number for men", "what line", "which helpline is it", "what number can i call"]
)
def test_the_number_is_that_of_the_line_that_is_needed(text: str) -> None:
    """An abuse line where it is about abuse; the crisis line where it is about dying."""
    assert "0808 2000 247" in said("my wife hits me", "yes", "no", "no one", text)
    assert "116 123" in said("i want to die", "yes", "no", text)


def test_whom_a_line_is_for_is_not_hidden() -> None:
    """A man who asks for a line for men is told where more are listed."""
    assert (
        "findahelpline.com"
        in said("my wife hits me", "yes", "no", "no one", "is there a number for men").split("\n\n")[0]
    )


@pytest.mark.parametrize(
    "text",
    ["im 13 its my own phone", "15", "i'm fifteen", "im only 12", "i'm in year 9", "14f", "I am 17 years old", "im a minor"],
)  # fmt: skip
def test_a_stated_age_is_heard(text: str) -> None:
    """As an answer to something else, as a number alone, and before the danger was told."""
    assert held("my uncle touches me when mum is out", text)[0].course.minor
    if len(text.split()) > 2:
        assert held(text, "my uncle touches me when mum is out")[0].course.minor


@pytest.mark.parametrize(
    "text",
    [
        "im 13 weeks pregnant", "i'm 15 minutes away", "im 42", "i'm 16 stone", "when i was 14 he began", "my son is 12", "i took 15",
        "i'm a teacher, she is only 13", "i have been with him 11 years",
    ],
)  # fmt: skip
def test_other_numbers_are_no_age(text: str) -> None:
    """Weeks, minutes, weights, other people's ages and the past."""
    assert held("my husband hits me", text)[0].course.known.get("age") is None


@pytest.mark.parametrize(
    "text",
    ["i said can u keep it secret", "can you keep a secret", "i dont want anyone to know. dont call anyone", "nobody can know about this"],
)  # fmt: skip
def test_secrecy_is_answered_and_not_promised(text: str) -> None:
    """Whatever had been asked: nobody can be told from here, and no secret is promised."""
    body = said("my uncle touches me when mum is out", text)
    assert "can't" in body or "not able" in body
    assert "promise" in body


SEXTORTION = [
    PICTURES,
    "this girl i was talking to is a guy and he has my nudes and wants more or he sends them to everyone",
    "some guy is blackmailing me with my nudes, im 15",
    "a girl on insta recorded me on video call. shes asking 500 pounds or she'll send it to all my followers",
    "i sent someone pics on snap and now theyre saying pay 200 or they go to my family",
    "hes got a video of me and hes threatening to send it to my whole family",
    "if i don't pay they will leak my pictures",
    "i think im being sextorted",
    "i sent nudes to a girl and she wants money or shell tell my mum",
    "he makes me send him pics and says he will show them to my whole school if i stop",
]


@pytest.mark.parametrize("text", SEXTORTION)
@pytest.mark.parametrize("country", ["GB", "US"])
def test_pictures_as_a_threat_have_a_course_of_their_own(text: str, country: str) -> None:
    """No blame, nothing more sent or paid, the messages kept: in the first reply, with no question about the phone."""
    body = said(text, country=country)
    assert steps(text, country=country)[0].startswith("sextortion.stop")
    assert "blame" in body
    assert "nothing" in body
    assert "messages" in body
    assert not any(
        step.startswith(("abuse.", "suicide.")) for step in steps(text, "im 15", "no", "no", country=country)
    )


@pytest.mark.parametrize(
    "text",
    ["my ex says he will post my nudes unless i come back", "my husband hits me and says he'll leak my nudes to my family if i leave"],
)  # fmt: skip
def test_where_a_partner_threatens_their_safety_comes_first(text: str) -> None:
    """There the phone may be watched, and he may be in the room."""
    assert steps(text) == ["abuse.safe-to-type"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("should i just pay him", "pay"), ("i already paid 50", "pay"), ("what if i send one more pic", "pay"),
        ("i cant tell my parents they would kill me", "parents"), ("my dad would kill me if he sees", "parents"),
        ("im gonna be dead by tomorrow if my dad sees", "thoughts-now"), ("lol my life is over then", "thoughts-now"), ("id rather die than have them see", "own-life"),
    ],
)  # fmt: skip
def test_what_is_asked_and_feared_in_it_is_answered(text: str, place: str) -> None:
    """Paying, parents, and words of dying, which are asked about directly."""
    assert steps(PICTURES, "15", text)[-1] == f"sextortion.{place}"
    if place == "thoughts-now":
        assert steps(PICTURES, "15", text, "yes")[-1] == "sextortion.own-life"
        assert not any(
            step.startswith("third-party") for step in steps(PICTURES, "15", text, "no", "no", "no", "no", "no")
        )


def test_everybody_who_is_threatened_so_is_asked_about_thoughts_of_dying() -> None:
    """Young or not, without a sign of it, by the third reply; and a plain wish to die is taken up before all else."""
    assert "sextortion.thoughts" in steps(PICTURES, "15", "my teacher")[:4]
    assert "sextortion.thoughts" in steps(PICTURES, "34", "my friend")[:4]
    assert steps(f"{PICTURES}. i want to die")[0] in ("sextortion.own-life", "imminent.urge")


def test_abuse_told_in_the_middle_of_it_counts() -> None:
    """What the pictures explained is explained no longer, once somebody hits."""
    assert "abuse-now" not in held(PICTURES)[0].course.kinds
    assert "abuse-now" in held(PICTURES, "15", "my dad hits me")[0].course.kinds


def test_where_there_is_no_line_of_a_kind_the_directory_is_named_for_it() -> None:
    """No number is invented: the crisis line, and where lines for the young or about violence are listed."""
    line = resources_for("US").line("child")
    assert "988" in line
    assert "young people: findahelpline.com" in line
    assert "violence or abuse: findahelpline.com" in resources_for("FR").line("abuse")
    assert "116 123" in resources_for("GB").needing("poison").number


def test_papers_held_at_work_are_no_violence_at_home() -> None:
    """It is said that the line below may be for something else, and where others are listed."""
    texts = ("my employer took my passport and wont let me leave", "yes", "no", "no")
    assert steps(*texts)[-1] == "abuse.line-held"


def test_no_number_stands_in_the_new_words() -> None:
    """Numbers come from the resources alone, and every tool that is named has its source."""
    (protocol,) = [one for one in protocols() if one.name == "sextortion"]
    assert not any(sign.isdigit() for text in protocol.wordings() for sign in text)
    assert any("Take It Down" in claim.claim for claim in protocol.sources)


@pytest.mark.parametrize(
    "text", ["hes at football", "shes at the gym", "my husbands on nights", "dad's not home", "he's at his mums"]
)
def test_who_is_elsewhere_does_not_read_along(text: str) -> None:
    """The questions go on, and no other device is asked for."""
    assert steps("my husband hits me", text)[-1] == "abuse.hurt"


def test_a_child_whose_age_comes_late_is_asked_for_a_grown_up_and_how_it_is_now() -> None:
    """In place of the grown-ups' questions, and to the end."""
    told = ("my dad hits me", "yeah he's out", "no", "im 14")
    assert steps(*told)[-1] == "abuse.who-young"
    assert steps(*told, "my nan", "ok", "ok")[-1] == "abuse.back"
    assert steps(*told, "should i run away")[-1] == "abuse.next-young"


def test_what_is_said_when_all_is_asked_is_the_protocols_own() -> None:
    """Their words for it are read, and not lost in the file."""
    assert {one.name for one in protocols() if one.stay} >= {"abuse", "sextortion"}
