"""What people answer in danger, in their own ways: a yes is a yes, danger is never heard as safety, and urgency goes on."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from course_talk import held
from escs.runtime.bank.bank import Bank
from escs.runtime.chat.commands import run_command
from escs.runtime.chat.session import Session, open_session, save_conversation
from escs.runtime.conversation import Conversation
from escs.runtime.errors import UsageError
from escs.runtime.paths import SHIPPED_BANK
from escs.runtime.read_state import READ_STATE, StateInputs
from escs.runtime.safety.course import Course, CrisisReply
from escs.runtime.safety.protocol import FOLDER, protocols
from escs.runtime.safety.resources import country_in
from escs.runtime.safety.risk import Level
from escs.runtime.safety.screen import screen
from escs.runtime.task import Answered, Piece
from escs.runtime.turn import Done, Supporter


def talk(*texts: str, country: str = "GB") -> tuple[Course, CrisisReply | None]:
    """The course after these turns, and what it says to the last."""
    conversation, replies = held(*texts, country=country)
    return conversation.course, replies[-1]


def step(*texts: str) -> str:
    """The step that answers the last of these turns."""
    reply = talk(*texts)[1]
    return f"{reply.kind}.{reply.step}" if reply else ""


HOPELESS = "I feel so hopeless lately"


@pytest.mark.parametrize(
    "answer",
    [
        "I'm not going to lie to you. Yes.", "not gonna lie yeah", "Yes, but what does it matter", "yes. why do you ask?",
        "Yes, ever since I didn't pass my exams", "I already told you, yes", "yeh", "y", "uh huh", "that's all i think about",
    ],
)  # fmt: skip
def test_a_yes_is_a_yes(answer: str) -> None:
    """Whatever stands around it, a yes to the direct question makes a crisis and is asked about further, or left in peace."""
    course, reply = talk(HOPELESS, answer)
    assert course.known["thoughts"] in ("yes", "hedge")
    assert reply is not None
    assert reply.level == Level.CRISIS
    assert reply.step in ("plan", "listen")


@pytest.mark.parametrize(
    "answer", ["ofc not", "obviously not", "sadly no", "no way", "100 percent no", "not really", "of course not"]
)
def test_a_no_is_no_yes(answer: str) -> None:
    """However it opens."""
    assert talk(HOPELESS, answer)[0].known["thoughts"] in ("no", "unclear")


@pytest.mark.parametrize("answer", ["pass", "skip", "I'd rather not say", "none of your business"])
def test_not_answering_is_met_and_asked_once_more(answer: str) -> None:
    """A refusal is no yes and no no."""
    assert talk(HOPELESS, answer)[0].known["thoughts"] == "refused"


def test_no_wish_for_quiet_ends_the_urging_while_a_life_is_in_danger() -> None:
    """After an overdose, or with the means in hand, the next step comes all the same; elsewhere the questions stop."""
    assert step("I took 30 paracetamol an hour ago", "leave me alone").startswith("overdose.why-now")
    assert step("I took 30 paracetamol an hour ago", "leave me alone", "I feel a bit sick").startswith("overdose.")
    assert step("I have the rope ready and I'm going to hang myself tonight", "leave me alone").startswith("imminent.")
    assert step("I want to kill myself", "stop asking me things") == "suicide.listen"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("my husband hits me and he has locked me in", "he told me to shut up or he will kill me"),
        ("I want to die", "my mum told me to shut up and stop being dramatic"),
        ("I want to die", "they all just yell drop it"),
    ],
)
def test_what_others_said_does_not_stop_the_questions(first: str, then: str) -> None:
    """“He told me to shut up” asks nothing of us."""
    course, reply = talk(first, then)
    assert course.hushed == 0
    assert reply is not None
    assert reply.step != "listen"


@pytest.mark.parametrize(
    ("texts", "fact", "value"),
    [
        (("My brother says he wants to die", "he's at home with a gun"), "other_now", "no"),
        (("My brother says he wants to die", "I'm with my boyfriend, she is on her own at her flat"), "other_now", "no"),
        (("My brother says he wants to die", "he's asleep next to me"), "other_now", "yes"),
        (("I cut myself tonight", "I'm ok but there's a lot of blood"), "wound", "yes"),
        (("I cut myself tonight", "it's fine, there isn't a lot of blood"), "wound", "no"),
        (("I want to kill myself", "come and go", "no", "no, not until my mum goes to bed"), "intent", "hedge"),
        (("I want to kill myself", "come and go", "yes", "yes", "yes but they're not here, they're in the garage"), "means", "yes"),
        (("I want to kill myself", "come and go", "yes", "yes", "no, my wife has them"), "means", "no"),
        (("I want to kill myself", "come and go", "yes", "yes", "No, nothing within reach"), "means", "no"),
        (("I cut myself tonight", "no stitches needed, it's fine"), "wound", "no"),
        (("I cut myself tonight", "no it's not dripping"), "wound", "no"),
    ],
)  # fmt: skip
def test_danger_is_never_heard_as_safety(texts: tuple[str, ...], fact: str, value: str) -> None:
    """Where an answer says both, the graver counts; where it denies the grave, it is denied."""
    assert talk(*texts)[0].known[fact] == value


def test_a_young_person_is_asked_one_question_that_can_be_answered() -> None:
    """“Are you safe, or is somebody hurting you?” could not: yes to one is no to the other."""
    first = ("I'm 13 and nobody can know what happens at night",)
    _, reply = talk(*first)
    assert reply is not None
    assert (reply.kind, reply.step) == ("minor", "safe")
    assert "or is somebody hurting" not in reply.body
    for answer, value in (
        ("no I'm not safe", "yes"),
        ("yes he does", "yes"),
        ("no", "no"),
        ("I'm safe right now", "no"),
    ):
        assert talk(*first, answer)[0].known["hurt"] == value


def test_no_better_is_no_ordinary_talk() -> None:
    """Asked whether it is stronger or weaker, “much worse” is met, and a person is named."""
    asked = ("I want to kill myself", "come and go", "no", "no", "my sister", "music", "ok")
    assert step(*asked) == "suicide.back"
    for answer, taken_up in (("much worse", "since-then"), ("it is unbearable now", "since-then"), ("same", "stay")):
        assert step(*asked, answer) == f"suicide.{taken_up}"
    assert "Samaritans" in (talk(*asked, "much worse")[1] or CrisisReply("", "", "", "", "", Level.NONE)).body
    assert not step(*asked, "better, thanks")


@pytest.mark.parametrize(
    "text", ["I wish I could go to sleep and not wake up", "I wish I could fall asleep and never wake up"]
)
def test_the_wish_to_sleep_for_ever_is_asked_about_as_suicide(text: str) -> None:
    """It is no emergency of the body, and nobody asked for a way."""
    assert {sign.kind for sign in screen(text).signs} <= {"suicide-passive", "suicide-active"}
    assert step(text).startswith("suicide.")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("I want to die. My name? I'm Jordan.", ""), ("I'm Georgia by the way, nice to meet you", ""),
        ("my boyfriend is living in Mexico and left me", ""), ("I'm from India but I live in the UK", "GB"),
        ("my mum and I live in Norway", "NO"), ("I wish I could live in Canada", ""), ("I used to live in Mexico", ""), ("living in Canada now", "CA"), ("I'm from Spain", "ES"),
    ],
)  # fmt: skip
def test_the_country_is_the_persons_own(text: str, country: str) -> None:
    """A name, a friend's country or a birthplace does not take the place of where somebody lives."""
    assert country_in(text) == country


class Wording:
    """An engine that words every reply as told, and reads no state."""

    name = "claude-scripted"
    key: dict[str, Any] = {}

    def __init__(self, words: str) -> None:
        self.words = words

    async def ask(self, task: Any, inputs: Any, *, sample: int = 0) -> Any:
        """The words, or the rules' reading."""
        if task is READ_STATE:
            return Answered(READ_STATE.rule(StateInputs(inputs.history)), self.name)
        return Answered(self.words, self.name, stopped="end")

    async def stream(self, task: Any, inputs: Any, *, sample: int = 0) -> AsyncIterator[Piece]:
        """The words at once."""
        yield Piece(self.words, done=Answered(self.words, self.name))

    async def close(self) -> None:
        """Nothing to let go of."""


def replied(words: str, *texts: str) -> list[tuple[str, str]]:
    """Whose words each turn was answered in, and the words."""

    async def run() -> list[tuple[str, str]]:
        supporter = Supporter(Bank(SHIPPED_BANK), Wording(words))
        conversation = Conversation(Course.start("GB"))
        for text in texts:
            async for _ in supporter.respond(conversation, text):
                pass
        return [(turn.engine, turn.reply) for turn in conversation.turns]

    return asyncio.run(run())


def test_an_engine_keeps_the_question_or_its_words_are_not_used() -> None:
    """Another question than the step's would be answered, and the answer filed under what was never asked."""
    ((who, reply),) = replied("I'm here with you. Do you have a pet at home?", HOPELESS)
    assert who == "built-in"
    assert "ending your life" in reply
    kept = "That sounds so heavy. May I ask you plainly: are you having thoughts of ending your life?"
    ((who, reply),) = replied(kept, HOPELESS)
    assert (who, reply.startswith(kept)) == ("claude-scripted", True)


def session_of(*texts: str, country: str = "GB") -> Session:
    """A chat session after these turns, with the offline engine."""
    session = open_session({"engine": "offline", "country": country}, {})

    async def run() -> None:
        for text in texts:
            async for _ in session.supporter.respond(session.conversation, text):
                pass

    asyncio.run(run())
    return session


def again(session: Session) -> None:
    """`/retry`, as the terminal does it."""
    outcome = run_command(session, "/retry")
    assert outcome.answer is not None

    async def run() -> None:
        async for event in session.supporter.respond(session.conversation, outcome.answer or "", again=outcome.again):
            assert not isinstance(event, Done) or event.turn.seeker == outcome.answer

    asyncio.run(run())


def test_the_same_words_again_answer_the_same_question() -> None:
    """`/retry` wants other words for the reply; it answers no further question, and counts nothing twice."""
    session = session_of(HOPELESS, "yes")
    before = session.conversation.course
    first = session.conversation.turns[-1].reply
    for _ in range(3):
        again(session)
    course = session.conversation.course
    assert (course.facts, course.asked) == (before.facts, before.asked)
    assert session.conversation.turns[-1].reply != first
    calm = session_of(HOPELESS)
    for _ in range(3):
        again(calm)
    assert calm.conversation.watch.level == Level.ELEVATED


def test_taking_a_turn_back_takes_no_danger_back() -> None:
    """`/undo` of a yes leaves the crisis, and asks again where the course stood."""
    session = session_of(HOPELESS, "yes")
    run_command(session, "/undo")
    assert session.conversation.watch.level == Level.CRISIS
    assert session.conversation.course.asked == "thoughts"


def test_a_saved_course_goes_on(tmp_path: Path) -> None:
    """A yes to our own question is no sign of the screen's: resumed, it is still a crisis, and nothing is asked twice."""
    session = session_of(HOPELESS, "yes", "no", "no", "stop asking me")
    path = tmp_path / "talk.json"
    save_conversation(session.conversation, path)
    resumed = open_session({"engine": "offline", "country": "GB", "resume": path}, {})
    assert resumed.conversation.watch.level == Level.CRISIS
    assert resumed.conversation.course.known == session.conversation.course.known
    assert resumed.conversation.course.hushed == 1
    record = json.loads(path.read_text(encoding="utf-8"))
    record["messages"] = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "Hello."}]
    path.write_text(json.dumps(record), encoding="utf-8")  # what a model read stands in the record alone
    record["meta"]["turns"] = [{"state": {"risk": "crisis"}}]
    path.write_text(json.dumps(record), encoding="utf-8")
    assert open_session({"engine": "offline", "resume": path}, {}).conversation.watch.level == Level.CRISIS


def test_saving_loses_no_other_file(tmp_path: Path) -> None:
    """`--save` refuses a file that is there, and a folder that is not, before a word is said."""
    notes = tmp_path / "notes.txt"
    notes.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        open_session({"engine": "offline", "save": notes}, {})
    with pytest.raises(UsageError, match="cannot be written"):
        open_session({"engine": "offline", "save": tmp_path / "nowhere" / "talk.json"}, {})
    assert notes.read_text(encoding="utf-8") == "mine"
    assert "no such user" in run_command(session_of(), "/save ~nosuchuser-here/x").text


def test_an_age_that_was_told_before_counts_in_danger() -> None:
    """A young person is shown the young people's line and asked for an adult they trust, whenever they told their age."""
    turns = session_of("i'm 14 and school is awful", "I want to kill myself", country="AU").conversation.turns
    assert "Kids Helpline" in turns[-1].reply


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        (("i feel suicidal", "yes", "yes", "yes", "i've taken them"), "overdose.call-now"),
        (("i feel suicidal", "yes", "yes", "i took the pills to my nan's"), "suicide.means"),
        (("i took 30 pills", "yes my wife is here"), "overdose.on-the-phone"),
        (("my dad is on the floor and not breathing", "yes", "they're asking my address"), "medical-emergency.while-waiting"),
        (("i feel suicidal", "yes now", "i've got the pills in my hand"), "imminent.put-down"),
        (("i've got a gun and i'm going to use it on myself",), "imminent.urge"),
        (("someone i trusted raped me on saturday", "no i'm home, he's not here"), "assault.hurt"),
        (("i want to kill myself", "come and go", "no", "i have to go now, thank you"), "suicide.goodbye"),
        (("keep seeing images of stabbing my baby and i'm terrified", "no i hate them"), "intrusive-thoughts.known"),
    ],
)  # fmt: skip
def test_what_happens_in_the_middle_is_heard(texts: tuple[str, ...], place: str) -> None:
    """It has been done, nobody has called yet, it is in the hand, they are leaving: each changes what comes next."""
    assert step(*texts) == place


def test_nobody_is_let_go_in_the_turn_in_which_they_tell() -> None:
    """A goodbye after a disclosure is no reason not to ask; nor is a question that only sounds like one."""
    for last in ("yes i want to die. gotta go", "yes. goodnight"):
        assert step("i want to kill myself", last) != "suicide.goodbye"
    assert step("i want to kill myself", "come and go", "do I have to go to the hospital?") != "suicide.goodbye"


def test_what_was_done_is_heard_after_other_words() -> None:
    """An earlier sentence of the same words does not hide it; and it stays when the words are taken back."""
    assert step("I want to kill myself", "I took the pills out of the drawer. I've taken them.") == "overdose.call-now"
    session = session_of("I want to kill myself", "I've taken them.")
    run_command(session, "/undo")
    assert "overdose" in session.conversation.course.kinds


def test_a_family_in_front_of_somebody_is_no_means() -> None:
    """“Them” in front of me may be children."""
    assert (
        "held"
        not in talk("I want to kill myself", "My kids are in front of me watching tv, I love them so much")[0].known
    )


def test_a_goodbye_is_no_line_of_the_plan() -> None:
    """What people say when they leave is not handed back as what helps."""
    course, _ = talk("I want to kill myself", "come and go", "no", "no", "my sister", "my mum", "bye")
    assert "bye" not in dict(course.items).values()


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("i think better i sleep and not come back", Level.CRISIS), ("i'm on the ledge", Level.CRISIS),
        ("if she takes the kids i'll make sure nobody has them", Level.CRISIS),
        ("i have to send her back to god", Level.CRISIS), ("no, i want to live", Level.NONE),
        ("my phone crashed and isn't responding", Level.NONE), ("we were standing on the bridge to watch the boats", Level.NONE),
    ],
)  # fmt: skip
def test_said_sideways(text: str, level: Level) -> None:
    """Danger that names neither death nor a means, and its harmless neighbours."""
    assert screen(text).level == level


def test_an_age_that_was_told_is_known_after_resuming(tmp_path: Path) -> None:
    """The young people's line is shown in a conversation that goes on from a file, too."""
    path = tmp_path / "talk.json"
    save_conversation(session_of("i'm 14 and school is awful", country="AU").conversation, path)
    assert open_session({"engine": "offline", "country": "AU", "resume": path}, {}).conversation.course.minor


DANGER = ("I want to kill myself", "on and off")
FAREWELL = ("I've said my goodbyes. I feel calm.", "no", "no")
SWALLOWED = ("i took a load of tablets 20 mins ago",)
CHEST = ("ive got crushing pain in my chest", "no")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("yes", "hedge"), ("aye ok. he's at home", "hedge"), ("my sister", "hedge"), ("my mum, she's asleep next door", "hedge"),
        ("my neighbour but i wont", "no"), ("i texted my mum goodbye", "no"), ("my brother would be glad im gone", "no"),
        ("my mate but she's hours away", "no"), ("my sister would come but i wont ask", "no"), ("my neighbour could come", "hedge"), ("my wife is here", "yes"), ("my friend is on her way", "coming"),
        ("i rang my brother and he's coming", "coming"),
    ],
)  # fmt: skip
def test_a_name_is_nobody_beside_them(answer: str, told: str) -> None:
    """Asked who could come, only somebody who is there or coming is with them; a relative in a sentence is not."""
    course, reply = talk(*FAREWELL, answer)
    assert course.known["with"] == told
    assert reply is not None
    assert (reply.step == "settled") == (told == "yes")


def test_who_was_beside_them_can_leave() -> None:
    """“She went to bed” ends it, and the number is urged again; “he left me” of before ends nothing."""
    here = (*FAREWELL, "my sister is here with me")
    course, reply = talk(*here, "she went to bed, i want to do it now")
    assert course.known["with"] == "no"
    assert reply is not None
    assert reply.step == "urge-again"
    assert "116 123" in reply.body
    assert step(*FAREWELL, "my sister") == "imminent.are-they-coming"
    assert "with" not in talk("he left me and I want to kill myself", "now")[0].known


@pytest.mark.parametrize(
    "answer",
    [
        "my brother has pills in the bathroom", "my brother's gun", "my mum would freak", "my flatmate but she knows him",
        "my mum but he reads all my texts to her", "my sister but she'd tell my dad",
    ],
)  # fmt: skip
def test_a_means_or_a_risk_is_no_safe_person(answer: str) -> None:
    """Whoever is named beside a means, or would pass it on, is not met as somebody safe."""
    assert talk(*DANGER, "yes", "maybe", "no", "no", answer)[0].known["who"] == "hedge"


@pytest.mark.parametrize(("answer", "told"), [("im 12", "unclear"), ("im scared", "unclear"), ("would you?", "unclear"),
    ("my brother, i could tell him", "given"), ("ms khan", "given"), ("Dave", "given")])  # fmt: skip
def test_not_every_short_answer_is_a_name(answer: str, told: str) -> None:
    """An age, a fear or a question names nobody."""
    assert talk("my stepdad hits me", "yes hes out", "no", answer)[0].known["who"] == told


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("no theyre right here on the desk", "yes"), ("no. well the rails are 5 min walk", "yes"),
        ("no but i know where dad keeps it", "yes"), ("nope its two minutes away though", "yes"),
        ("no i was asking. would you call someone", "unclear"), ("no my husband has the key, he's at work", "no"),
        ("no they're locked in the cabinet, my wife has the key", "no"), ("no my wife is next to me", "no"),
        ("no i dont know where they are", "no"), ("no there's nothing in the house", "no"), ("no i threw them out the window", "no"),
    ],
)  # fmt: skip
def test_a_no_before_it_hides_no_means(answer: str, told: str) -> None:
    """“No, they're right here” tells of means, and “no, my wife is next to me” of none."""
    assert talk(*DANGER, "yes", "maybe", answer)[0].known["means"] == told


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("pills", "yes"), ("shotgun", "yes"), ("i have a belt", "yes"), ("id use what i have at work", "yes"), ("a plan aye", "yes"),
        ("the bridge on my way home", "yes"), ("I've a plan aye. Guns are in the cabinet, I've the key", "yes"),
        ("no, no pills or anything", "no"), ("no i haven't got a gun", "no"), ("no i just cry on the train", "no"),
        ("not now tho", "hedge"), ("no not right now", "hedge"), ("i just want it all to stop", "unclear"),
    ],
)  # fmt: skip
def test_a_way_named_is_a_plan(answer: str, told: str) -> None:
    """Asked about a plan, who names a way has one; “not now” is no no; a wish for it to stop tells of none."""
    assert talk(*DANGER, answer)[0].known["plan"] == told


def test_means_and_the_hour_are_heard_whatever_was_asked() -> None:
    """Told with the plan, the means are not asked about again; “tonight maybe” is an hour, and each makes it danger now."""
    assert step(*DANGER, "I've a plan aye. Guns are in the cabinet, I've the key") == "imminent.urge"
    assert (
        step(*DANGER, "yes", "maybe", "no", "they're right here, can reach them with my left hand lol")
        == "imminent.urge"
    )
    course, _ = talk(*DANGER, "yes", "might do. tonight maybe, dont know")
    assert course.known["time"] == "soon"
    assert talk(*DANGER, "yes", "i dunno like if i fail ill jump")[0].known["intent"] == "yes"
    assert "time" not in talk(*DANGER, "yes", "no, I'm safe tonight")[0].known


@pytest.mark.parametrize(("answer", "told"), [("christmas", "yes"), ("her birthday", "yes"), ("after the funeral", "yes"),
    ("when the exam results come out", "yes"), ("2am mostly", "soon"), ("3 am is the worst", "soon"), ("no time", "no")])  # fmt: skip
def test_a_date_is_a_time(answer: str, told: str) -> None:
    """A feast, an occasion or an hour of the night is a time they have in mind."""
    assert talk(*DANGER, "yes", "maybe", "no", answer)[0].known["time"] == told


@pytest.mark.parametrize("answer", ["lol no. i mean the pills are right here so who knows", "no. well i do have a plan", "nah. got the rope in the car"])  # fmt: skip
def test_a_no_to_thoughts_does_not_outweigh_a_plan_beside_it(answer: str) -> None:
    """An opening no is no denial where a plan or means follow; pills that help are none."""
    course, reply = talk(HOPELESS, answer)
    assert course.known["thoughts"] == "hedge"
    assert reply is not None
    assert reply.level == Level.CRISIS
    assert talk(HOPELESS, "no i'm fine, i'm on antidepressants and the pills help")[0].known["thoughts"] == "no"


@pytest.mark.parametrize(
    "answer",
    [
        "ur not gonna tell my parents right", "are you gonna tell my parents", "are you telling my mum", "dont tell my mom pls",
        "you going to call my school?", "will my parents find out", "what happens if i say yes",
    ],
)  # fmt: skip
def test_a_question_of_theirs_is_answered_and_answers_none_of_ours(answer: str) -> None:
    """Who will know, and what a yes would do, is said plainly; no plan and no intent is taken from it, and no secrecy promised."""
    for asked, fact in ((DANGER, "plan"), ((*DANGER, "yes"), "intent")):
        course, reply = talk(*asked, answer)
        assert course.known[fact] == "unclear"
        assert reply is not None
        assert any(words in reply.body for words in ("hidden", "secrecy", "open this device", "opens this device"))


def test_never_that_to_them_denies_the_deed() -> None:
    """After a voiced wish not to wake, it is no relief and no taking back; and it is no wish for quiet when told again."""
    wish = "i've got two little ones and some mornings i just wish i wouldnt wake up"
    course, reply = talk(wish, "oh god no, i'd never do that to them")
    assert (course.known["thoughts"], course.known["intent"]) == ("hedge", "no")
    assert "harm-intent" not in course.known
    assert reply is not None
    assert reply.step == "plan"
    course, reply = talk(*DANGER, "yes", "i already told you id never")
    assert course.known["intent"] == "no"
    assert course.hushed == 0
    assert step(*DANGER, "yes", "i already told you!!") == "suicide.listen"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("no its bleeding through my sleeve", "yes"), ("no its gone through the towel", "yes"), ("i'm fine its bleeding a little", "yes"),
        ("no its stopped bleeding now", "no"), ("no the bleeding stopped", "no"), ("no its not bleeding", "no"),
    ],
)  # fmt: skip
def test_a_wound_that_bleeds_is_heard_after_a_no(answer: str, told: str) -> None:
    """The body first, however the sentence opens."""
    assert talk("i cut myself im 15", answer)[0].known["wound"] == told


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("i locked the gun cabinet but i have the key", "hedge"), ("ok fine moved them to the drawer", "hedge"), ("ok", "hedge"),
        ("i gave it to my wife but kept some", "hedge"), ("i'll do that", "hedge"),
        ("my sister has the pills now", "yes"), ("yes moved them to the shed", "yes"),
    ],
)  # fmt: skip
def test_a_key_in_the_pocket_is_no_distance(answer: str, told: str) -> None:
    """What can still be got at is only a start, and so is what is only promised."""
    assert talk(*FAREWELL[:2], answer)[0].known["distance"] == told


def test_what_was_put_away_can_be_got_out_again() -> None:
    """The newest word about the distance counts."""
    assert (
        talk(*FAREWELL[:2], "i gave the pills to my mum", "i got them back out, took them back out")[0].known[
            "distance"
        ]
        == "no"
    )


@pytest.mark.parametrize("texts", [(*CHEST, "yes but ill lose my job"), (*CHEST, "yes but it goes to my arm"),
    (*SWALLOWED, "no", "yes i know but im scared"), (*SWALLOWED, "no", "yeah fair enough"), (*SWALLOWED, "yes", "ok")])  # fmt: skip
def test_a_yes_to_what_stops_them_is_no_call(texts: tuple[str, ...]) -> None:
    """Nobody has called yet, so nobody is told to unlock the door and wait."""
    course, reply = talk(*texts)
    assert "yes" not in (course.known.get("called"), course.known.get("called-2"))
    assert reply is not None
    assert reply.step != "while-waiting"


@pytest.mark.parametrize("answer", ["ive rung them theyre coming", "ive rung 999", "phoned them", "my mums ringing them", "they're on their way", "ambulance is coming"])  # fmt: skip
def test_a_call_that_was_made_is_heard(answer: str) -> None:
    """In whatever words, to the first question or to the one after a no."""
    assert step(*SWALLOWED, answer) == "overdose.while-waiting"
    assert step(*SWALLOWED, "no", answer) == "overdose.while-waiting"
    assert step(*CHEST[:1], answer) == "medical-emergency.while-waiting"


@pytest.mark.parametrize("answer", ["ok calling", "calling now", "my husband is calling"])
def test_a_call_that_is_promised_is_asked_after(answer: str) -> None:
    """Whether somebody has answered; and a denied or imagined call is none."""
    assert step(*SWALLOWED, answer) in ("overdose.on-the-phone", "overdose.while-waiting")
    assert talk(*SWALLOWED, "I haven't rung them")[0].known.get("called") is None
    assert talk(*SWALLOWED, "no", "if I called 999 they'd section me")[0].known.get("called") is None
    assert talk("I called them names and they laughed at me", HOPELESS)[0].known.get("called") is None


def test_an_ok_of_the_worried_is_no_call() -> None:
    """“Can you do that?” “Ok”: then they are asked whether somebody has answered."""
    worried = ("my son texted goodbye and wont answer", "i dont know where he is")
    course, reply = talk(*worried, "ok")
    assert course.known["called"] == "hedge"
    assert reply is not None
    assert reply.step == "on-the-phone"
    assert talk(*worried, "ok", "yes they answered")[0].known["called"] == "yes"


@pytest.mark.parametrize(("answer", "told"), [("yes", "hedge"), ("my art teacher ms K is ok", "yes"), ("my gp knows", "yes"),
    ("ok", "find"), ("yes please, tell me how", "find"), ("no", "no")])  # fmt: skip
def test_a_yes_to_knowing_one_is_not_told_how_to_find_one(answer: str, told: str) -> None:
    """The question was one of two; a yes alone is met for both."""
    course = talk(*DANGER, "yes", "no", "no", "no", "my mum", "maybe", answer)[0]
    assert course.known["professional"] == told


PICTURES = "i gave birth 3 weeks ago and i keep getting pictures of stabbing her, i hate them"


@pytest.mark.parametrize(("answer", "told"), [("no im not drawn to it", "yes"), ("i'd never want to do it", "yes"), ("no voices, i hate it", "yes"),
    ("a voice says i should", "no"), ("part of me wants to", "no"), ("i want to do it", "no")])  # fmt: skip
def test_not_drawn_is_unwanted(answer: str, told: str) -> None:
    """A denial of the pull is none of the horror; a voice is heard as one."""
    assert talk(PICTURES, answer)[0].known["unwanted"] == told


@pytest.mark.parametrize("text", ["my husband would take her away if i told", "will they take her", "they'd take the kids off me", "do i have to tell the health visitor"])  # fmt: skip
def test_the_fear_of_losing_a_child_is_met(text: str) -> None:
    """It is no person beside them, and it is answered without a promise."""
    course, reply = talk(PICTURES, "no im not drawn to it", text)
    assert course.known.get("with") != "yes"
    assert reply is not None
    assert "parent" in reply.body


def test_what_a_yes_means_is_written_for_questions_that_are_asked() -> None:
    """Every fact and step that the table of bare answers names is one of the protocols'."""
    rules = tomllib.loads((FOLDER / "answers.toml").read_text(encoding="utf-8"))
    steps = [step for protocol in protocols() for step in protocol.steps]
    names = {step.key for step in steps} | {step.asks for step in steps}
    assert set(rules["bare"]) | set(rules["same"]) <= names
    assert {name for item in rules["told"] for name in item.get("asked", ())} <= names


@pytest.mark.parametrize(("answer", "told"), [("I already told you no", "no"), ("already told you yes i do", "yes"),
    ("no but i wouldnt mind not waking up", "hedge"), ("already told you, leave me alone", "refused")])  # fmt: skip
def test_what_is_told_again_is_an_answer(answer: str, told: str) -> None:
    """“I already told you” with the answer beside it ends no questions; with a wish for quiet it does."""
    assert talk(HOPELESS, answer)[0].known["thoughts"] == told


def test_who_is_there_is_told_by_a_name() -> None:
    """Asked who is with them while help is coming, “my mum” is an answer; a “maybe” is none."""
    for answer, told in (("my mum", "yes"), ("maybe", "hedge"), ("nobody", "no")):
        assert talk(*SWALLOWED, "ive rung 999", answer)[0].known["with"] == told


ASKED = {
    "thoughts": ("i dont want to be here anymore",),
    "plan": ("i want to die", "yes"),
    "intent": ("i want to die", "yes", "yes the bridge"),
    "means": ("i want to die", "yes", "yes the bridge", "maybe"),
    "time": ("i want to die", "yes", "yes the bridge", "maybe", "no"),
    "who": ("i dont want to be here anymore", "yes i have thought about it", "no", "no"),
    "helps": ("i want to kill myself", "come and go", "no plan", "no", "my sister", "i could tell her"),
}
"""Turns after which a question about the fact stands open."""


def fact(asked: str, answer: str) -> str | None:
    """What the course knows of a fact after this answer to the question about it."""
    assert talk(*ASKED[asked])[0].asked == asked
    return talk(*ASKED[asked], answer)[0].known.get(asked)


@pytest.mark.parametrize(
    "answer",
    [
        "no. tonight", "no, midnight if she doesnt answer", "nah, tonight", "not really. tomorrow probably", "no. now",
        "no, when my mum goes to bed", "no. after school", "no. once the kids are in bed", "nah. end of the week", "no - sunday", "nope tonight's the night",
    ],
)  # fmt: skip
def test_an_hour_after_a_no_is_the_hour(answer: str) -> None:
    """“No” turns down the wording, and the hour answers: it is urgent."""
    assert fact("time", answer) == "soon"
    assert step(*ASKED["time"], answer).startswith("imminent.")


@pytest.mark.parametrize(
    "answer", ["no not tonight", "no, just get through tonight", "no, I'm seeing my sister tomorrow"]
)
def test_an_hour_of_something_else_is_no_hour(answer: str) -> None:
    """Seeing a sister tomorrow is no time in mind."""
    assert fact("time", answer) == "no"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("plan", "tonight i think"), ("intent", "i dont know. maybe tomorrow"), ("intent", "no. tonight"),
        ("means", "yes tonight i think"), ("means", "midnight"), ("who", "tonight maybe"),
    ],
)  # fmt: skip
def test_an_hour_told_to_another_question_is_kept(asked: str, answer: str) -> None:
    """It is not asked again, and a “no” or “I don't know” beside it is none."""
    course = talk(*ASKED[asked], answer)[0]
    assert course.known["time"] == "soon"
    assert course.known.get("intent") != "no"


def test_the_evening_on_which_they_would_tell_somebody_is_no_hour_of_the_deed() -> None:
    """“My sister, tonight” names a person, and “yes, tonight” to distance a step."""
    for answer in ("my sister, tonight", "the gp, monday"):
        assert talk(*ASKED["who"], answer)[0].known.get("time") is None


@pytest.mark.parametrize(
    "later",
    [
        "what you asked before... yes", "i lied. yes", "actually i lied when you asked me", "yes. to your question before",
        "i wasnt honest before when i said no", "i said no earlier but it's yes", "my real answer is yes",
    ],
)  # fmt: skip
def test_a_yes_that_comes_later_counts(later: str) -> None:
    """Whatever was asked since, the no is taken back, thanked for, and asked about further."""
    course, reply = talk("i dont want to be here anymore", "no", "its work mostly", later)
    assert course.known["thoughts"] == "yes"
    assert reply is not None
    assert reply.step == "plan"
    assert any(words in reply.body for words in ("coming back to it", "how it really is"))


@pytest.mark.parametrize("later", ["i lied to my mum", "he lied to me", "i lied down for a bit"])
def test_other_lies_take_nothing_back(later: str) -> None:
    """Lies to somebody else, and lying down, are no answer to us."""
    assert talk("i dont want to be here anymore", "no", "its work mostly", later)[0].known["thoughts"] == "no"


def test_what_the_lie_was_about_is_heard_first() -> None:
    """The wound, where it was asked about."""
    assert talk("I cut myself tonight", "i lied. it's bleeding a lot")[0].known["wound"] == "yes"


@pytest.mark.parametrize(
    ("asked", "answer", "heard"),
    [
        ("means", "please no police. they send me back", "unclear"), ("means", "no ambulance please", "unclear"),
        ("intent", "No I can't reach the phone, he has it", "unclear"), ("intent", "no. i dont know", "unclear"),
        ("intent", "no i dont know", "unclear"), ("intent", "no, I couldn't do that to my kids", "no"),
        ("intent", "no I couldn't leave my kids", "no"), ("means", "no pills", "no"),
        ("thoughts", "no plan. rope's always in the barn", "hedge"), ("thoughts", "no plans or anything, i just think about it", "hedge"),
        ("thoughts", "no. no plans", "no"), ("thoughts", "no thoughts, no plans", "no"), ("thoughts", "me? no", "no"),
    ],
)  # fmt: skip
def test_a_no_denies_what_was_asked_and_nothing_else(asked: str, answer: str, heard: str) -> None:
    """“No police” is no “no means near”, and “no plan” concedes the thoughts."""
    assert fact(asked, answer) == heard


@pytest.mark.parametrize(
    ("asked", "answer", "heard"),
    [
        ("thoughts", "no i mean it, i really do", "yes"), ("thoughts", "no im serious", "yes"), ("thoughts", "no, I mean it, I'm fine", "no"),
        ("thoughts", "no i have a headache", "no"), ("thoughts", "might be. what's it to you", "hedge"),
        ("thoughts", "yeah ive thought about it", "yes"), ("plan", "yeah ive thought about it", "yes"),
        ("plan", "roof of the gym. why", "yes"), ("plan", "a plan? no. well. i know which bridge", "yes"),
        ("intent", "i will", "yes"), ("thoughts", "no wait yes", "yes"), ("thoughts", "u could say that", "hedge"), ("thoughts", "obvs", "yes"), ("intent", "ok", "unclear"), ("plan", "okay", "unclear"),
    ],
)  # fmt: skip
def test_a_yes_is_not_made_smaller_and_an_ok_is_none(asked: str, answer: str, heard: str) -> None:
    """A method that is named is a plan; “ok” says that the question was read."""
    assert fact(asked, answer) == heard


def test_an_ok_makes_nobody_say_that_they_do_not_want_to_live() -> None:
    """“Don't call anyone” takes nothing back, and begins no question about suicide."""
    course, reply = talk(
        "my uncle touches me", "yes", "i dont want anyone to know. dont call anyone", "no", "no", "no", "ok"
    )
    assert "thoughts" not in course.known
    assert reply is None or "don't want to live" not in reply.body
    assert talk("i dont want to be here anymore sometimes", "ok")[1].step == "thoughts"  # type: ignore[union-attr]


def test_who_asks_twice_what_a_yes_would_mean_has_nearly_said_it() -> None:
    """Asked once more in other words first; the second time it counts as half a yes."""
    texts = (
        "what's the point of any of it?",
        "would it make any difference if i had?",
        "and what if the answer is yes?",
    )
    assert step(*texts[:2]) == "suicide.thoughts"
    assert step(*texts) == "suicide.plan"
    assert talk(*texts, "ok then. yes.")[0].known["plan"] == "yes"


@pytest.mark.parametrize("text", ["no like actually kms this time", "no kms this time"])
def test_no_before_in_earnest_is_no_denial(text: str) -> None:
    """“No like actually” corrects the joke."""
    course, reply = talk("omg i failed math kms", text)
    assert course.known["thoughts"] == "yes"
    assert reply is not None
    assert reply.level == Level.CRISIS


def test_a_wish_to_be_dead_beside_a_denied_deed_is_met_as_such() -> None:
    """“Not by my own hand” is no self-harm, and nothing that has eased."""
    assert step("I would never die by my own hand, but I want to be dead") == "suicide.now"
    assert step("I want to be dead. not by my own hand, just letting it happen") == "suicide.now"
    assert talk("i cut myself", "bleeding? no, it's not")[0].known["wound"] == "no"


@pytest.mark.parametrize(
    ("asked", "answer", "heard"),
    [
        ("who", "yes i do want to kill myself actually", "unclear"), ("who", "nobody. my brother in leeds maybe but he's got his own stuff", "hedge"),
        ("who", "nobody, not even my sister", "no"), ("who", "no one. my mum would kill me", "no"),
        ("helps", "if i leave i lose the kids", "unclear"), ("helps", "nothing does. it just gets worse every night", "unclear"),
        ("helps", "I don't need anyone, dear. He'll take me when he takes me", "unclear"), ("helps", "bye then", "unclear"),
        ("helps", "tea and the telly", "given"), ("helps", "my dog", "given"),
    ],
)  # fmt: skip
def test_despair_is_no_answer_that_is_praised(asked: str, answer: str, heard: str) -> None:
    """A complaint, a wish to be taken or the danger itself names nobody and helps with nothing, and is not read back."""
    course, reply = talk(*ASKED[asked], answer)
    assert course.known[asked] == heard
    assert reply is None or heard == "given" or (answer not in reply.body and "Good." not in reply.body)


def test_a_person_named_to_whether_one_is_hurt_is_kept() -> None:
    """“Maybe my teacher” is no half a yes to being hurt."""
    texts = ("can you keep a secret? my uncle touches me when mum is out. im 13", "can u keep it secret", "in my room")
    for answer in ("maybe my teacher", "my teacher maybe", "i could tell my nan"):
        course = talk(*texts, answer)[0]
        assert (course.known["who"], course.known["hurt"]) == ("given", "unclear")


def test_what_is_decided_is_heard_in_a_long_answer() -> None:
    """A stock told first is not asked about again; a day that is waited for is a time, and the next thing is distance."""
    texts = (
        "I've been saving up the tablets and most evenings I count them.",
        "yes, I think about not being here most evenings",
        (
            "I've told myself I'd wait until after Christmas because it would be unkind to do it before, and mum's birthday is on the "
            "ninth of January so after that really. Once you've decided a thing there's a sort of quiet that comes."
        ),
    )
    course, reply = talk(*texts)
    assert {"means": "hedge", "intent": "hedge", "time": "yes"}.items() <= course.known.items()
    assert reply is not None
    assert reply.step == "distance"


def test_a_yes_with_the_danger_in_it_is_no_yes_to_a_call() -> None:
    """Where we ask them to call, “yes, I want to die” promises nothing."""
    texts = ("i want to die", "yes", "yes the bridge", "yes", "no. tonight")
    assert talk(*texts)[0].asked == "call"
    assert talk(*texts, "yes but i want to die")[0].known["call"] == "unclear"


VOICED = ("i want to kill myself", "in waves")
DENIED = (*VOICED, "no", "no", "my mate")
PLANNED = (*VOICED, "yes", "yes")


@pytest.mark.parametrize(
    ("told", "fact", "value", "place"),
    [
        ("actually yes i do have a plan", "plan", "yes", "suicide.means"), ("well theres a plan", "plan", "yes", "suicide.means"),
        ("i know how i'd do it", "plan", "yes", "suicide.means"),
        ("it's planned", "plan", "yes", "suicide.means"),
        ("i do actually have a method", "plan", "yes", "suicide.means"), ("tonight", "time", "soon", "imminent.urge"),
        ("midnight", "time", "soon", "imminent.urge"), ("pills", "means", "yes", "suicide.distance"),
        ("my mum's tablets", "means", "yes", "suicide.distance"), ("theres pills my wife left", "means", "yes", "suicide.distance"),
        ("i found the old rope", "means", "yes", "suicide.distance"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("asked", ["care", "helps"])
def test_danger_told_late_is_no_answer_to_what_was_asked(
    asked: str, told: str, fact: str, value: str, place: str
) -> None:
    """A plan, an hour or a thing that could be used, where we asked for help: it is met as danger, and not read back."""
    course, reply = talk(*DENIED, *(("no",) if asked == "helps" else ()), told)
    if asked == "helps" and fact == "means":
        assert course.known["means"] == "yes"
        return
    assert course.known[fact] == value
    assert course.known[asked] not in ("given", "yes")
    assert told not in dict(course.items).values()
    assert reply is not None
    assert f"{reply.kind}.{reply.step}" == place


@pytest.mark.parametrize(
    "told", ["i have a plan for tomorrow, the gp", "i've got a plan to see my doctor", "i guess the line"]
)
def test_another_plan_is_no_plan_to_die(told: str) -> None:
    """To see somebody, or for tomorrow."""
    assert talk(*DENIED, told)[0].known["plan"] == "no"


def test_what_could_be_used_is_heard_where_a_person_was_asked_for() -> None:
    """It is not taken for somebody they are not sure of."""
    course, reply = talk(*DENIED[:-1], "theres pills my wife left")
    assert course.known["who"] == "unclear"
    assert reply is not None
    assert reply.step == "distance"


@pytest.mark.parametrize(
    ("answer", "plan"),
    [
        ("comes and goes but its decided", "yes"), ("its decided", "yes"), ("got it worked out", "yes"), ("yeah its sorted", "yes"),
        ("mind's made up", "yes"), ("haven't decided", "unclear"), ("i've decided not to", "unclear"), ("nothing decided", "unclear"),
        ("i decided to try therapy first", "unclear"), ("my mind isnt made up", "unclear"),
    ],
)  # fmt: skip
def test_what_is_decided_is_a_plan(answer: str, plan: str) -> None:
    """Whatever stands before it; what was decided against, or not decided, is none."""
    assert talk(*VOICED, answer)[0].known["plan"] == plan


@pytest.mark.parametrize(
    ("answer", "intent"),
    [
        ("no, i already decided", "hedge"), ("no ive made up my mind", "hedge"), ("nah its decided", "hedge"),
        ("nope its all set", "hedge"),
        ("no, its happening", "hedge"),
        ("no not really, decided last week", "hedge"),
        ("no i havent decided", "no"), ("no, i've decided not to", "no"), ("no, i decided to wait and see my doctor", "no"),
    ],
)  # fmt: skip
def test_a_no_that_is_decided_is_no_denial(answer: str, intent: str) -> None:
    """“No, I already decided”: with the means at hand the life is in danger."""
    assert talk(*VOICED, "yes", answer)[0].known["intent"] == intent
    if intent == "hedge":
        assert step(*VOICED, "yes", answer, "yes") == "imminent.urge"


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        *((a, "yes") for a in ("garage", "in the loft", "pills", "could get it", "the bridge", "work", "shop is open", "car", "not here. shed", "idk pills i guess", "nan's tablets", "theyre in my locker")),
        *((a, "no") for a in ("no pills", "no garage", "got rid of the pills", "my wife has the pills", "nothing in the house", "i dont have a car", "none at home")),
        *((a, "unclear") for a in ("idk", "i work a lot", "in my head")),
    ],
)  # fmt: skip
def test_a_thing_or_a_place_answers_whether_it_is_near(answer: str, means: str) -> None:
    """Named by itself it is there; what is unclear is asked once more."""
    assert talk(*PLANNED, answer)[0].known["means"] == means
    assert step(*PLANNED, answer) == {"yes": "imminent.urge", "no": "suicide.time", "unclear": "suicide.means"}[means]


@pytest.mark.parametrize(
    ("texts", "soon"),
    [
        (("i want to kill myself. it will be after graduation on saturday",), True), (("i'll end it on sunday night",), True),
        (("i want to end my life. it's going to be on friday",), True), ((*VOICED, "i've picked tuesday"), True),
        ((*VOICED, "yes", "saturday night after everyones gone"), True), ((*VOICED, "yes", "on friday"), True),
        (("i want to die. it will be my birthday on saturday",), False), (("i want to die. i nearly ended it on sunday",), False),
        (("i want to die. my brother wants to end it on saturday too",), False), ((*VOICED, "yes", "not on friday"), False),
    ],
)  # fmt: skip
def test_the_day_that_was_named_is_kept(texts: tuple[str, ...], soon: bool) -> None:
    """A weekday of the deed is an hour that is near; a birthday, a day that is past, and somebody else's day are not."""
    assert (talk(*texts)[0].known.get("time") == "soon") == soon


TABLETS = "ive got the tablets here in front of me and i cant stop crying"


@pytest.mark.parametrize("yes", ["yes", "yes in a minute", "yeah ok", "in a sec"])
def test_a_yes_to_will_you_is_not_done_yet(yes: str) -> None:
    """It is asked whether it was done; “done” is."""
    course, reply = talk(TABLETS, yes)
    assert course.known["distance"] == "hedge"
    assert reply is not None
    assert reply.step == "put-down-yet"
    assert talk(TABLETS, yes, "done")[0].known["distance"] == "yes"


@pytest.mark.parametrize(
    "back", ["i picked them up again", "theyre still here", "theyre back in my hand", "still holding them"]
)
@pytest.mark.parametrize("before", ["no", "done"])
def test_what_is_in_the_hand_again_is_heard(back: str, before: str) -> None:
    """Whatever was asked, and whether or not it had been put down: put it down comes before all else."""
    said = (TABLETS, "yes", before, "no", back)
    assert step(*said) == "imminent.put-down-again"
    assert talk(*said)[0].known["distance"] != "yes"


VOICES = "the voices keep telling me to hurt myself"
PASSIVE = "i wouldn't mind not waking up tbh. im a nurse on nights"


@pytest.mark.parametrize(
    ("answer", "thoughts"),
    [
        ("no. just sleeping and not waking", "hedge"), ("not killing myself. just not waking", "hedge"),
        ("not suicide. just sleep and never wake", "hedge"), ("no just sleeping badly", "no"), ("no. i'm a light sleeper", "no"),
    ],
)  # fmt: skip
def test_a_wish_not_to_wake_is_no_denial(answer: str, thoughts: str) -> None:
    """It is half a yes, asked about further, and never taken for thoughts that have gone."""
    course, reply = talk(PASSIVE, answer)
    assert course.known["thoughts"] == thoughts
    assert reply is not None
    assert reply.step == ("plan" if thoughts == "hedge" else "thank")
    assert step(PASSIVE, "is this confidential?", answer) != "suicide.taken-back"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        *((q, "may read") for q in ("can the nmc see this", "does this go to my work", "who can read this", "do you keep this", "can my boss see this", "is anyone reading this")),
        ("is this confidential?", "secrecy"), ("are you a robot?", "AI"), ("am i talking to a machine", "AI"),
    ],
)  # fmt: skip
def test_a_question_about_us_is_answered_and_ours_asked_again(question: str, words: str) -> None:
    """It tells nothing of the person's thoughts."""
    course, reply = talk(PASSIVE, question)
    assert course.known["thoughts"] == "unclear"
    assert reply is not None
    assert words in reply.body
    assert reply.step == "thoughts"


def test_what_is_only_supposed_is_asked_about() -> None:
    """“What would you do if I said I want to die?” is answered, and not taken for told."""
    course, reply = talk("are you a robot? what would you do if i said i want to die?")
    assert "thoughts" not in course.known
    assert reply is not None
    assert "AI" in reply.body
    assert reply.step == "thoughts"
    assert talk("i said i want to die and they laughed")[0].known["thoughts"] == "yes"


@pytest.mark.parametrize(
    "question", ["is this chat being watched", "is it being monitored", "are they listening to this"]
)
def test_whether_it_is_watched_is_answered(question: str) -> None:
    """Silence would feed the fear; being followed by vans is no such question."""
    reply = talk(VOICES, question)[1]
    assert reply is not None
    assert "may read it" in reply.body
    other = talk(VOICES, "im being watched by the vans")[1]
    assert other is not None
    assert "may read it" not in other.body


@pytest.mark.parametrize(
    ("answer", "who"),
    [
        ("it helps", "unclear"), ("cutting helps", "unclear"), ("feels better after", "unclear"), ("it works", "unclear"),
        ("jo", "given"), ("big dave", "given"), ("nan", "given"), ("miss ahmed", "given"), ("mum and dad", "given"),
        ("my mum doesnt know. dont tell her", "no"), ("dont want my mum to know", "no"), ("please dont tell my dad", "no"),
        ("my sister but she doesnt know yet", "hedge"), ("my sister doesnt know", "hedge"),
    ],
)  # fmt: skip
def test_only_a_person_is_a_person(answer: str, who: str) -> None:
    """What helps is nobody, and whoever must not know is nobody to tell."""
    assert talk("i cut myself. im 15. i dont want to die", "no", "ok", "no", answer)[0].known["who"] == who


def test_a_wish_that_nobody_be_told_is_answered() -> None:
    """No secrecy is promised, and nobody is praised for."""
    reply = talk("i make myself sick twice a day", "no", "no", "my mum doesnt know. dont tell her")[1]
    assert reply is not None
    assert "secrecy" in reply.body or "stays hidden" in reply.body


@pytest.mark.parametrize("answer", ["yes but i cant see it properly", "yes", "yeah but i cant press the numbers"])
def test_no_yes_to_a_request_is_a_call(answer: str) -> None:
    """“Is the phone in your hand?”, “will you try?”: nobody has called yet."""
    said = (
        "i think my drink was spiked im so dizzy",
        "no one is here",
        "cant get the phone to work my hands are weird",
    )
    assert talk(*said, answer)[0].known["called"] == "hedge"
    assert step(*said, answer) == "overdose.body-tells"
    assert talk(*said, "yes i called them")[0].known["called"] == "yes"


BAND = ("its like a tight band round my chest and my arm aches. but i get anxious", "no i dont want to fuss")


@pytest.mark.parametrize(
    ("told", "easing"),
    [
        ("its gone a bit up my jaw now", False), ("it's gone down my left arm", False), ("its gone numb", False),
        ("its gone worse", False), ("its gone now", True), ("it's gone", True), ("its gone away", True),
    ],
)  # fmt: skip
def test_what_goes_elsewhere_has_not_gone(told: str, easing: bool) -> None:
    """Pain that has gone up the jaw is worse, and none of the urging ends."""
    assert ("easing" in talk(*BAND, told)[0].known) == easing


SURVIVED = (
    "i survived a suicide attempt ten years ago and im really happy now. how can i help other people",
    "i tried to kill myself back then with pills. i just think people should know it gets better",
)


@pytest.mark.parametrize(
    ("answer", "thoughts"),
    [
        ("no not now!! that was ten years ago im happy", "no"), ("no, back when i was 17. not any more", "no"),
        ("not anymore, that was years ago", "no"), ("not now", "hedge"),
        ("not at the moment but years ago i did it with pills and they're right here", "hedge"),
    ],
)  # fmt: skip
def test_not_now_of_what_was_long_ago_is_a_no(answer: str, thoughts: str) -> None:
    """Somebody who came through it years ago is believed; a “not now” alone is half a yes."""
    assert talk(*SURVIVED, answer)[0].known["thoughts"] == thoughts


@pytest.mark.parametrize(
    ("answer", "plan"),
    [
        ("yes but a number i can text", "unclear"), ("no i wont. give me a number", "unclear"), ("no the one for ireland", "unclear"),
        ("number please", "unclear"), ("yes. whats the number", "yes"), ("no. whats the number", "no"),
    ],
)  # fmt: skip
def test_a_number_that_is_asked_for_answers_nothing(answer: str, plan: str) -> None:
    """A yes or no before it is an answer only where it stands by itself; the number is given in any case."""
    course, reply = talk("i want to die", "yes", answer)
    assert course.known["plan"] == plan
    assert reply is not None
    assert "116 123" in reply.body


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("number?", "116 123"), ("another number", "116 123"), ("can i have a number for the us im american", "988"),
        ("whats the number for ireland", "112 or 999"), ("whats the canadian number", "988"), ("are you even listening. IRELAND", "112 or 999"),
        ("give me the australian one", "13 11 14"), ("im in the us, who can i call", "988"), ("can i get a number for scotland", "116 123"),
    ],
)  # fmt: skip
def test_the_number_is_of_the_country_that_was_named(text: str, number: str) -> None:
    """At once, in whatever words it is asked for."""
    reply = talk("i want to die", text)[1]
    assert reply is not None
    assert number in reply.body


def test_a_line_that_nobody_answers_is_met_with_another() -> None:
    """And what only sounds like a wish for a number is none."""
    reply = talk("i want to die", "that one doesnt pick up")[1]
    assert reply is not None
    assert "findahelpline" in reply.body
    for other in ("my number is up", "i've had a number of drinks", "theres no one for me"):
        body = (talk("i want to die", other)[1] or CrisisReply("", "", "", "", "", Level.NONE)).body
        assert "116 123" not in body


@pytest.mark.parametrize(
    "text", ["i notice i go quiet. then i start looking at the train times", "i look at the timetable"]
)
def test_a_sign_that_is_a_place_of_danger_is_not_praised(text: str) -> None:
    """Looking up trains is the moment to go to a person."""
    asked = (*VOICED, "not sure", "not sure", "no", "my mate", "yes", "no")
    assert talk(*asked)[0].asked == "signs"
    course, reply = talk(*asked, text)
    assert course.known["signs"] == "place"
    assert reply is not None
    assert "person" in reply.body or "somebody" in reply.body


@pytest.mark.parametrize(
    ("answer", "safe"),
    [
        ("he cant see the screen", "yes"), ("he can't see what i type", "yes"), ("i live on my own its fine", "yes"),
        ("he cant see my phone hes watching tv", "hedge"), ("she's watching a film next door", "hedge"), ("hes in the bath", "hedge"),
        ("hes watching me type", "no"), ("hes watching the door", "no"),
    ],
)  # fmt: skip
def test_who_cannot_see_the_screen_makes_it_safe(answer: str, safe: str) -> None:
    """As long as they are near it is half safe; somebody who watches her makes it unsafe."""
    assert talk("he hits me", answer)[0].known["safe_type"] == safe


def test_last_night_in_a_sentence_of_its_own_is_the_night_of_it() -> None:
    """It is not asked whether it was in the last days."""
    first = "something happened last night at a party. a guy forced himself on me. i dont want police"
    assert step(first, "i live on my own its fine") == "assault.hurt"


@pytest.mark.parametrize(
    "question", ["is this confidential?", "can my boss see this", "are you human", "whats the number"]
)
def test_a_question_about_us_leaves_no_question_of_ours_behind(question: str) -> None:
    """Where the signs are few, too."""
    assert step(HOPELESS, question) == "suicide.thoughts"


def test_what_is_told_beside_a_supposition_is_told() -> None:
    """Only what stands in the sentence that supposes it is asked about."""
    text = "i want to kill myself. what would you do if i said it was tonight"
    assert talk(text)[0].known["thoughts"] == "yes"


def test_a_number_for_somebody_elsewhere_moves_nobody() -> None:
    """They ring from where they are."""
    assert talk("My brother says he wants to die", "whats the number for brazil")[0].country == "GB"


def test_a_day_to_leave_is_no_hour_of_death() -> None:
    """“I've picked Tuesday”, of leaving a man who hits her."""
    assert "time" not in talk("my husband hits me", "yes", "i'm leaving him. i've picked tuesday")[0].known


def test_what_somebody_else_could_use_is_not_their_own() -> None:
    """“Pills”, in a talk about a brother, makes no plan of the sister's."""
    assert "means" not in talk("my brother says he wants to die", "yes", "yes", "he has a plan", "pills")[0].known


def test_looking_up_trains_is_asked_about_wherever_it_is_told() -> None:
    """Told where we asked for a person, it is half a plan."""
    assert step(*DENIED, "i notice i go quiet. then i start looking at the train times") == "suicide.means"
