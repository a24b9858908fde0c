"""``init``: a configuration and snippets that belong together."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path

import pytest
from command_line import CommandLine

from pbx_bridge.config import Config, load_config

DIALPLAN = Path(__file__).parents[2] / "dialplan"
SECRETS = re.compile(r"(?m)^(?:password|secret)=(.+)$")


@pytest.fixture
def written(cli: CommandLine) -> Path:
    """The folder that ``init`` has written."""
    folder = cli.folder / "asterisk/pbx-bridge"
    assert cli.run("init", folder).status == 0
    return folder


def test_every_snippet_and_the_configuration_are_written(written: Path) -> None:
    """The files of dialplan/, all of them, and one TOML file."""
    expected = {path.name for path in DIALPLAN.glob("*.conf")} | {"pbx-bridge.toml"}
    assert {path.name for path in written.iterdir()} == expected


def test_the_secrets_are_new_and_the_same_on_both_sides(cli: CommandLine, written: Path) -> None:
    """What the bridge says is what Asterisk expects; no placeholder is left; no two are alike."""
    cli.run("init", cli.folder / "other")
    seen = set()
    for folder in (written, cli.folder / "other"):
        (pbx,) = load_config(folder / "pbx-bridge.toml", {}).pbx
        ours = pbx.ari_password.get_secret_value(), pbx.ami_secret.get_secret_value()
        theirs = [
            SECRETS.findall((folder / name).read_text("utf-8"))
            for name in ("ari_pbx_bridge.conf", "manager_pbx_bridge.conf")
        ]
        assert theirs == [[ours[0]], [ours[1]]]
        seen |= set(ours)
        assert [p.name for p in folder.iterdir() if "CHANGE_ME" in p.read_text("utf-8")] == []
    assert {len(secret) for secret in seen} == {32}
    assert len(seen) == 4


def test_everything_else_is_as_shipped(written: Path) -> None:
    """But for the secrets, the snippets are those of dialplan/, byte for byte."""
    for path in DIALPLAN.glob("*.conf"):
        shipped = path.read_bytes()
        text = (written / path.name).read_text("utf-8")
        for placeholder in re.findall(r"CHANGE_ME_\w+", shipped.decode()):
            text = SECRETS.sub(lambda found: found[0].replace(found[1], placeholder), text)  # noqa: B023 - used at once
        assert text.encode() == shipped


def test_strangers_cannot_read_the_secrets(written: Path) -> None:
    """Files with secrets are for owner and group, the others for everybody."""
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in written.iterdir()}
    private = {name for name, mode in modes.items() if mode == 0o640}
    managers = {"manager_pbx_bridge.conf", "manager_pbx_bridge_older.conf"}
    assert private == {"pbx-bridge.toml", "ari_pbx_bridge.conf", *managers}
    assert set(modes.values()) == {0o640, 0o644}


def test_what_is_commented_out_is_the_default(written: Path) -> None:
    """A ``# key = value`` line says the default; taking the ``# `` away changes nothing."""
    text = (written / "pbx-bridge.toml").read_text("utf-8")
    uncommented = re.sub(r"(?m)^# (\w+ = )", r"\1", text)
    assert uncommented.count("\n") == text.count("\n")
    as_written, spelled_out = (Config.model_validate(tomllib.loads(t)) for t in (text, uncommented))
    assert spelled_out == as_written
    changed = as_written.model_dump(exclude_defaults=True)
    assert sorted(changed) == ["pbx"]
    (pbx,) = changed["pbx"]
    assert sorted(pbx) == ["ami_secret", "ari_password", "journal", "recordings", "trunks"]


def test_every_key_has_its_line(written: Path) -> None:
    """Each key of each section, set, as its default, or as an example."""
    text = (written / "pbx-bridge.toml").read_text("utf-8")
    for section, field in Config.model_fields.items():
        model = field.annotation
        entry = getattr(model, "__args__", (model,))[0]
        heading = "[[pbx]]" if section == "pbx" else f"[{section}]"
        lines = text.partition(f"\n{heading}\n")[2].partition("\n[")[0]
        keys = set(re.findall(r"(?m)^(?:# |# For example: )?(\w+) = ", lines))
        assert (section, keys) == (section, set(entry.model_fields))


def test_nothing_is_overwritten(cli: CommandLine, written: Path) -> None:
    """One file that is there stops all; --force replaces them."""
    globals_ = written / "globals_pbx_bridge.conf"
    for path in written.iterdir():
        if path != globals_:
            path.unlink()
    globals_.write_text("mine\n")
    answer = cli.run("init", written)
    assert (answer.status, answer.stderr.splitlines()) == (
        2,
        [
            f"error: {written}: is not overwritten: globals_pbx_bridge.conf",
            "  Choose another folder, or --force: it makes new secrets and drops your changes.",
        ],
    )
    assert [(path.name, path.read_text()) for path in written.iterdir()] == [
        ("globals_pbx_bridge.conf", "mine\n")
    ]
    assert cli.run("init", "--force", written).status == 0
    assert globals_.read_text() == (DIALPLAN / "globals_pbx_bridge.conf").read_text()


def test_the_next_steps_name_every_file_and_where_it_goes(cli: CommandLine) -> None:
    """Include lines with the folder's own path, FreePBX's names, and the commands to go on with."""
    folder = cli.folder / "here"
    answer = cli.run("init", folder, "--country", "de")
    for name in ("globals", "extensions", "http", "ari", "manager", "cel", "cel_custom", "cli"):
        assert f"#include {folder}/{name}_pbx_bridge.conf " in answer.text
    for name in ("extensions_custom.conf", "cel_general_custom.conf", "ari_additional_custom.conf"):
        assert name in answer.text
    assert f"pbx-bridge --config {folder}/pbx-bridge.toml check" in answer.text
    assert load_config(folder / "pbx-bridge.toml", {}).numbers.country == "DE"


def test_a_country_that_is_none_is_refused(cli: CommandLine) -> None:
    """Before anything is written."""
    answer = cli.run("init", cli.folder / "here", "--country", "Germany")
    assert answer.status == 2
    assert "expected a two-letter country code" in answer.stderr
    assert not (cli.folder / "here").exists()


def test_a_folder_that_cannot_be_made_is_named(cli: CommandLine) -> None:
    """A file in its place: no traceback."""
    (cli.folder / "file").write_text("")
    answer = cli.run("init", cli.folder / "file" / "here")
    assert (answer.status, answer.stderr) == (
        2,
        f"error: {cli.folder}/file/here: cannot be written: Not a directory\n",
    )
