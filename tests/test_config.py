"""The configuration: what is refused and how, what the environment says, what is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from pbx_bridge.config import Config, PbxConfig, StoreConfig, WebConfig, load_config
from pbx_bridge.errors import ConfigError

DOCS = (Path(__file__).parents[1] / "docs/settings.md").read_text("utf-8")
_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| `(\w+)` \| (.+) \|$", re.MULTILINE)
_IN_WORDS = {None: "unset", "": "empty"}


def sections() -> Iterator[tuple[str, str, type[BaseModel]]]:
    """Each section: its name, its heading, its model."""
    for name, field in Config.model_fields.items():
        model = PbxConfig if name == "pbx" else field.annotation
        assert isinstance(model, type)
        yield name, "[[pbx]]" if name == "pbx" else f"[{name}]", model


def read(tmp_path: Path, text: str, **environment: str) -> Config:
    """Load this text as the configuration."""
    path = tmp_path / "pbx-bridge.toml"
    path.write_text(text, "utf-8")
    return load_config(path, environment)


def complaint(tmp_path: Path, text: str, **environment: str) -> str:
    """What is said about this text, without the folder."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text, **environment)
    return _plainly(str(caught.value)).replace(f"{tmp_path}/", "")


def _plainly(said: str) -> str:
    """A complaint with ``[[pbx]] number 1`` in one way of writing it."""
    return re.sub(r"\[\[pbx\] number (\d)\]", r"[[pbx]] number \1", said)


def test_every_setting_is_documented() -> None:
    """docs/settings.md has each key, its default, its variable, and nothing else."""
    documented = {}
    for _, heading, _ in sections():
        part = DOCS.partition(f"\n## `{heading}`\n")[2].partition("\n## ")[0]
        documented |= {(heading, row[1]): (row[2], row[3]) for row in _ROW.finditer(part)}
    expected = {
        (heading, key): (_shown(heading, key, field.default), _variable(name, key))
        for name, heading, model in sections()
        for key, field in model.model_fields.items()
    }
    assert documented == expected


def _shown(heading: str, key: str, default: Any) -> str:
    """A default as the page shows it."""
    if (heading, key) == ("[[pbx]]", "country"):
        return "that of `[numbers]`"
    plain = default.get_secret_value() if isinstance(default, SecretStr) else default
    if plain in _IN_WORDS:
        return _IN_WORDS[plain]
    if isinstance(plain, bool):
        return f"`{plain}`".lower()
    if isinstance(plain, tuple):
        return "`[" + ", ".join(f'"{each}"' for each in plain) + "]`"
    return f"`{plain}`"


def _variable(section: str, key: str) -> str:
    place = "PBX__0" if section == "pbx" else section.upper()
    return f"PBX_BRIDGE_{place}__{key.upper()}"


def test_every_documented_variable_is_read() -> None:
    """Each variable of the page sets its key: a wrong value in it is refused by that key's name."""
    for name, heading, model in sections():
        for key in model.model_fields:
            config = _try({_variable(name, key): "\N{SNOWMAN}" * 200})
            section = "[[pbx]] number 1" if name == "pbx" else heading
            if isinstance(config, Config):
                part = config.pbx[0] if name == "pbx" else getattr(config, name)
                assert "\N{SNOWMAN}" in _text_of(getattr(part, key)), key
            else:
                assert f"{section} {key}: " in config


def _try(environment: dict[str, str]) -> Config | str:
    try:
        return load_config(None, environment)
    except ConfigError as error:
        return _plainly(str(error))


def _text_of(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def test_nothing_at_all_is_a_configuration() -> None:
    """Without a file and a variable the defaults hold."""
    assert load_config(None, {}) == Config()


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """Sections, several PBXs, lists and paths come as they stand there."""
    config = read(
        tmp_path,
        '[numbers]\ncountry = "au"\n[[pbx]]\nname = "a"\njournal = "/j.csv"\n'
        '[[pbx]]\nname = "b"\ntrunks = ["PJSIP/t-*", "DAHDI/*"]\ncountry = "DE"\n',
    )
    a, b = config.pbx
    assert (a.journal, b.trunks) == (Path("/j.csv"), ("PJSIP/t-*", "DAHDI/*"))
    assert [config.country_of(pbx) for pbx in (a, b)] == ["AU", "DE"]


def test_a_file_from_a_windows_editor_is_read(tmp_path: Path) -> None:
    """It begins with a byte order mark, and its lines end in CRLF."""
    config = read(tmp_path, '\ufeff[numbers]\r\ncountry = "DE"\r\n')
    assert config.numbers.country == "DE"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[stoer]\nurl = 1\n", "pbx-bridge.toml:1: stoer: unknown key; expected one of store, "),
        (
            "\n[web]\nprot = 1\n",
            "pbx-bridge.toml:3: [web] prot: unknown key; expected one of host, port",
        ),
        (
            '[[pbx]]\nname = "a"\n[[pbx]]\nname = "b"\nari_uri = ""\n',
            "pbx-bridge.toml:5: [[pbx]] number 2 ari_uri: unknown key; expected one of name, ",
        ),
        (
            '[web]\n# a comment\nport = "many"\n',
            "pbx-bridge.toml:3: [web] port: Input should be a valid integer, unable to parse",
        ),
        ("[web]\nport = 65536\n", "pbx-bridge.toml:2: [web] port: Input should be less than or"),
        ("[store]\nurl = 5\n", "pbx-bridge.toml:2: [store] url: Input should be a valid string"),
        (
            '[store]\nurl = "mysql://x"\n',
            "pbx-bridge.toml:2: [store] url: expected sqlite+aiosqlite:///PATH or postgresql",
        ),
        (
            '[numbers]\ncountry = "Australia"\n',
            "pbx-bridge.toml:2: [numbers] country: expected a two-letter country code such as AU",
        ),
        (
            '[[pbx]]\nname = "my pbx"\n',
            "pbx-bridge.toml:2: [[pbx]] number 1 name: String should match pattern",
        ),
        (
            '[[pbx]]\nphones = "PJSIP/1001"\n',
            "pbx-bridge.toml:2: [[pbx]] number 1 phones: dial template 'PJSIP/1001' must have "
            "{extension} once",
        ),
        (
            '[mid_call]\nstranger = "{campain}"\n',
            "pbx-bridge.toml:2: [mid_call] stranger: ",
        ),
        (
            '[mid_call]\nclosed_announcement = "../x"\n',
            "pbx-bridge.toml:2: [mid_call] closed_announcement: expected the name of a sound",
        ),
        (
            '[call_logging]\nmissed = "later"\n',
            "pbx-bridge.toml:2: [call_logging] missed: Input should be 'in_progress', 'completed'",
        ),
        (
            '[call_logging]\nrecord_at = "never"\n',
            "pbx-bridge.toml:2: [call_logging] record_at: Input should be 'ring' or 'hangup'",
        ),
        (
            '[[pbx]]\ndoor = "agi"\n',
            "pbx-bridge.toml:2: [[pbx]] number 1 door: Input should be 'ari' or 'fastagi'",
        ),
        (
            '[[pbx]]\nfastagi_from = ["10.0.0.0/24", "pbx"]\n',
            "pbx-bridge.toml:2: [[pbx]] number 1 fastagi_from: expected addresses or networks such "
            "as 10.0.0.5 or 10.0.0.0/24, not 'pbx'",
        ),
        (
            '[[pbx]]\ndoor = "fastagi"\nami_host = "pbx.example.com"\n',
            '[[pbx]] number 1 door = "fastagi": fastagi_from is required with it, because ami_host '
            "'pbx.example.com' is a name",
        ),
        ("[fastagi]\nport = 0\n", "pbx-bridge.toml:2: [fastagi] port: Input should be greater"),
        (
            "[pbx]\nname = 'a'\n",
            "pbx-bridge.toml:1: pbx: expected [[pbx]] with two brackets, once for each Asterisk",
        ),
        (
            "[[pbx]]\ntrunks = ['carrier']\n",
            "pbx-bridge.toml:2: [[pbx]] number 1 trunks: expected patterns on channel names such "
            "as PJSIP/carrier-*, not 'carrier'",
        ),
        ("[web\n", "pbx-bridge.toml: not valid TOML: Expected ']' at the end of a table"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    """File, line, section, key, and what was expected."""
    assert complaint(tmp_path, text).startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["127.0.0.1/32"]),
        ('ami_host = "localhost"\n', ["127.0.0.1/32", "::1/128"]),
        ('ami_host = "10.0.0.5"\n', ["10.0.0.5/32"]),
        (
            'ami_host = "pbx"\nfastagi_from = ["10.1.0.0/16", "fd00::1"]\n',
            ["10.1.0.0/16", "fd00::1/128"],
        ),
    ],
)
def test_fastagi_is_for_the_pbx_alone(tmp_path: Path, text: str, expected: list[str]) -> None:
    """The addresses that were named, or the one where its AMI is."""
    (pbx,) = read(tmp_path, f'[[pbx]]\ndoor = "fastagi"\n{text}').pbx
    assert [str(network) for network in pbx.fastagi_networks()] == expected


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    """One start tells all there is to mend, a line each."""
    said = complaint(tmp_path, "[web]\nport = -1\nhost = 5\n[log]\nlevel = 'loud'\n")
    assert [line.partition(": ")[0] for line in said.splitlines()] == [
        *("pbx-bridge.toml:3", "pbx-bridge.toml:2", "pbx-bridge.toml:5"),
    ]


def test_a_secret_is_not_repeated_in_a_complaint(tmp_path: Path) -> None:
    """What is wrong about a password is said without the password."""
    said = complaint(tmp_path, '[[pbx]]\nami_secret = ["hunter2"]\n')
    assert "ami_secret" in said
    assert "hunter2" not in said
    assert "hunter2" not in repr(read(tmp_path, '[[pbx]]\nami_secret = "hunter2"\n'))


def test_two_pbxs_of_one_name_are_refused(tmp_path: Path) -> None:
    """The name is part of every call's key."""
    text = '[[pbx]]\nname = "a"\n[[pbx]]\nname = "a"\n'
    assert complaint(tmp_path, text) == "[[pbx]] name: 'a' is used twice"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A variable replaces its key and leaves the others; a list is written with commas."""
    config = read(
        tmp_path,
        '[web]\nhost = "::1"\nport = 1\n[[pbx]]\nname = "a"\nami_secret = "old"\n',
        PBX_BRIDGE_WEB__PORT="2",
        PBX_BRIDGE_STORE__URL="sqlite+aiosqlite:///other.db",
        PBX_BRIDGE_PBX__0__AMI_SECRET="new",
        PBX_BRIDGE_PBX__0__TRUNKS="PJSIP/a-*, PJSIP/b-*",
        PBX_BRIDGE_PBX__1__NAME="b",
    )
    assert config == Config(
        web=WebConfig(host="::1", port=2),
        store=StoreConfig(url="sqlite+aiosqlite:///other.db"),
        pbx=(
            PbxConfig(name="a", ami_secret=SecretStr("new"), trunks=("PJSIP/a-*", "PJSIP/b-*")),
            PbxConfig(name="b"),
        ),
    )


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PBX_BRIDGE_WEB__PROT", "1", "environment: [web] prot: unknown key; expected one of"),
        ("PBX_BRIDGE_WEB__PORT", "x", "environment: [web] port: Input should be a valid integer"),
        ("PBX_BRIDGE_STOER", "1", "environment: stoer: unknown key"),
        ("PBX_BRIDGE_PBX__3__NAME", "x", "PBX_BRIDGE_PBX__3__NAME: expected a number from 0 to 0"),
        ("PBX_BRIDGE_PBX__FIRST__NAME", "x", "environment: pbx"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(variable: str, value: str, expected: str) -> None:
    """The environment is checked as strictly as the file."""
    said = _try({variable: value})
    assert isinstance(said, str)
    assert said.startswith(expected)


def test_an_environment_variable_below_a_plain_value_names_no_key(tmp_path: Path) -> None:
    """PBX_BRIDGE_WEB__PORT__X is a slip of the pen, told as one."""
    path = tmp_path / "pbx-bridge.toml"
    path.write_text("[web]\nport = 1\n")
    with pytest.raises(ConfigError, match="PBX_BRIDGE_WEB__PORT__X: names no key"):
        load_config(path, {"PBX_BRIDGE_WEB__PORT__X": "1"})
