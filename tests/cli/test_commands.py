"""What all commands share: the configuration, errors in words, migrate."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from command_line import CommandLine

from crm_store.errors import StoreUnreachable
from crm_store.schema import head_revision
from pbx_bridge import app
from pbx_bridge.errors import LinkError


def test_migrate_makes_the_tables(cli_on_each_engine: CommandLine) -> None:
    """Where nothing was, the store answers afterwards; once more changes nothing."""
    for _ in range(2):
        answer = cli_on_each_engine("migrate")
        shown = f"{cli_on_each_engine.store_url} is at revision {head_revision()}\n"
        assert (answer.status, answer.text, answer.stderr) == (0, shown, "")
    assert cli_on_each_engine("calls", "--format", "jsonl").status == 0


@pytest.mark.parametrize("command", [["run"], ["check"], ["calls"], ["backfill", "-"], ["migrate"]])
def test_a_wrong_configuration_stops_every_command(cli: CommandLine, command: list[str]) -> None:
    """File, line, key and what was expected, with its brackets; exit 2."""
    cli.write_config("[web]\nport = 99999\n")
    answer = cli(*command)
    assert (answer.status, answer.text, answer.stderr) == (
        *(2, ""),
        f"error: {cli.config}:4: [web] port: Input should be less than or equal to 65535\n",
    )


def test_a_missing_configuration_says_how_to_get_one(cli: CommandLine) -> None:
    """``init`` is the hint."""
    answer = cli.run("--config", "gone.toml", "run")
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        [
            "error: gone.toml: no such file",
            "  `pbx-bridge init DIR` writes a commented one.",
        ],
    )


def test_the_environment_names_the_configuration_and_wins_over_it(cli: CommandLine) -> None:
    """PBX_BRIDGE_CONFIG finds the file, PBX_BRIDGE_STORE__URL replaces a key of it."""
    environment = {
        "PBX_BRIDGE_CONFIG": str(cli.config),
        "PBX_BRIDGE_STORE__URL": f"sqlite+aiosqlite:///{cli.folder}/other.db",
    }
    assert cli.run("migrate", environment=environment).status == 0
    assert sorted(path.name for path in cli.folder.glob("*.db")) == ["other.db"]


def test_run_says_when_its_port_is_taken(cli: CommandLine) -> None:
    """A second bridge on one host: the address and the setting, no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        cli.write_config(f'[web]\nport = {port}\n[log]\nlevel = "error"\n')
        answer = cli("run")
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        [
            f"error: cannot listen on 127.0.0.1:{port}",
            "  Is it taken (by another bridge)? [web] host and port say where to listen.",
        ],
    )


@pytest.mark.parametrize("command", [["run"], ["migrate"], ["backfill", "-"]])
def test_a_folder_for_the_store_that_is_not_there_is_named(
    cli: CommandLine, command: list[str], tmp_path: Path
) -> None:
    """Every command that makes a store says why it cannot."""
    cli.store_url = f"sqlite+aiosqlite:///{tmp_path}/gone/store.db"
    cli.write_config()
    answer = cli(*command)
    assert answer.status == 2
    assert answer.stderr.startswith(f"error: the store sqlite:///{tmp_path}/gone/store.db cannot")
    assert "Traceback" not in answer.stderr


def test_errors_that_come_together_are_told_one_by_one(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writes run side by side, so that a lost store fails several at once: a line for each."""

    async def fail(*_: object, **__: object) -> None:
        inner = ExceptionGroup("", [StoreUnreachable("the store is gone", hint="look for it")])
        raise ExceptionGroup("", [LinkError("[lab] is gone"), inner])

    monkeypatch.setattr(app, "backfill", fail)
    answer = cli("backfill", "-")
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        ["error: [lab] is gone", "error: the store is gone", "  look for it"],
    )


def test_a_fault_of_ours_is_not_hidden(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw keeps its traceback, also beside an error in words."""

    async def fail(*_: object, **__: object) -> None:
        raise ExceptionGroup("broken", [LinkError("the link"), KeyError("ours")])

    monkeypatch.setattr(app, "backfill", fail)
    with pytest.raises(ExceptionGroup, match="broken"):
        cli("backfill", "-")


def test_version_is_told(cli: CommandLine) -> None:
    """One word for bug reports."""
    assert cli.run("--version").text == "0.1.0\n"
