"""Recorded streams, mangled as a broken PBX, a bad wire or a stranger might: for hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

STREAMS = Path(__file__).parent / "streams"
GARBAGE = (
    b"\r\n\r\n",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\xff\xfe\xc3",
    b"Event: CEL\r\nEvent: CEL\r\n",
    b"Event: Shutdowns\r\n\r\n",
    b"Event: \r\n\r\n",
    b"Event: Newstate\r\nChannelStateDesc: Ringing\r\nTimestamp: nan\r\n\r\n",
    b"Event: Newstate\r\nChannelStateDesc: Ringing\r\nTimestamp: 1e999\r\nUniqueid: 1.1\r\n\r\n",
    b"Response: Success\r\nActionID: 1\r\nActionID: 2\r\n\r\n",
    b"Response: Follows\r\nPrivilege: Command\r\n--END COMMAND--\r\n\r\n",
    b"Event: CEL\r\nEventName: HANGUP\r\nUniqueID: 1.1\r\nLinkedID: 1.1\r\nEventTime: now\r\n\r\n",
    b"Event: CEL\r\nEventName: UNHEARD_OF\r\nUniqueID: 1\r\nLinkedID: 1\r\nEventTime: 1\r\n\r\n",
    b"Event: CEL\r\nExtra: " + b"[" * 20_000 + b"\r\n\r\n",
    b"Event: FullyBooted\r\nStatus: \xf0\x9f\x98\x80\r\n\r\n",
    b": \r\n: : :\r\n\r\n",
    b"x" * 300_000,
)
VALUES = (
    *(None, True, 0, -1, 1e308, 2**80, "", "x" * 300_000, "\0\r\n", [], [None], {}, {"id": 1}),
    *("CallBroadcast", "StasisStart", "RESTResponse", "ChannelHangupRequest", "Never Heard Of"),
)


@st.composite
def mangled(draw: st.DrawFn, stream: bytes) -> bytes:
    """The stream with pieces cut out, doubled, moved, overwritten and put in between."""
    mangled = stream
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(mangled)))
        end = min(len(mangled), start + draw(st.integers(0, 400)))
        piece = mangled[start:end]
        what = draw(st.sampled_from(["cut", "double", "move", "overwrite", "insert"]))
        if what == "cut":
            mangled = mangled[:start] + mangled[end:]
        elif what == "double":
            mangled = mangled[:end] + piece + mangled[end:]
        elif what == "move":
            rest = mangled[:start] + mangled[end:]
            to = draw(st.integers(0, len(rest)))
            mangled = rest[:to] + piece + rest[to:]
        elif what == "overwrite":
            mangled = mangled[:start] + draw(st.binary(min_size=1, max_size=20)) + mangled[end:]
        else:
            mangled = mangled[:start] + draw(st.sampled_from(GARBAGE)) + mangled[start:]
    return mangled


def places(document: object, path: tuple[str | int, ...] = ()) -> Sequence[tuple[str | int, ...]]:
    """Every place in a JSON document, as the keys that lead there."""
    found: list[tuple[str | int, ...]] = [path] if path else []
    inner = document.items() if isinstance(document, dict) else ()
    for key, value in inner:
        found += places(value, (*path, key))
    return found


@st.composite
def misshapen(draw: st.DrawFn, document: dict[str, object]) -> dict[str, object]:
    """A JSON document of which some values are of a wrong type, missing or enormous."""
    changed = _copy(document)
    for path in draw(st.lists(st.sampled_from(places(document)), min_size=1, max_size=4)):
        holder: object = changed
        for key in path[:-1]:
            holder = holder.get(key) if isinstance(holder, dict) else None
        if not isinstance(holder, dict):
            continue
        if draw(st.booleans()):
            holder.pop(path[-1], None)
        else:
            holder[path[-1]] = draw(st.sampled_from(VALUES))
    return changed


def _copy(value: object) -> object:
    return {k: _copy(v) for k, v in value.items()} if isinstance(value, dict) else value
