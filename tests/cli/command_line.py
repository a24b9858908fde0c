"""The real command line, in this process: what it prints, byte for byte, and how it exits."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crm_store.store import Store
from crm_store.writer import Writer
from pbx_bridge.cli import main

JOURNALS = Path(__file__).parents[1] / "calls/journals"
PLAIN = JOURNALS / "snippet_plain.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command said, and its exit status."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout.decode("utf-8")

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.stdout.splitlines()]


class CommandLine:
    """A folder with a store and a configuration in it, and ``pbx-bridge`` run there."""

    def __init__(self, folder: Path, store_url: str) -> None:
        self.folder = folder
        self.store_url = store_url
        self.config = folder / "config.toml"
        self.write_config()

    def write_config(self, text: str = "") -> None:
        """Replace the configuration: the store, and this."""
        self.config.write_text(f'[store]\nurl = "{self.store_url}"\n{text}', "utf-8")

    def __call__(
        self, *arguments: str | Path, stdin: bytes = b"", environment: Mapping[str, str] = {}
    ) -> Answer:
        """Run one command with this configuration."""
        return self.run("--config", self.config, *arguments, stdin=stdin, environment=environment)

    def run(
        self, *arguments: str | Path, stdin: bytes = b"", environment: Mapping[str, str] = {}
    ) -> Answer:
        """Run one command line as it is."""
        with _as_program(arguments, stdin, environment) as (stdout, stderr):
            try:
                main()
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 0
        return Answer(
            status=status, stdout=stdout.getvalue(), stderr=stderr.getvalue().decode("utf-8")
        )


@contextmanager
def _as_program(
    arguments: tuple[str | Path, ...], stdin: bytes, environment: Mapping[str, str]
) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """What a process has of its own: arguments, standard streams, environment."""
    stdout, stderr = io.BytesIO(), io.BytesIO()
    kept = sys.argv, sys.stdin, sys.stdout, sys.stderr
    kept_environment = dict(os.environ)
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PBX_BRIDGE_")}
    sys.argv = ["pbx-bridge", *map(str, arguments)]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    sys.stdout = io.TextIOWrapper(stdout, "utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(stderr, "utf-8", write_through=True)
    os.environ.clear()
    os.environ.update(clean | {"COLUMNS": "200"} | environment)
    try:
        yield stdout, stderr
    finally:
        _streams.extend([sys.stdout, sys.stderr])
        sys.argv, sys.stdin, sys.stdout, sys.stderr = kept
        os.environ.clear()
        os.environ.update(kept_environment)


_streams: list[Any] = []
"""Kept open: a logger made during one command may be used by the next."""


def write(cli: CommandLine, unit: Callable[[Writer], Any]) -> None:
    """Put something into the store of a command line, making its tables first."""

    async def open_and_write() -> None:
        async with Store.open(cli.store_url, migrate=True) as store:
            await store.write(unit)

    asyncio.run(open_and_write())
