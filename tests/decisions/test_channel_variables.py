"""The contract with the dialplan: names, forms, and nothing in them that it could evaluate."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.decisions.channel_variables import channel_variables
from pbx_bridge.decisions.route_names import check_dial_template
from pbx_bridge.decisions.routing import Destination, Route


@pytest.mark.parametrize(
    ("scenario", "route", "expected"),
    [
        (
            "a ring group, the owner first",
            Route(
                destination=Destination.DIAL,
                reason="tracking number, owner first",
                first="1000",
                first_seconds=15,
                targets=("1001", "1002"),
                seconds=20,
                voicemail_box="1001@default",
                is_recorded=True,
                announcement="pbx-bridge/recorded",
                label="Poster, Berlin",
            ),
            {
                "PBX_BRIDGE_ROUTE": "dial",
                "PBX_BRIDGE_FIRST": "PJSIP/1000",
                "PBX_BRIDGE_FIRST_SECONDS": "15",
                "PBX_BRIDGE_DIAL": "PJSIP/1001&PJSIP/1002",
                "PBX_BRIDGE_SECONDS": "20",
                "PBX_BRIDGE_VOICEMAIL": "1001@default",
                "PBX_BRIDGE_RECORD": "yes",
                "PBX_BRIDGE_ANNOUNCE": "pbx-bridge/recorded",
                "PBX_BRIDGE_LABEL": "Poster Berlin",
            },
        ),
        (
            "a queue without a box",
            Route(destination=Destination.QUEUE, reason="", queue="sales", seconds=60),
            {
                "PBX_BRIDGE_ROUTE": "queue",
                "PBX_BRIDGE_QUEUE": "sales",
                "PBX_BRIDGE_SECONDS": "60",
                "PBX_BRIDGE_RECORD": "no",
            },
        ),
        (
            "blocked",
            Route(destination=Destination.BLOCKED, reason=""),
            {"PBX_BRIDGE_ROUTE": "blocked", "PBX_BRIDGE_RECORD": "no"},
        ),
        (
            "the dialplan's own way: no route and nothing that belongs to one",
            Route(destination=Destination.FALLBACK, reason="", label="Poster"),
            {},
        ),
    ],
)
def test_a_route_as_channel_variables(scenario, route, expected):
    """Exactly these variables, and none without a value."""
    about_the_call = {"CALLERID(name)": "Google Ads 7K4Q2M", "PBX_BRIDGE_CALL_ID": "7K4Q2M"}
    variables = channel_variables(route, "7K4Q2M", "Google Ads 7K4Q2M")
    assert variables == about_the_call | expected, scenario


def test_an_empty_display_name_leaves_the_callers_own():
    """Nothing is set where nothing is known."""
    route = Route(destination=Destination.FALLBACK, reason="")
    assert channel_variables(route, "7K4Q2M", "\r\n") == {"PBX_BRIDGE_CALL_ID": "7K4Q2M"}


def test_another_dial_template_reaches_phones_through_the_pbxs_own_context():
    """FreePBX's extensions are more than their endpoint."""
    route = Route(destination=Destination.DIAL, reason="", first="1000", targets=("1001", "1002"))
    variables = channel_variables(route, "", "", "Local/{extension}@from-internal/n")
    assert variables == {
        "PBX_BRIDGE_ROUTE": "dial",
        "PBX_BRIDGE_FIRST": "Local/1000@from-internal/n",
        "PBX_BRIDGE_DIAL": "Local/1001@from-internal/n&Local/1002@from-internal/n",
        "PBX_BRIDGE_RECORD": "no",
    }


@pytest.mark.parametrize(
    "template",
    ["", "PJSIP", "{extension}", "PJSIP/1001", "PJSIP/{extension}&PJSIP/{extension}",
     "PJSIP/{extension},30", "PJSIP/${EXTEN}{extension}", "PJSIP/{extension}\n", "PJSIP/{ext}"],
)  # fmt: skip
def test_a_dial_template_that_cannot_work_is_refused(template):
    """The error shows the template and what would do."""
    with pytest.raises(ValueError, match=r"must have \{extension\} once.*for example PJSIP/"):
        check_dial_template(template)


extensions = st.from_regex(r"[A-Za-z0-9_+.-]{1,12}", fullmatch=True)
hostile = st.text(max_size=40) | st.text(alphabet='ab\r\n\x00"\\$`;,|&<>{}()\u037e', max_size=40)
routes = st.builds(
    Route,
    destination=st.sampled_from(Destination),
    reason=hostile,
    first=st.none() | extensions,
    first_seconds=st.integers(),
    targets=st.lists(extensions, max_size=3).map(tuple),
    queue=st.none() | st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True),
    seconds=st.integers(),
    voicemail_box=st.none() | extensions.filter(lambda text: "+" not in text),
    is_recorded=st.booleans(),
    announcement=st.none() | st.just("pbx-bridge/closed"),
    label=hostile,
    is_vip=st.booleans(),
)


@given(route=routes, call_id=hostile, display_name=hostile)
def test_no_value_can_inject_or_be_evaluated(route, call_id, display_name):
    """One line each, no separator, quote, dollar, backslash or brace; & between phones alone."""
    variables = channel_variables(route, call_id, display_name)
    assert all(variables.values())
    phones = {
        name: variables.pop(name)
        for name in ("PBX_BRIDGE_DIAL", "PBX_BRIDGE_FIRST")
        if name in variables
    }
    phone = r"PJSIP/[A-Za-z0-9_+.-]+"
    for value in phones.values():
        assert re.fullmatch(rf"{phone}(&{phone})*", value)
    for value in variables.values():
        assert not re.search(r'["\\$`;,|&<>{}\x00-\x1f\x7f-\x9f\u2028\u2029]', value)
        assert value.isprintable()
