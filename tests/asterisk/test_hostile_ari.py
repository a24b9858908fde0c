"""Whatever comes over ARI, the link goes on or is made again, and the next caller is greeted."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import aiohttp
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.asterisk.counts import MessageCounts
from pbx_bridge.asterisk.door import RingingChannel
from pbx_bridge.asterisk.links import AsteriskLine
from tests.asterisk.mangling import STREAMS, mangled, misshapen
from tests.asterisk.test_hostile_ami import FEWER

RECORDED = [
    json.loads(line) for line in (STREAMS / "ari_answered_call.jsonl").read_text().splitlines()
]
"""What Asterisk 22 said of one caller at the door: broadcast, claimed, let go."""
GOOD = {
    "type": "CallBroadcast",
    "channel": {"id": "9.9", "dialplan": {"app_data": "500,^pbx-bridge.*,inbound:0299990001:"}},
}


async def _meet(frames: list[bytes | str]) -> tuple[list[RingingChannel], MessageCounts]:
    """The callers whom a bridge meets when an ARI says this, and then that one more is there.

    A bridge that gave the connection up is told of the one more on the next.
    """
    sayings = [frames]

    async def events(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        with suppress(ConnectionError):
            for frame in [*(sayings.pop() if sayings else []), json.dumps(GOOD)]:
                if isinstance(frame, str):
                    await socket.send_str(frame)
                else:
                    await socket.send_frame(frame, aiohttp.WSMsgType.TEXT)
        async for asked in socket:
            request_id, uri = (json.loads(asked.data)[name] for name in ("request_id", "uri"))
            answer = {"type": "RESTResponse", "request_id": request_id, "status_code": 200}
            body = "[]" if uri == "applications" else "{}"
            await socket.send_json({**answer, "message_body": body})
        return socket

    app = web.Application()
    app.router.add_get("/ari/events", events)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    line = AsteriskLine(
        name="lab",
        ari_url=f"http://127.0.0.1:{port}",
        ari_user="bridge",
        ari_password="x",
        ari_app="pbx-bridge",
        ami_host="127.0.0.1",
        ami_port=1,
        ami_user="bridge",
        ami_secret="x",
    )
    met, done = list[RingingChannel](), asyncio.Event()

    async def greet(caller: RingingChannel) -> None:
        met.append(caller)
        if caller.channel_id == "9.9":
            done.set()

    link = asyncio.create_task(line.keep_ari(greet))
    waiting = asyncio.create_task(done.wait())
    ended, _ = await asyncio.wait({link, waiting}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    for task in (link, waiting):
        task.cancel()
    results = await asyncio.gather(link, waiting, return_exceptions=True)
    await runner.cleanup()
    assert ended == {waiting}, f"the next caller was not met: {results}"
    return met, line.ari_state.counts


@FEWER
@given(data=st.data())
def test_misshapen_messages_cost_no_later_caller(data: st.DataObject) -> None:
    """Missing fields, wrong types, unknown events, long values: the next caller is met."""
    frames = [json.dumps(data.draw(misshapen(message))) for message in RECORDED]
    asyncio.run(_meet(frames))


@FEWER
@given(frame=mangled(json.dumps(RECORDED[2]).encode()))
def test_half_messages_cost_no_later_caller(frame: bytes) -> None:
    """A message that is no JSON, or no text, is let by, or the link is made again."""
    asyncio.run(_meet([frame]))


async def test_a_recorded_conversation_is_read_whole() -> None:
    """The mangling starts from something that is right: nothing of it is unreadable."""
    met, counts = await _meet([json.dumps(message) for message in RECORDED])
    assert counts == MessageCounts()
    assert [caller.channel_id for caller in met] == ["1795875226.2", "1795875226.2", "9.9"]


async def test_what_cannot_be_read_is_counted() -> None:
    """Wrong types, no JSON at all, and brackets that would exhaust a parser."""
    odd = [
        *('{"type": 5}', "no json", "[" * 100_000, '{"type":"CallBroadcast","channel":"x"}'),
        '{"type": "CallBroadcast", "channel": ' + '{"a":' * 50_000,
        *("null", "[]", '"StasisStart"', '{"type":"RESTResponse","request_id":7}'),
    ]
    met, counts = await _meet(list[bytes | str](odd))
    assert [caller.channel_id for caller in met] == ["9.9"]
    assert counts == MessageCounts(unreadable=len(odd))


async def test_ten_megabytes_of_one_value_cost_the_connection_at_most() -> None:
    """They are not collected; the link is made again and the next caller is met."""
    met, _ = await _meet([json.dumps({"type": "Dial", "x": "y" * 10_000_000})])
    assert [caller.channel_id for caller in met] == ["9.9"]
