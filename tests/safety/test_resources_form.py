"""Where people are found: the form of the data, the country, and no number where none is sure."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from escs.runtime.conversation import Conversation
from escs.runtime.safety.course import Course
from escs.runtime.safety.resources import (
    NEEDS,
    Resources,
    all_resources,
    country_from_locale,
    country_in,
    directory,
    resources_for,
    stale,
)
from escs.runtime.safety.screen import screen

OLD = ("1-800-273-8255", "1393", "1800 221 4444", "199 284 284", "0900 0113", "0900-0113")


@pytest.mark.parametrize("entry", all_resources(), ids=lambda entry: entry.country)
def test_an_entry_has_its_form(entry: Resources) -> None:
    """Given a country, then it has a code, a name, an emergency number, sources and a day."""
    assert re.fullmatch(r"[A-Z]{2}", entry.country)
    assert entry.name
    assert re.search(r"\d{2,}", entry.emergency)
    assert entry.sources
    date.fromisoformat(entry.checked)


@pytest.mark.parametrize("entry", all_resources(), ids=lambda entry: entry.country)
def test_a_line_needs_two_sources_and_a_way_to_reach_it(entry: Resources) -> None:
    """Given a crisis line, then it names two independent sources, a day, a need, and a number or address to write to."""
    for line in entry.lines_:
        assert line.need in NEEDS
        assert len({source.split(",")[0] for source in line.sources}) >= 2
        assert re.search(r"\d", line.call + line.text)
        date.fromisoformat(line.checked)


def test_known_dead_numbers_are_not_there() -> None:
    """Given the numbers that old lists still carry, then none of them is in the data."""
    everything = " ".join(" ".join(entry.lines()) for entry in all_resources())
    assert [number for number in OLD if number in everything] == []


@pytest.mark.parametrize("country", [None, "", "XX", "zz", "nowhere"])
def test_an_unknown_country_gets_words_and_the_directory_and_never_a_number(country: str | None) -> None:
    """Given no country that we know, then “your local emergency number” and the directory, and no digit at all."""
    resources = resources_for(country)
    assert resources.emergency_words == "your local emergency number"
    for text in (resources.line(), resources.short_line(), *resources.lines()):
        assert directory().web in text or "your local emergency number" in text
        assert not re.search(r"\d", text)


def test_the_code_may_be_in_any_case() -> None:
    """Given a code in small letters, or UK for GB, then it is understood."""
    assert resources_for("us") == resources_for("US")
    assert resources_for("uk") == resources_for("GB")


def test_a_country_without_a_line_of_its_own_names_the_directory() -> None:
    """Given a country with an emergency number alone, then the line apart has both that and the directory."""
    line = resources_for("PL").line()
    assert "112" in line
    assert "findahelpline.com" in line


@pytest.mark.parametrize(
    ("environ", "country"),
    [
        ({"LANG": "en_GB.UTF-8"}, "GB"),
        ({"LANG": "de_AT@euro"}, "AT"),
        ({"LC_ALL": "fr_CA.UTF-8", "LANG": "en_US.UTF-8"}, "CA"),
        ({"LANG": "zh_Hans_SG"}, "SG"),
        ({"LANG": "C.UTF-8"}, None),
        ({"LC_ALL": "POSIX", "LANG": "en_US"}, None),
        ({"LANG": "de"}, None),
        ({}, None),
    ],
)
def test_the_locale_tells_the_country_or_nothing(environ: dict[str, str], country: str | None) -> None:
    """Given an environment, then its country is read as POSIX orders it, and C names none."""
    assert country_from_locale(environ) == country


@pytest.mark.parametrize(
    ("text", "asked", "country"),
    [
        ("I'm in the UK", False, "GB"),
        ("i live in new zealand", False, "NZ"),
        ("I’m in the U.S. (Illinois).", False, "US"),
        ("Canada", True, "CA"),
        ("germany i think", True, "DE"),
        ("I dream of France", False, ""),
        ("they told us", True, ""),
        ("I am in pain", False, ""),
        ("I'm in no mood", False, ""),
    ],
)
def test_a_country_is_understood_from_words(text: str, asked: bool, country: str) -> None:
    """Given words about a place, then the country is understood where it is said, and not where it is dreamt of."""
    assert country_in(text, asked=asked) == country


def test_entries_older_than_a_year_are_called_stale() -> None:
    """Given a day more than a year after the check, then every entry is named, and none on the day itself."""
    checked = max(date.fromisoformat(entry.checked) for entry in all_resources())
    assert stale(today=checked) == []
    later = stale(today=checked + timedelta(days=366))
    assert any("988" in warning for warning in later)
    assert len(later) >= len(all_resources())


def shown(country: str, said: str) -> str:
    """The line that stands under the answer to the first words of a conversation."""
    reply = Conversation(Course.start(country)).hear(said, screen(said))
    assert reply is not None
    return reply.resource


@pytest.mark.parametrize(
    ("country", "said", "line"),
    [
        ("GB", "im 13 and my stepdad hits me", "Childline"),
        ("GB", "im 15 and i want to die", "Childline"),
        ("US", "im 13 and my stepdad hits me", "Childhelp"),
        ("US", "im 15 and i want to die", "988"),
        ("GB", "my husband hits me", "National Domestic Abuse Helpline"),
    ],
)
def test_the_young_get_the_line_that_is_for_them(country: str, said: str, line: str) -> None:
    """A line for children about anything, or, where there is only one about abuse, that one where they are harmed."""
    assert line in shown(country, said)


RAPED = "i was raped last night"
HELD_AT_WORK = "my employer took my passport and wont let me leave"


@pytest.mark.parametrize(
    ("country", "said", "line"),
    [
        ("GB", RAPED, "0808 500 2222"),
        ("US", RAPED, "1-800-656-4673"),
        ("IE", RAPED, "1800 77 88 88"),
        ("NZ", RAPED, "0800 044 334"),
        ("AU", RAPED, "1800 737 732"),  # one line for both
        ("DE", RAPED, "116 016"),  # for violence against women, of every kind
        ("GB", "i was raped last night. im 14", "Childline"),
        ("US", "i was raped last night. im 14", "Childhelp"),
        ("GB", HELD_AT_WORK, "08000 121 700"),
        ("US", HELD_AT_WORK, "1-888-373-7888"),
        ("IE", HELD_AT_WORK, "Women's Aid"),
        ("NZ", "my husband hits me", "0800 733 843"),
        ("NZ", "im 15 and i want to die", "Youthline"),
        ("CA", "im 15 and i want to die", "1-800-668-6868"),
    ],
)
def test_the_line_is_that_for_what_was_told(country: str, said: str, line: str) -> None:
    """After an assault, and for who is held at work, a line of their own; else one that takes such calls."""
    assert line in shown(country, said)


def test_where_no_line_takes_such_calls_the_directory_is_named_for_it() -> None:
    """No number is invented for a country that has none about sexual violence or violence at home."""
    assert "sexual violence: findahelpline.com" in shown("CA", RAPED)


def test_every_line_of_a_country_is_listed_by_what_it_is_for() -> None:
    """All needs have a name in the list that /crisis shows."""
    for entry in all_resources():
        assert len(entry.lines()) == len(entry.lines_) + 2 + bool(entry.note)
    assert any(text.startswith("Rape or sexual assault: call 0808 500 2222") for text in resources_for("GB").lines())
    assert any(text.startswith("Held at work or trafficked: call 1-888") for text in resources_for("US").lines())
