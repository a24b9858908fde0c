"""A bridge that is killed in the middle of delivering hundreds: nothing is lost."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tomllib
from asyncio.subprocess import Process
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from crm_store.messages import mail
from crm_store.records import DeliveryState, EmailState, Lead, WebHook
from crm_store.store import Store
from pbx_bridge.lab.ports import free_port
from tests.messages.mail_server import MailServer
from tests.messages.receiver import Receiver, until
from tests.messages.test_web_hooks import log_of

EVENTS = 400


def configure(folder: Path, store_url: str, **sections: dict[str, Any]) -> Path:
    """The configuration of a bridge without a PBX."""
    sections = {
        "store": {"url": store_url},
        "web": {"port": free_port()},
        "log": {"level": "error"},
        **sections,
    }
    lines = []
    for name, section in sections.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in section.items())]
    path = folder / "pbx-bridge.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


async def start_bridge(config: Path) -> Process:
    """``pbx-bridge run``, as an administrator starts it."""
    command = (sys.executable, "-m", "pbx_bridge", "--config", str(config), "run")
    return await asyncio.create_subprocess_exec(*command)


async def end(bridge: Process, how: signal.Signals) -> int:
    """End it, and wait until it is over."""
    if bridge.returncode is None:
        bridge.send_signal(how)
    async with asyncio.timeout(20):
        return await bridge.wait()


async def test_the_metrics_say_what_became_of_messages(
    store: Store, store_url: str, receiver: Receiver, tmp_path: Path
) -> None:
    """A bridge without a PBX delivers too, and Prometheus is told."""
    wanted = WebHook(url=receiver.url, events=("lead.*",))
    await store.write(lambda w: w.add(wanted))
    await store.write(lambda w: w.add(Lead(name="Ada")))
    config = configure(tmp_path, store_url, web_hooks={"allow_private": True})
    bridge = await start_bridge(config)
    port = tomllib.loads(config.read_text())["web"]["port"]
    try:
        await receiver.wait_for(1, within=20)
        await asyncio.sleep(0.3)
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{port}/metrics") as answer,
        ):
            metrics = (await answer.text()).splitlines()
    finally:
        assert await end(bridge, signal.SIGTERM) == 0
    assert 'pbx_bridge_web_hook_attempts_total{how="delivered"} 1.0' in metrics
    assert 'pbx_bridge_emails_total{how="sent"} 0.0' in metrics


async def test_no_mail_is_lost_when_the_bridge_is_killed(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """Killed twice while it sends: every mail arrives, a double has the Message-ID of the first."""
    async with MailServer.open() as server:
        server.slow_seconds = 0.05
        smtp = {
            "host": "127.0.0.1",
            "port": server.port,
            "tls": "none",
            "from_address": "Acme <sales@acme.example>",
            "timeout_seconds": 10,
        }
        config = configure(tmp_path, store_url, mail=smtp)
        for number in range(40):
            await store.write(
                lambda w, number=number: mail.queue_email(
                    w,
                    template="thank_you",
                    to=f"user{number}@example.com",
                    values={},
                    cause="form 1",
                )
            )
        bridge = await start_bridge(config)
        try:
            for count in (7, 21):
                await until(lambda count=count: len(server.mails) >= count, 60)
                await asyncio.sleep(0.02)
                await end(bridge, signal.SIGKILL)
                bridge = await start_bridge(config)
            await until(lambda: len({got["To"] for got in server.mails}) == 40, 120)
        finally:
            await asyncio.sleep(0.5)
            await end(bridge, signal.SIGTERM)
    ids: dict[str, set[str]] = {}
    for got in server.mails:
        ids.setdefault(got["To"], set()).add(got["Message-ID"])
    assert ids.keys() == {f"user{number}@example.com" for number in range(40)}
    assert all(len(its) == 1 for its in ids.values())
    assert len(server.mails) <= 42
    found = await store.read(lambda r: mail.find_emails(r))
    assert {one.state for one in found} == {EmailState.SENT}


@pytest.mark.parametrize("bridges", [1, 2])
async def test_no_event_is_lost_when_bridges_are_killed(
    store: Store, store_url: str, receiver: Receiver, tmp_path: Path, bridges: int
) -> None:
    """Killed twice among four hundred events: each arrives, doubles under the same id alone."""
    wanted = WebHook(url=receiver.url, events=("lead.*",))
    hook_id = await store.write(lambda w: w.add(wanted))
    hook = await store.read(lambda r: r.get("web_hook", hook_id))
    web_hooks = {"allow_private": True, "timeout_seconds": 0.5}
    running = []
    for number in range(bridges):
        (tmp_path / f"{number}").mkdir()
        config = configure(tmp_path / f"{number}", store_url, web_hooks=web_hooks)
        running.append((config, await start_bridge(config)))

    async def happen() -> None:
        for number in range(EVENTS):
            await store.write(lambda w, number=number: w.add(Lead(name=f"Lead {number}")))

    happening = asyncio.create_task(happen())
    try:
        for count in (EVENTS // 8, EVENTS // 3):
            await until(lambda count=count: len(receiver.received) >= count, 60)
            for place, (config, bridge) in enumerate(running):
                await end(bridge, signal.SIGKILL)
                running[place] = config, await start_bridge(config)
        await happening
        await until(lambda: len(set(receiver.taken)) >= EVENTS, 60)
    finally:
        happening.cancel()
        codes = [await end(bridge, signal.SIGTERM) for _, bridge in running]
    assert codes == [0] * bridges
    names = Counter(one.event["data"]["object"]["name"] for one in receiver.received)
    assert set(names) == {f"Lead {number}" for number in range(EVENTS)}
    ids = {one.event["data"]["object"]["name"]: one.id for one in receiver.received}
    assert all(ids[one.event["data"]["object"]["name"]] == one.id for one in receiver.received)
    assert sum(names.values()) - EVENTS <= 2 * bridges
    for one in receiver.received:
        one.verify(hook.secret)
    first_seen = list(dict.fromkeys(receiver.ids))
    log = await store.read(
        lambda r: r.connection.exec_driver_sql(
            "SELECT event_id, state FROM web_hook_deliveries ORDER BY id"
        ).all()
    )
    assert first_seen == [row[0] for row in log]
    assert {row[1] for row in log} == {DeliveryState.DELIVERED.value}
    assert len(await log_of(store, hook)) == 100
