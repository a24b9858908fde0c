"""AGI's words: what Asterisk sends is read, what a stranger writes into it is not believed."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.asterisk.agi import (
    UnreadableEnvironmentError,
    compose_set,
    parse_environment,
    read_caller,
    read_request,
)
from pbx_bridge.asterisk.door import RingingChannel

SENT = {
    "network": "yes",
    "network_script": "inbound?pbx=lab",
    "request": "agi://127.0.0.1:4573/inbound?pbx=lab",
    "channel": "PJSIP/trunk-00000001",
    "language": "en",
    "type": "PJSIP",
    "uniqueid": "1795875522.12",
    "version": "16.28.0~dfsg-0+deb11u4",
    "callerid": "0491570156",
    "calleridname": "Sam Stranger",
    "callingpres": "0",
    "callingani2": "0",
    "callington": "0",
    "callingtns": "0",
    "dnid": "0299990001",
    "rdnis": "unknown",
    "context": "pbx-bridge-fastagi",
    "extension": "0299990001",
    "priority": "6",
    "enhanced": "0.0",
    "accountcode": "",
    "threadid": "140663830832896",
    "arg_1": "0299990001",
    "arg_2": "allowed_not_screened",
}


def environment(**changes: str | None) -> bytes:
    """What Asterisk sends, with changes; None leaves a line out."""
    lines = {name: value for name, value in {**SENT, **changes}.items() if value is not None}
    return "".join(f"agi_{name}: {value}\n" for name, value in lines.items()).encode()


def test_a_caller_is_read() -> None:
    """The same channel as ARI would show, in our hands already."""
    assert read_caller(parse_environment(environment())) == RingingChannel(
        channel_id="1795875522.12",
        channel="PJSIP/trunk-00000001",
        caller_number="0491570156",
        caller_name="Sam Stranger",
        dialled_number="0299990001",
        context="pbx-bridge-fastagi",
        is_claimed=True,
        is_withheld=False,
    )


def test_an_agi_without_arguments_means_the_extension_it_stands_in() -> None:
    """``AGI(agi://bridge/inbound)`` in an administrator's own dialplan."""
    caller = read_caller(parse_environment(environment(arg_1=None, arg_2=None, extension="s")))
    assert (caller.dialled_number, caller.is_withheld) == ("s", False)


@pytest.mark.parametrize(
    ("changes", "is_withheld"),
    [
        ({}, False),
        ({"arg_2": "prohib_passed_screen"}, True),
        ({"arg_2": None, "callingpres": "32"}, True),
        ({"arg_2": None, "callingpres": "35"}, True),
        ({"arg_2": None, "callingpres": "3"}, False),
        ({"arg_2": None, "callingpres": "²"}, False),
        ({"callerid": "anonymous"}, True),
    ],
)
def test_a_withheld_number_is_known_by_each_sign(
    changes: dict[str, str], is_withheld: bool
) -> None:
    """The dialplan's word, Asterisk's own number for it, or what stands in the number's place."""
    caller = read_caller(parse_environment(environment(**changes)))
    assert caller.is_withheld is is_withheld


def test_unknown_is_asterisks_word_for_nothing() -> None:
    """A caller without number and name has none."""
    caller = read_caller(parse_environment(environment(callerid="unknown", calleridname="unknown")))
    assert (caller.caller_number, caller.caller_name) == ("", "")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("inbound", ("inbound", None)),
        ("inbound?pbx=lab", ("inbound", "lab")),
        ("inbound/?pbx=a&pbx=b", ("inbound", "a")),
        ("other", ("other", None)),
        ("", ("", None)),
    ],
)
def test_the_url_says_which_pbx_calls(script: str, expected: tuple[str, str | None]) -> None:
    """Path and query of the dialplan's URL."""
    assert read_request({"network_script": script}) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (environment(callerid="1\nagi_extension: 500"), "agi_extension comes twice"),
        (environment(calleridname="x\nagi_arg_3: 1\nagi_arg_3: 2"), "agi_arg_3 comes twice"),
        (environment(callerid="1\nX: y"), "not an AGI line: 'X: y'"),
        (environment().partition(b"agi_dnid")[0], "no agi_extension"),
        (environment(threadid=None), "no agi_threadid"),
        (b"GET / HTTP/1.1\n", "not an AGI line: 'GET / HTTP/1.1'"),
        (b"", "not an AGI line: ''"),
    ],
)
def test_what_a_stranger_wrote_between_is_not_believed(text: bytes, problem: str) -> None:
    """Lines of his own, an early end, another protocol: nothing of it is read."""
    with pytest.raises(UnreadableEnvironmentError, match=problem.replace("?", ".")):
        parse_environment(text)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    """Nothing but the one error, whatever comes, alone or in the middle of an environment."""
    for text in (noise, environment().replace(b"Sam Stranger", noise)):
        try:
            read_caller(parse_environment(text))
            read_request(parse_environment(text))
        except UnreadableEnvironmentError:
            pass


@given(st.text(), st.text())
def test_a_command_is_one_line_and_two_words(name: str, value: str) -> None:
    """Whatever a value holds, it ends neither its quotes nor its line."""
    command = compose_set(name, value).decode("utf-8", errors="surrogatepass")
    assert command.count("\n") == 1
    assert shlex.split(command.removesuffix("\n"))[2:] == [_flat(name), _flat(value)]


def _flat(text: str) -> str:
    return "".join(" " if character in "\r\n\0" else character for character in text)
