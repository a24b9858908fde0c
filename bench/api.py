"""Requests per second of the REST API, beside a bare aiohttp handler that runs the same SQL.

Both serve one SQLite file of a million people from a process of their own; this process asks
over a few connections that stay open, with as little work of its own as a client can do. The
bare handler runs every statement that the API runs (a record, or a list, and the numbers of
those on it), checks no token and no rights, and answers the rows as they come.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

from aiohttp import web

from bench.figure import Figure
from bench.store_lookup import PEOPLE, e164_of, name_of, people_file
from crm_store import Store
from crm_store.access import credentials
from crm_store.engines.prepared import driver
from crm_store.reader import Reader
from crm_store.search.finding import Question, find
from pbx_bridge.lab.ports import free_port

CONNECTIONS = 8
SECONDS = 3.0
ROUNDS = 3
TYPED = 400
_SOMEBODY = 987_654
_IDS = re.compile(r"'\[[\d,]+\]'")


def run(*, is_quick: bool = False) -> list[Figure]:
    """Measure and return rates and ratios of one record and of a list, and search as one types."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.db"
        shutil.copy(people_file(), file)
        return asyncio.run(_measure(file, is_quick=is_quick))


async def _measure(file: Path, *, is_quick: bool) -> list[Figure]:
    token, statements = await _prepare(file)
    random = Random(3)
    ids = [random.randrange(1, PEOPLE) for _ in range(1_000)]
    paths = {
        "one contact": [f"/api/v1/contacts/{one}" for one in ids],
        "a list of fifty": ["/api/v1/contacts?limit=50&sort=-id"],
    }
    seconds, rounds = (0.5, 1) if is_quick else (SECONDS, ROUNDS)
    figures = []
    async with _serving("ours", file, {}) as ours, _serving("bare", file, statements) as bare:
        for what, asked in paths.items():
            rates: dict[str, list[float]] = {"ours": [], "bare": []}
            for _ in range(rounds):
                for name, port in (("ours", ours), ("bare", bare)):
                    rates[name].append(await _rate(port, asked, token, seconds))
            mine, ceiling = median(rates["ours"]), median(rates["bare"])
            figures += [
                Figure(name=f"API: {what}", value=mine, unit="per s"),
                Figure(name=f"bare aiohttp, the same SQL: {what}", value=ceiling, unit="per s"),
                Figure(
                    name=f"API: {what}, share of the bare handler",
                    value=mine / ceiling,
                    unit="×",
                    note="aim ≥ 0.6",
                ),
            ]
        figures += await _search(ours, token, TYPED // 10 if is_quick else TYPED)
    return figures


async def _prepare(file: Path) -> tuple[str, dict[str, str]]:
    """A token for the API, and the very statements that it runs, with their values."""
    async with Store.open(f"sqlite:///{file}") as store:
        made = await store.write(
            lambda w: credentials.make_token(w, "Tom", name="bench", scopes=("read",))
        )
        listed = await store.read(_sql_of_list)
        one = await store.read(lambda r: _sql_of(r, lambda: r.get("contact", _SOMEBODY)))
    return made.secret, {"one": one, "list": listed}


def _sql_of_list(reader: Reader) -> str:
    return _sql_of(reader, lambda: find(reader, Question(kind="contact", sort="-id")))


def _sql_of(reader: Reader, ask: Callable[[], object]) -> str:
    """The statements that ``ask`` runs, as the driver is told them: text with values."""
    seen: list[str] = []
    connection = driver(reader.connection)
    connection.set_trace_callback(seen.append)
    try:
        ask()
    finally:
        connection.set_trace_callback(None)
    asked = [one for one in seen if one.startswith("SELECT")]
    return json.dumps(
        [_IDS.sub(":ids", one).replace(f"= {_SOMEBODY}", "= :id") for one in asked],
    )


async def _rate(port: int, paths: Sequence[str], token: str, seconds: float) -> float:
    until = time.perf_counter() + seconds
    counts = await asyncio.gather(
        *(
            _ask_until(port, paths[turn:] + paths[:turn], token, until)
            for turn in range(CONNECTIONS)
        )
    )
    return sum(counts) / seconds


async def _ask_until(port: int, paths: Sequence[str], token: str, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    while time.perf_counter() < until:
        await _ask(reader, writer, paths[done % len(paths)], token)
        done += 1
    writer.close()
    return done


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, token: str
) -> bytes:
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    writer.write(request.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{path}: {head!r}")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return await reader.readexactly(length)


async def _search(port: int, token: str, typed: int) -> list[Figure]:
    """Time every keystroke of names, companies, numbers, in milliseconds."""
    random = Random(4)
    milliseconds = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(typed):
        number = random.randrange(PEOPLE)
        whole = random.choice(
            [name_of(number), f"Company {number // 10}", e164_of(number), "0" + e164_of(number)[3:]]
        )
        text = whole[: random.randrange(2, len(whole) + 1)]
        path = "/api/v1/search?q=" + text.replace("+", "%2B").replace(" ", "%20")
        started = time.perf_counter()
        await _ask(reader, writer, path, token)
        milliseconds.append((time.perf_counter() - started) * 1_000)
    writer.close()
    cuts = quantiles(milliseconds, n=100)
    where = f"search as one types among {PEOPLE:,} people"
    return [
        Figure(name=f"{where}, p50", value=cuts[49], unit="ms"),
        Figure(name=f"{where}, p95", value=cuts[94], unit="ms", note="aim ≤ 30"),
    ]


@asynccontextmanager
async def _serving(what: str, file: Path, statements: dict[str, str]) -> AsyncIterator[int]:
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.api", what, str(file), str(port), json.dumps(statements)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if server.stdout is None or not await server.stdout.readline():
            raise RuntimeError(f"the {what} server did not start")
        yield port
    finally:
        server.kill()
        await server.wait()


async def _serve(app: web.Application, port: int) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


async def _serve_ours(file: str, port: int) -> None:
    from pbx_bridge.web.api.access import authenticate
    from pbx_bridge.web.api.routes import all_endpoints
    from pbx_bridge.web.api.server import add_api

    async with Store.open(f"sqlite:///{file}") as store:
        app = web.Application()
        add_api(app, store, all_endpoints(), authenticate)
        await _serve(app, port)


async def _serve_bare(file: str, port: int, statements: dict[str, str]) -> None:
    one, listed = (json.loads(statements[name]) for name in ("one", "list"))
    threads = ThreadPoolExecutor(1)
    connection = sqlite3.connect(file, check_same_thread=False)
    connection.row_factory = sqlite3.Row

    def ask(of_records: str, of_numbers: str, wanted: int | None = None) -> Any:
        rows = [dict(row) for row in connection.execute(of_records, {"id": wanted})]
        ids = {"ids": json.dumps([row["id"] for row in rows])}
        return rows, [dict(row) for row in connection.execute(of_numbers, ids)]

    async def get_one(request: web.Request) -> web.Response:
        loop = asyncio.get_running_loop()
        wanted = int(request.match_info["id"])
        return web.json_response(await loop.run_in_executor(threads, ask, *one, wanted))

    async def get_list(_request: web.Request) -> web.Response:
        loop = asyncio.get_running_loop()
        return web.json_response(await loop.run_in_executor(threads, ask, *listed))

    app = web.Application()
    app.router.add_get("/api/v1/contacts/{id}", get_one)
    app.router.add_get("/api/v1/contacts", get_list)
    await _serve(app, port)


def _main() -> None:
    what, file, port, statements = sys.argv[1:]
    if what == "ours":
        asyncio.run(_serve_ours(file, int(port)))
    else:
        asyncio.run(_serve_bare(file, int(port), json.loads(statements)))


if __name__ == "__main__":
    _main()
