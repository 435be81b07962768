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


@pytest.mark.parametrize(
    "text",
    [
        "no not hurt. hes banging on the door now", "no but hes trying to get in", "she's hammering on the window", "hes kicking my door in",
        "he's standing outside my flat", "my ex is right outside", "theyre trying to break in",
    ],
)  # fmt: skip
def test_who_wants_to_get_in_is_danger_this_minute(text: str) -> None:
    """He reads no screen: the number first, nobody is sent away, and the next question is whether somebody answers."""
    body = said("my husband hits me", "yes", text)
    assert steps("my husband hits me", "yes", text)[-1] == "abuse.at-door"
    assert "999" in body
    assert "close this" not in body.lower()
    assert steps("my husband hits me", "yes", text, "should i call the police")[-1] == "abuse.at-door-yes"
    assert steps("my husband hits me", "yes", text, "yes they answered", "ok", "ok")[-1] == "abuse.until-police"
    assert steps("my husband hits me", "yes", text, "yes", "police are here now")[-1] == "abuse.door-quiet"


@pytest.mark.parametrize("text", ["he was banging on the door last night", "no. he used to wait outside my house"])
def test_a_door_of_another_time_is_none(text: str) -> None:
    """What he did then is no danger of this minute."""
    assert steps("my husband hits me", "yes", text)[-1] != "abuse.at-door"


def test_whether_to_call_the_police_is_answered() -> None:
    """Yes where they are in danger, theirs to decide otherwise; and with him beside them, without speaking."""
    assert steps(*AT_HOME, "no", "should i call the police")[-1] == "abuse.call-or-not"
    assert said(*AT_HOME, "no", "hes in the room", "should i call the police").startswith(
        "If you're afraid this minute, yes: 999"
    )


@pytest.mark.parametrize(
    "text",
    ["he's at work right now so i cant talk to him", "she's asleep so i can't call her", "my mum is in a meeting so i can't ring her", "he's away so i don't see him"],
)  # fmt: skip
def test_who_cannot_be_reached_holds_nobody_captive(text: str) -> None:
    """Being at work, asleep or away keeps nobody from leaving or speaking."""
    assert "abuse-now" not in screen(text).kinds
    assert not any(step.startswith("abuse") for step in steps(f"my brother said last night he wants to die. {text}"))


@pytest.mark.parametrize("text", ["he's in the next room so i can't talk", "he keeps my phone so i cant ring"])
def test_who_listens_or_takes_the_phone_does(text: str) -> None:
    """The same words where he keeps them from it."""
    assert "abuse-now" in screen(text).kinds


PURGING = ("i make myself sick twice a day", "no", "no", "no one", "no doctors")


@pytest.mark.parametrize(
    "text",
    ["heavier. my heart's going funny again now", "same. palpitations again", "my pulse is all over the place", "i feel faint", "i collapsed earlier"],
)  # fmt: skip
def test_the_body_is_heard_after_all_was_asked(text: str) -> None:
    """A no from the beginning, and the check-back, end nothing: it is to be seen today."""
    assert steps(*PURGING, text)[-1] == "eating.seen-today"
    assert steps(*PURGING, "same", text)[-1] == "eating.seen-today"


@pytest.mark.parametrize(
    "text", ["yes i feel like im going to pass out", "im about to faint", "everythings going black"]
)
def test_about_to_faint_in_it_is_the_emergency_number(text: str) -> None:
    """And outside of it, in a fright, nothing is begun by these words alone."""
    assert steps(*PURGING, "same", text)[-1] == "medical-emergency.call-now"


SEDATED = ("my mum took too many sleeping tablets shes asleep next to me", "ok im ringing them")


@pytest.mark.parametrize(
    "text",
    ["its slow. theres long gaps", "slow, she keeps stopping", "shallow", "snoring really loud", "gurgling noises", "her breathing is weird", "yes but its really noisy"],
)  # fmt: skip
def test_breath_that_is_not_as_usual_goes_to_the_emergency_service(text: str) -> None:
    """In those words, whether they are on the line or not."""
    assert steps(*SEDATED, text)[-1] == "body-of-another.tell-them"
    assert "999" in said(*SEDATED, text)
    assert "still change" not in said(*SEDATED, text, "no just me")
    if "breathing" in text or "snoring" in text:
        assert steps(SEDATED[0], f"no. {text}")[-1] == "body-of-another.not-as-usual"


def test_whoever_is_on_the_line_is_not_asked_about_it_again() -> None:
    """Once they answered, the hands go on as they say."""
    texts = (*SEDATED, "shes stopped breathing i think", "they answered. im counting with them")
    assert steps(*texts)[-2:] == ["body-of-another.not-breathing", "body-of-another.hands"]


@pytest.mark.parametrize(
    "text",
    ["nothing. its gone a bit up my jaw now", "it's gone into my neck", "its spreading to my shoulder", "it goes down my arm now", "my arms gone numb as well now"],
)  # fmt: skip
def test_pain_that_moves_is_no_easing(text: str) -> None:
    """It is worse, and that is what they are to be told."""
    texts = ("its like a tight band round my chest and my arm aches. but i get anxious", "no i dont want to fuss", text)
    assert held(*texts)[0].course.known.get("easing") is None
    assert steps(*texts)[-1] == "medical-emergency.getting-worse"


@pytest.mark.parametrize("text", ["its gone now", "it's easing", "its gone. i feel better"])
def test_pain_that_went_is(text: str) -> None:
    """The same words with nothing after them."""
    texts = ("crushing pain in my chest going down my left arm", text)
    assert held(*texts)[0].course.known.get("easing") == "yes"


@pytest.mark.parametrize(
    "text",
    [
        "i called", "fine i called", "999 said wait", "they said someone is coming", "they're on the phone", "im at hospital",
        "taxi to a and e", "ok done", "phoned", "they said its 20 minutes", "they told us to keep him still", "my son called",
    ],
)  # fmt: skip
def test_help_that_was_called_is_understood(text: str) -> None:
    """In few words, by whom it was called, or by what they said."""
    assert steps("i want to die", "i already took them", text)[-1] == "overdose.while-waiting"


@pytest.mark.parametrize(
    "text",
    [
        "i called my mum", "i called and nobody answered", "i called. no answer", "i called in sick", "should i call them",
        "done with all this", "they said its fine", "i cant see it properly", "i rang a week ago",
    ],
)  # fmt: skip
def test_help_that_was_not_called_is_not(text: str) -> None:
    """Another call, a question, a call in vain."""
    assert held("i want to die", "i already took them", text)[0].course.known.get("called") != "yes"


@pytest.mark.parametrize(
    "text",
    ["yes but i cant see it properly", "yeah but my hands wont work", "trying but no signal", "i tried but cant dial"],
)
def test_a_yes_with_a_cannot_is_no_call(text: str) -> None:
    """Somebody else is to call then."""
    texts = ("i think my drink was spiked im so dizzy", "no one is here", "my hands are weird", text)
    assert held(*texts)[0].course.known.get("called") != "yes"
    assert steps(*texts)[-1] == "overdose.body-tells"


def test_whoever_is_beside_them_is_to_ring() -> None:
    """They are not asked who is near, nor what stops them."""
    texts = (
        "i cut myself, im 15, i dont want to die",
        "its kind of deep",
        "it wont stop bleeding",
        "no",
        "mum is here now",
    )
    assert steps(*texts)[-1] == "medical-emergency.they-call"
    assert held(*texts[:3], "ok shes coming")[0].course.known.get("safe_type") != "no"


TWICE = "took my heart tablets twice by mistake"


@pytest.mark.parametrize(
    "text",
    [
        "i rang 111 they said im fine just dont take more",
        "the pharmacist said its fine",
        "my doctor told me to skip tonights",
    ],
)
def test_a_mistake_that_was_looked_into_is_accepted(text: str) -> None:
    """With what would make it an emergency after all; and not where the body shows it, or where a wish to die was told."""
    assert steps(TWICE, text)[-1] == "overdose.told-well"
    assert steps(TWICE, "im dizzy", text)[-1] == "overdose.body-tells"
    assert steps(TWICE, text, "i want to die anyway")[-1].startswith(("overdose.", "imminent."))


def test_a_mistake_is_not_spoken_to_as_a_wish_to_die() -> None:
    """Until somebody who knows has heard it, the number is named, and no word about wanting to live."""
    texts = (TWICE, "no i feel fine", "nothing", "no one", "no", "no")
    _, replies = held(*texts)
    assert all("999" in reply.text for reply in replies if reply)
    assert not any("living" in reply.body or "change your mind" in reply.body for reply in replies if reply)


@pytest.mark.parametrize(
    "text",
    ["i feel dirty and i keep thinking i shouldve screamed", "i had a few drinks so its kind of my fault", "i just froze. why didnt i fight", "i feel disgusting"],
)  # fmt: skip
def test_blame_after_an_assault_is_met(text: str) -> None:
    """As no doing of theirs, without a word about washing; who asks about a shower is told."""
    assault = ("a guy forced himself on me at a party last night. i dont want police", "yes im safe", "bit sore", "no")
    assert steps(*assault, text)[-1] == "assault.blame"
    assert "freez" in said(*assault, text).lower()
    assert "clothes" not in said(*assault, text)
    assert steps(*assault, "can i have a shower")[-1] == "assault.wash"


def test_a_child_is_not_answered_in_a_parents_words() -> None:
    """What a teacher may have to pass on, said to the one who asks."""
    texts = ("my dad hit me last night, im 15", "yes im at school in the library", "no im ok now", "scared to go home")
    body = said(*texts, "maybe my form tutor, but will she tell social services")
    assert "parent" not in body
    assert "tell" in body


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my chest has been hurting for an hour but its probably anxiety", "medical-emergency"), ("chest pain, pretty sure its anxiety", "medical-emergency"),
        ("ive got chest pain but its probably heartburn", "medical-emergency"), ("my mum's face has gone wonky on one side", "medical-emergency"),
        ("my husbands face looks funny", "medical-emergency"), ("my dad woke up and his face looks lopsided", "medical-emergency"),
        ("hi so i took my heart tablets twice this morning by mistake", "overdose"), ("i've accidentally taken two doses of digoxin", "overdose"),
        ("gave my dad his morphine twice by mistake", "overdose"), ("took my husbands tablets by accident", "overdose"),
    ],
)  # fmt: skip
def test_what_the_body_shows_is_seen_in_the_first_message(text: str, kind: str) -> None:
    """However lightly it is told: by a rule, and not by the ear alone."""
    assert kind in {sign.kind for sign in screen(text).signs if sign.rule not in ("ear", "weighed")}
    assert "999" in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "my chest hurts from laughing", "stress gives me chest pains", "my chest hurts sometimes, its just anxiety", "had chest pain last week, doc says its anxiety",
        "his face looks funny in that photo", "her face looks funny when she laughs", "i take my tablets twice a day", "took my vitamins twice by mistake",
    ],
)  # fmt: skip
def test_what_only_sounds_like_it_is_not(text: str) -> None:
    """Laughing, habits, the past, photographs and vitamins."""
    assert not {"medical-emergency", "overdose"} & set(screen(text).kinds)


def test_who_got_in_and_who_will_not_call() -> None:
    """In: no more writing, the line left open. No police: heard, with somebody safe instead, and the number for the worst."""
    door = ("my husband hits me", "yes", "hes banging on the door")
    assert steps(*door, "hes in now")[-1] == "abuse.inside"
    assert steps(*door, "no i dont want the police")[-1] == "abuse.without-police"
    assert "999" in said(*door, "no i dont want the police")


@pytest.mark.parametrize(
    "text", ["yes its my phone he cant see it but hes RIGHT outside", "yes but hes my dad", "yeah hes still there"]
)
def test_a_yes_about_him_is_no_call(text: str) -> None:
    """Asked whether somebody is on the line, they speak of something else: it is asked again."""
    assert steps("my husband hits me", "yes", "hes banging on the door", text)[-1] == "abuse.at-door"
