"""Numbers: any trunk's spelling becomes one E.164, and nothing else becomes a number."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store import numbers
from crm_store.numbers import format_for_people, phone_number, to_e164
from crm_store.records import PhoneNumber

SPELLINGS = ["{e164}", "00{digits}", "{digits}", "{national}", "{international}", "{grouped}"]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("country", "e164"),
    [
        ("AU", "+61298765432"),
        ("DE", "+493023125123"),
        ("GB", "+442079460123"),
        ("US", "+12025550123"),
        ("IT", "+390698765432"),
    ],
)
def test_every_trunk_format_of_one_number_reads_as_the_same_e164(
    country: str, e164: str, spelling: str
) -> None:
    """+E.164, 00, national, without plus, with any separators: one number, one spelling."""
    number = phonenumbers.parse(e164, None)
    style = phonenumbers.PhoneNumberFormat
    raw = spelling.format(
        e164=e164,
        digits=e164[1:],
        national=phonenumbers.format_number(number, style.NATIONAL),
        international=phonenumbers.format_number(number, style.INTERNATIONAL),
        grouped=f"{e164[:3]} ({e164[3:5]})\u00a0{e164[5:8]}.{e164[8:]}",
    )
    assert to_e164(raw, country) == e164


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "anonymous",
        "Anonymous",
        "restricted",
        "unknown",
        "112",
        "101",
        "10045",
        "1" * 20,
        "+" + "1" * 20,
        "+",
        "+anonymous",
        "0800 FLOWERS",
        "+61 491 570 006 ext 9",
        "${SHELL(id)}",
        "+61491570006\r\nX-Injected: 1",
        "٠٤٩١٥٧٠٠٠٦",
        "9" * 4_096,
    ],
)
def test_what_is_no_number_reads_as_none(raw: str | None) -> None:
    """Withheld, words, short codes, extensions, twenty digits and hostile text: no number."""
    assert to_e164(raw, "AU") is None


def test_without_a_plus_a_foreign_number_needs_to_be_impossible_at_home() -> None:
    """Thirteen digits can't be Australian, ten could: only the first is read as German."""
    assert to_e164("4915112345678", "AU") == "+4915112345678"
    assert to_e164("4930123456", "AU") is None


@pytest.mark.parametrize(
    ("raw", "country", "e164"),
    [
        ("07700 900123", "GB", "+447700900123"),
        ("447700900123", "GB", "+447700900123"),
        ("01632 960123", "GB", "+441632960123"),
        ("0199 00 12 34", "FR", "+33199001234"),
        ("7700900123", "GB", None),
        ("(555) 123-4567", "US", "+15551234567"),
        ("0299990001", "US", None),
        ("06 1234567", "IT", "+39061234567"),
        ("+52 1 55 1234 5678", "MX", "+525512345678"),
        ("5215512345678", None, "+525512345678"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("07 07 07 07 07", "CI", "+2250707070707"),
    ],
)
def test_a_number_written_whole_need_not_be_given_out(
    raw: str, country: str | None, e164: str | None
) -> None:
    """With its trunk zero or its country code it is no extension; Mexico's former 1 is no part."""
    assert to_e164(raw, country) == e164


@given(st.text(max_size=60), st.sampled_from(["AU", "de", "US", "", "XX", "${", None]))
def test_any_text_is_read_or_refused_and_never_raises(raw: str, country: str | None) -> None:
    """Whatever a stranger's telephone sends, the answer is E.164 or None."""
    found = to_e164(raw, country)
    assert found is None or (found[0] == "+" and found[1:].isdigit() and 4 < len(found) <= 16)


@given(st.text(alphabet="+0123456789 -()./", max_size=24), st.sampled_from(["AU", "DE", "US"]))
def test_reading_an_e164_again_gives_the_same_number(raw: str, country: str) -> None:
    """E.164 is a fixed point: what is stored is found again."""
    found = to_e164(raw, country)
    if found is not None:
        assert to_e164(found, None) == found


def test_numbers_are_written_as_people_of_the_country_write_them() -> None:
    """At home without the country code; abroad with it; a word stays a word."""
    written = [format_for_people("+61491570006", country) for country in ("AU", "DE", None)]
    assert written == ["0491 570 006", "+61 491 570 006", "+61 491 570 006"]
    assert format_for_people("anonymous", "AU") == "anonymous"


def test_a_persons_number_keeps_what_was_written() -> None:
    """The raw text stays beside the E.164, also where there is none."""
    assert phone_number("0491 570 006", "AU", "mobile") == PhoneNumber(
        raw="0491 570 006", e164="+61491570006", label="mobile"
    )
    assert phone_number("ask Tom", "AU") == PhoneNumber(raw="ask Tom", e164=None)


_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


@given(
    st.sampled_from(_CODES) | st.integers(1, 999),
    st.from_regex(r"[0-9]{2,14}", fullmatch=True),
    st.sampled_from([None, "AU", "IT", "US"]),
)
def test_a_number_that_is_e164_already_is_read_as_the_library_reads_it(
    code: int, rest: str, country: str | None
) -> None:
    """In every country, also with a prefix after the code that has no place there."""
    text = f"+{code}{rest}"
    assert to_e164(text, country) == numbers._read.__wrapped__(text, country)


def test_what_is_dialled_before_a_number_is_not_taken_for_a_part_of_it() -> None:
    """After every country code, every beginning, in every length that a number may have there."""
    texts = [
        f"+{code}{start}" + "2345678901234"[: length - 2]
        for code in _CODES
        if (plan := numbers._plan_of(str(code))) is not None and plan.prefix is not None
        for length in plan.lengths
        for start in range(10, 100)
    ]
    read = [text for text in texts if numbers._is_e164(text)]
    assert read == [numbers._read.__wrapped__(text, None) for text in read]
    assert [numbers._taken_apart(text) for text in read] == [phonenumbers.parse(t) for t in read]


def test_the_numbers_of_nearly_every_country_need_no_parsing() -> None:
    """A million rows of a list hold them: the library's own examples are let by at a glance."""
    examples = [
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        for region in phonenumbers.SUPPORTED_REGIONS
        if (number := phonenumbers.example_number(region)) is not None
    ]
    at_a_glance = sum(numbers._is_e164(number) for number in examples)
    assert at_a_glance > len(examples) * 0.9
