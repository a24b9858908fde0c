"""docs/api.md and the OpenAPI document: what they say is so."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from aiohttp import web
from typer.testing import CliRunner

from crm_store.access import passwords
from crm_store.records import Role, User
from crm_store.store import Store
from pbx_bridge.cli import cli
from pbx_bridge.web.api import problems, routes
from pbx_bridge.web.health import Health
from pbx_bridge.web.services import Services
from pbx_bridge.web.site import make_site

DOCS = (Path(__file__).parents[2] / "docs/api.md").read_text("utf-8")
HERE = "http://127.0.0.1:8090"


@pytest.fixture
async def site(store_url: str) -> AsyncIterator[str]:
    """The whole application as the bridge serves it, with an administrator who has a password."""

    async def is_up() -> bool:
        return True

    async with Store.open(store_url, migrate=True) as store:
        hashed = await passwords.hash_password("correct horse battery")
        zoe = User(name="zoe", role=Role.ADMINISTRATOR, password_hash=hashed)
        await store.write(lambda w: w.add(zoe))
        app = make_site(Health(pbxs=[], is_store_up=is_up), store, Services(country="AU"))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()


async def test_the_walk_says_what_the_page_says(site: str) -> None:
    """Each line of it, in a shell, on a server of its own."""
    (walk,) = re.findall(r"```sh\n(.*?)```", DOCS, re.DOTALL)
    (said,) = re.findall(r"```text\n(.*?)```", DOCS, re.DOTALL)
    assert HERE in walk
    program = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", walk.replace(HERE, site)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await program.communicate()
    assert out.decode() == said


def document() -> dict[str, Any]:
    printed = CliRunner().invoke(cli, ["openapi"])
    assert printed.exit_code == 0, printed.output
    found: dict[str, Any] = json.loads(printed.stdout)
    return found


def operations(of: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in of["paths"].values() for operation in path.values()]


def test_the_document_is_openapi_3_1_and_every_reference_leads_somewhere() -> None:
    """Printed without a configuration and without a server."""
    found = document()
    schemathesis.openapi.from_dict(found).validate()
    for ref in re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(found)):
        assert ref[1] in found["components"][ref[0]]


def test_every_operation_is_told_in_full() -> None:
    """An id of its own, a heading that is described, a summary, its answers and who may."""
    found = document()
    names = [one["operationId"] for one in operations(found)]
    assert sorted(names) == sorted(set(names))
    assert len(names) == len(routes.all_endpoints())
    described = {tag["name"] for tag in found["tags"] if tag["description"]}
    for one in operations(found):
        assert one["summary"], one["operationId"]
        assert set(one["tags"]) <= described
        assert one["tags"], one["operationId"]
        assert [status for status in one["responses"] if status < "300"], one["operationId"]
        assert one["security"] in ([], [{"bearer": []}])


def test_no_answer_and_no_body_holds_a_password_hash() -> None:
    """Not in the document, so not in an answer: the two are made from one list."""
    assert "password_hash" not in json.dumps(
        document()["components"]["schemas"]["User"]["properties"]
    )


async def test_the_served_document_is_the_printed_one(site: str) -> None:
    """For everybody, without a token."""
    import aiohttp

    async with aiohttp.ClientSession() as http, http.get(f"{site}/api/v1/openapi.json") as answer:
        assert answer.status == 200
        assert await answer.json() == document()


def test_every_word_of_an_error_is_documented() -> None:
    """The words that programs may go by, each in the table."""
    folder = Path(problems.__file__).parent
    words = {
        word
        for file in folder.glob("*.py")
        for word in re.findall(r'ApiProblem\(\s*\d{3},\s*"([a-z-]+)"', file.read_text("utf-8"))
    }
    table = DOCS.partition("\n## Errors\n")[2].partition("\n## ")[0]
    assert words - set(re.findall(r"`([a-z-]+)`", table)) == set()
