"""What the handset shows: the right caller, in safe characters, never longer than agreed."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pbx_bridge.decisions.caller_id import (
    DISPLAY_NAME_CAP,
    CallerOnDisplay,
    DisplayTemplates,
    make_display_name,
)
from pbx_bridge.decisions.safe_text import UNSAFE_CHARACTERS, clean_text, is_safe_text
from pbx_bridge.decisions.templates import TEMPLATE_FIELDS, parse_template

CALL_ID = "7K4Q2M"


def show(templates: DisplayTemplates | None = None, **known: object) -> str:
    caller = CallerOnDisplay(**{"call_id": CALL_ID, **known})
    return make_display_name(caller, templates or DisplayTemplates())


@pytest.mark.parametrize(
    ("scenario", "caller", "expected"),
    [
        (
            "a contact shows with his company",
            {"is_known": True, "name": "Ada Byron", "account": "Engines Ltd"},
            "Ada Byron - Engines Ltd",
        ),
        (
            "a person account has no company and leaves no dash",
            {"is_known": True, "name": "Ada Byron"},
            "Ada Byron",
        ),
        (
            "an account called by its switchboard has no person",
            {"is_known": True, "account": "Engines Ltd"},
            "Engines Ltd",
        ),
        (
            "a known caller with no name at all shows his number",
            {"is_known": True, "number": "+49301234567"},
            "+49301234567",
        ),
        (
            "a stranger shows the campaign and the call ID",
            {"campaign": "Google Ads", "label": "Poster", "number": "+49301234567"},
            "Google Ads 7K4Q2M",
        ),
        (
            "a stranger on a number without campaign shows its label",
            {"label": "Poster", "number": "+49301234567"},
            "Poster 7K4Q2M",
        ),
        (
            "a stranger on an unknown number shows the call ID",
            {"number": "+49301234567"},
            "7K4Q2M",
        ),
        (
            "a withheld caller shows neither number nor name, even where the PBX has them",
            {"is_withheld": True, "number": "+49301234567", "name": "Ada", "label": "Poster"},
            "Withheld 7K4Q2M",
        ),
        (
            "a long company is cut before the name",
            {"is_known": True, "name": "Ada Byron", "account": "The Analytical Engines Company"},
            "Ada Byron - The Analytical Engines Compa",
        ),
        (
            "a long campaign is cut, the call ID never",
            {"campaign": "Autumn sale 2026, radio spots in the north-east"},
            "Autumn sale 2026 radio spots in t 7K4Q2M",
        ),
        (
            "a name that would be evaluated is plain text",
            {"is_known": True, "name": "${SHELL(id)}", "account": 'a"b\\c`d;e'},
            "SHELL(id) - abcde",
        ),
        (
            "a name that would split a SIP header stays one line",
            {"is_known": True, "name": "Eve\r\nX-Admin: yes"},
            "Eve X-Admin: yes",
        ),
        (
            "a name of nothing but unsafe characters counts as none",
            {"is_known": True, "name": '"<>|&{}', "number": "+49301234567"},
            "+49301234567",
        ),
        (
            "emoji and other scripts pass",
            {"is_known": True, "name": "Zoë 😀", "account": "株式会社"},
            "Zoë 😀 - 株式会社",
        ),
        (
            "invisible direction marks are taken out",
            {"is_known": True, "name": "Ada\u202enoryB\u200d"},
            "AdanoryB",
        ),
        (
            "the Greek question mark does not come back as a semicolon",
            {"is_known": True, "name": "a\u037eb"},
            "ab",
        ),
    ],
)
def test_the_handset_shows(scenario, caller, expected):
    """Each scenario's text, exactly."""
    assert show(**caller) == expected, scenario


def test_no_template_can_show_who_withheld_his_number():
    """Name and number are empty for a withheld caller, and so is what would replace them."""
    curious = DisplayTemplates(
        withheld=parse_template("{name} {number}"), known=parse_template("{number}")
    )
    hidden = {"is_withheld": True, "is_known": True, "name": "Ada", "number": "+49301234567"}
    assert show(curious, **hidden) == CALL_ID


def test_a_name_of_four_kilobytes_is_cut():
    """A stranger cannot flood a phone."""
    assert show(is_known=True, name="x" * 4096) == "x" * DISPLAY_NAME_CAP


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("{name} ({account}) {call_id}", {"name": "Ada", "call_id": "C"}, "Ada C"),
        ("{name} ({account}) {call_id}", {"account": "Co", "call_id": "C"}, "(Co) C"),
        ("({account}) {name}", {"name": "Ada"}, "Ada"),
        ("{account}: {name}", {"name": "Ada"}, "Ada"),
        ("{name} - {account} - {label}", {"name": "Ada", "label": "L"}, "Ada - L"),
        ("{name} at {account}", {"name": "Ada"}, "Ada"),
        ("Call {call_id}", {}, "Call"),
        ("Support", {}, "Support"),
        ("", {}, ""),
    ],
)
def test_an_empty_field_leaves_no_crumbs(text, values, expected):
    """What joins a field to the one before, and brackets around it, go with the field."""
    assert parse_template(text).fill(values) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{name} {compnay}",
            "unknown field {compnay} in template '{name} {compnay}'; known are: name, account, "
            "type, campaign, source, label, number, call_id",
        ),
        ("{name!r}", "unknown field {name!r} in template '{name!r}'; known are: name"),
        ("{name.__class__}", "unknown field {name.__class__} in template"),
        ("{} {name}", "unknown field {} in template"),
        ("{name", "a brace without its partner in template '{name'"),
        ("{{name}}", "a brace without its partner in template '{{name}}'"),
        ("{name} <{account}>", "template '{name} <{account}>' holds a character that must not"),
        ("{name}\n", "holds a character that must not reach a handset"),
    ],
)
def test_a_wrong_template_is_refused_when_the_configuration_is_read(text, message):
    """The error names the field or the template and says what is known."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 (the message is compared below)
        parse_template(text)
    assert message in str(refusal.value)


def test_a_cap_that_leaves_no_room_for_the_call_id_is_refused():
    """Ten characters are the least."""
    with pytest.raises(ValueError, match="of 9 characters is too short; at least 10"):
        DisplayTemplates(cap=9)


hostile = st.text(max_size=60) | st.text(
    alphabet='a \r\n\x00"\\$`;,|&<>{}()-\u037e\u1fef', max_size=60
)
templates = (
    st.lists(
        st.sampled_from([*(f"{{{name}}}" for name in TEMPLATE_FIELDS), " - ", " (", ")", "word "])
    )
    .map("".join)
    .map(parse_template)
)


@given(
    caller=st.builds(
        CallerOnDisplay,
        call_id=st.just(CALL_ID),
        is_known=st.booleans(),
        is_withheld=st.booleans(),
        name=hostile,
        account=hostile,
        type=hostile,
        campaign=hostile,
        source=hostile,
        label=hostile,
        number=hostile,
    ),
    chosen=st.builds(
        DisplayTemplates,
        known=templates,
        stranger=templates,
        withheld=templates,
        cap=st.integers(10, 60),
    ),
)
@example(caller=CallerOnDisplay(call_id=CALL_ID), chosen=DisplayTemplates())
def test_whatever_the_texts_the_display_name_is_safe_short_and_keeps_the_call_id(caller, chosen):
    """Never an exception, a control or unsafe character, a line break or a cut call ID."""
    shown = make_display_name(caller, chosen)
    assert is_safe_text(shown)
    assert "\r" not in shown
    assert "\n" not in shown
    assert 0 < len(shown) <= chosen.cap
    kind = "withheld" if caller.is_withheld else "known" if caller.is_known else "stranger"
    if "call_id" in getattr(chosen, kind).field_names:
        assert CALL_ID in shown


@given(st.text() | hostile, st.none() | st.integers(0, 50))
def test_cleaning_is_thorough_and_finished_at_once(text, cap):
    """One line of visible NFC text without an unsafe character; cleaning twice changes nothing."""
    cleaned = clean_text(text, cap=cap)
    assert not UNSAFE_CHARACTERS & set(cleaned)
    assert not [each for each in cleaned if unicodedata.category(each) in {"Cc", "Zl", "Zp", "Cs"}]
    assert cleaned == " ".join(cleaned.split())
    assert clean_text(cleaned, cap=cap) == cleaned
    assert cap is None or len(cleaned) <= cap
