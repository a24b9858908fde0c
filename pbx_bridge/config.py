"""The configuration: one TOML file, every key also as an environment variable.

``PBX_BRIDGE_STORE__URL`` is ``[store] url``; ``PBX_BRIDGE_PBX__0__AMI_SECRET`` is the first
``[[pbx]]``'s ``ami_secret``. Unknown keys and values that cannot be are refused at start, naming
the key, its line and what was expected. Every key is described in ``docs/settings.md``; a test
fails when one is not.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from crm_store.call_logging import (
    CallLoggingSettings,
    CallTypeRule,
    Logging,
    RecordAt,
    UnknownNumber,
)
from crm_store.records import CallType
from pbx_bridge.decisions.channel_variables import DEFAULT_DIAL_TEMPLATE
from pbx_bridge.decisions.route_names import check_dial_template, is_sound
from pbx_bridge.decisions.templates import parse_template
from pbx_bridge.errors import ConfigError
from pbx_bridge.messages.composing import mailbox

ENVIRONMENT_PREFIX = "PBX_BRIDGE_"
CONFIG_VARIABLE = "PBX_BRIDGE_CONFIG"
_OTHER_VARIABLES = frozenset({CONFIG_VARIABLE, "PBX_BRIDGE_CACHE"})
"""Environment variables with our prefix that are no configuration keys."""


def _split_commas(value: object) -> object:
    """Let an environment variable give a list as ``a,b``."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _check_country(value: str | None) -> str | None:
    if value is None:
        return None
    country = value.upper()
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("expected a two-letter country code such as AU, DE or US")
    return country


def _check_template(value: str) -> str:
    parse_template(value)
    return value


def _check_dial_template(value: str) -> str:
    check_dial_template(value)
    return value


def _check_sound(value: str | None) -> str | None:
    if value is not None and not is_sound(value):
        raise ValueError("expected the name of a sound, such as custom/closed")
    return value


def _check_address(value: str | None) -> str | None:
    if value is not None:
        mailbox(value)
    return value


def _check_networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value)
        except ValueError:
            raise ValueError(
                f"expected addresses or networks such as 10.0.0.5 or 10.0.0.0/24, not {value!r}"
            ) from None
    return values


def _check_trunks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if "/" not in value and "*" not in value:
            raise ValueError(
                f"expected patterns on channel names such as PJSIP/carrier-*, not {value!r}"
            )
    return values


def _check_public_url(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"https?://[^\s?#]+", value):
        raise ValueError("expected an address such as https://crm.example.com")
    return value


def _check_table(value: SecretStr | None) -> SecretStr | None:
    form = r"postgresql://[^/?#\s]+/[^/?#\s]+(\?table=[A-Za-z_]\w*(\.[A-Za-z_]\w*)?)?"
    if value is not None and not re.fullmatch(form, value.get_secret_value(), re.ASCII):
        raise ValueError("expected postgresql://USER:PASSWORD@HOST/DATABASE?table=TABLE")
    return value


def _check_store_url(value: str) -> str:
    if not value.startswith(("sqlite+aiosqlite:///", "sqlite:///", "postgresql+asyncpg://")):
        raise ValueError(
            "expected sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
        )
    return value


_Country = Annotated[str | None, AfterValidator(_check_country)]
_List = Annotated[tuple[str, ...], BeforeValidator(_split_commas)]
_Template = Annotated[str, AfterValidator(_check_template)]
_Status = Literal["in_progress", "completed", "not_logged"]
_NewRecord = Literal["lead", "contact", "account", "person_account", "nothing"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class StoreConfig(_Section):
    """``[store]``: where calls and customers are kept."""

    url: Annotated[str, AfterValidator(_check_store_url)] = "sqlite+aiosqlite:///pbx-bridge.db"


class NumbersConfig(_Section):
    """``[numbers]``: how numbers without a country code are read."""

    country: _Country = None


class PbxConfig(_Section):
    """``[[pbx]]``: one Asterisk."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "asterisk"
    door: Literal["ari", "fastagi"] = "ari"
    fastagi_from: Annotated[_List, AfterValidator(_check_networks)] = ()
    ari_url: str = "http://127.0.0.1:8088"
    ari_user: str = "pbx-bridge"
    ari_password: SecretStr = SecretStr("")
    ari_app: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "pbx-bridge"
    ami_host: str = "127.0.0.1"
    ami_port: Annotated[int, Field(ge=1, le=65535)] = 5038
    ami_user: str = "pbx-bridge"
    ami_secret: SecretStr = SecretStr("")
    trunks: Annotated[_List, AfterValidator(_check_trunks)] = ()
    inbound_contexts: _List = (
        "from-trunk",
        "from-trunk-*",
        "from-pstn",
        "from-pstn-*",
        "from-external",
        "from-sip-external",
        "from-analog",
        "from-digital",
        "from-dahdi",
        "from-zaptel",
    )
    country: _Country = None
    journal: Path | None = None
    journal_table: Annotated[SecretStr | None, AfterValidator(_check_table)] = None
    recordings: Path | None = None
    recordings_url: str | None = None
    phones: Annotated[str, AfterValidator(_check_dial_template)] = DEFAULT_DIAL_TEMPLATE

    @property
    def is_told_over_ami(self) -> bool:
        """Whether AMI is the only source of what happens: there is no journal of any kind."""
        return self.journal is None and self.journal_table is None

    def fastagi_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Where this PBX's FastAGI calls come from: as told, else where its AMI is.

        Raises:
            ValueError: not told, and the AMI's host is a name.
        """
        if self.fastagi_from:
            return tuple(map(ip_network, self.fastagi_from))
        if self.ami_host == "localhost":
            return (ip_network("127.0.0.1"), ip_network("::1"))
        return (ip_network(self.ami_host),)


class FastAgiConfig(_Section):
    """``[fastagi]``: where PBXs whose ``door`` is FastAGI connect to."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 4573


class MidCallConfig(_Section):
    """``[mid_call]``: what happens while a call rings."""

    budget_ms: Annotated[int, Field(ge=20, le=5000)] = 500
    known_caller: _Template = "{name} - {account}"
    stranger: _Template = "{campaign} {call_id}"
    withheld: _Template = "Withheld {call_id}"
    max_length: Annotated[int, Field(ge=10, le=80)] = 40
    owner_seconds: Annotated[int, Field(ge=1, le=120)] = 15
    vip_extensions: _List = ()
    vip_seconds: Annotated[int | None, Field(ge=1, le=3600)] = None
    vip_passes_closed: bool = True
    closed_announcement: Annotated[str | None, AfterValidator(_check_sound)] = None


class CallLoggingConfig(_Section):
    """``[call_logging]``: what an ended call becomes."""

    outbound_answered: _Status = "completed"
    outbound_unanswered: _Status = "completed"
    inbound_answered: _Status = "completed"
    missed: _Status = "in_progress"
    voicemail: _Status = "in_progress"
    unknown_inbound: _NewRecord = "lead"
    unknown_outbound: _NewRecord = "nothing"
    record_at: Literal["ring", "hangup"] = "ring"

    def settings(self) -> CallLoggingSettings:
        """The rules that these keys make: what holds until somebody writes the settings."""
        rules: dict[str, Any] = {
            kind.value: CallTypeRule(log=Logging(getattr(self, kind.value))) for kind in CallType
        }
        return CallLoggingSettings(
            **rules,
            unknown_inbound=UnknownNumber(self.unknown_inbound),
            unknown_outbound=UnknownNumber(self.unknown_outbound),
            record_at=RecordAt(self.record_at),
        )


class WebConfig(_Section):
    """``[web]``: health, metrics, the API and what strangers may ask."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8090


class ListsConfig(_Section):
    """``[lists]``: lists of people that are uploaded to be taken in."""

    folder: Path = Path("pbx-bridge-lists")
    most_megabytes: Annotated[int, Field(ge=1, le=10_000)] = 1_000


class SpoolConfig(_Section):
    """``[spool]``: where events are kept that a PBX tells over AMI alone."""

    folder: Path = Path("pbx-bridge-spool")


class WebHooksConfig(_Section):
    """``[web_hooks]``: how events are delivered."""

    allow_private: bool = False
    timeout_seconds: Annotated[float, Field(ge=0.5, le=60)] = 10.0


class MailConfig(_Section):
    """``[mail]``: the server that takes our mail; without a ``host`` none is sent."""

    host: str | None = None
    port: Annotated[int | None, Field(ge=1, le=65535)] = None
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    from_address: Annotated[str | None, AfterValidator(_check_address)] = None
    reply_to: Annotated[str | None, AfterValidator(_check_address)] = None
    public_url: Annotated[str | None, AfterValidator(_check_public_url)] = None
    timeout_seconds: Annotated[float, Field(ge=1, le=300)] = 30.0


class LogConfig(_Section):
    """``[log]``: what the bridge says of itself."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["logfmt", "json"] = "logfmt"


class Config(_Section):
    """The whole configuration, checked."""

    store: StoreConfig = StoreConfig()
    numbers: NumbersConfig = NumbersConfig()
    pbx: tuple[PbxConfig, ...] = ()
    fastagi: FastAgiConfig = FastAgiConfig()
    mid_call: MidCallConfig = MidCallConfig()
    call_logging: CallLoggingConfig = CallLoggingConfig()
    web: WebConfig = WebConfig()
    lists: ListsConfig = ListsConfig()
    spool: SpoolConfig = SpoolConfig()
    web_hooks: WebHooksConfig = WebHooksConfig()
    mail: MailConfig = MailConfig()
    log: LogConfig = LogConfig()

    def find_pbx(self, name: str | None = None, *, journal: Path | None = None) -> PbxConfig:
        """Find a PBX by its name, else by its journal, else the first (or a default one).

        Raises:
            ConfigError: no PBX of that name is configured.
        """
        for pbx in self.pbx:
            if name == pbx.name:
                return pbx
        if name is not None:
            known = ", ".join(pbx.name for pbx in self.pbx) or "none"
            raise ConfigError(f"no [[pbx]] is named {name!r}", hint=f"Configured: {known}.")
        for pbx in self.pbx:
            if journal is not None and pbx.journal == journal:
                return pbx
        return self.pbx[0] if self.pbx else PbxConfig()

    def country_of(self, pbx: PbxConfig) -> str | None:
        """The country whose national numbers a PBX's trunks send."""
        return pbx.country or self.numbers.country


def load_config(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Config:
    """Read and check the configuration.

    ``path`` None takes ``PBX_BRIDGE_CONFIG``, else the defaults alone.

    Raises:
        ConfigError: a file that cannot be read, no TOML, an unknown key or an impossible value.
    """
    variables = os.environ if environment is None else environment
    if path is None and variables.get(CONFIG_VARIABLE):
        path = Path(variables[CONFIG_VARIABLE])
    text = _read(path) if path is not None else ""
    settings = _parse(text, path)
    _overlay_environment(settings, variables)
    try:
        config = Config.model_validate(settings)
    except ValidationError as error:
        raise ConfigError(_explain(error, text, path)) from None
    _check_names(config)
    _check_sources(config)
    _check_sender(config)
    _check_fastagi(config)
    return config


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file", hint="`pbx-bridge init DIR` writes a commented one."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None


def _parse(text: str, path: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


def _overlay_environment(settings: dict[str, Any], variables: Mapping[str, str]) -> None:
    for variable in sorted(variables):
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in _OTHER_VARIABLES:
            keys = variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
            _place(settings, keys, variables[variable], variable)


def _place(into: Any, keys: list[str], value: str, variable: str) -> None:
    """Put one value where its keys lead; a number as key is the place in a list."""
    key, rest = keys[0], keys[1:]
    if isinstance(into, list):
        if not key.isdigit() or int(key) > len(into):
            raise ConfigError(f"{variable}: expected a number from 0 to {len(into)} in {key!r}")
        if int(key) == len(into):
            into.append({})
        _place(into[int(key)], rest, value, variable)
    elif not isinstance(into, dict) or not key:
        raise ConfigError(f"{variable}: names no key", hint="docs/settings.md lists them all.")
    elif not rest:
        into[key] = value
    else:
        into.setdefault(key, [] if rest[0].isdigit() else {})
        _place(into[key], rest, value, variable)


def _check_names(config: Config) -> None:
    names = [pbx.name for pbx in config.pbx]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ConfigError(
            f"[[pbx]] name: {doubled[0]!r} is used twice",
            hint="The name is part of every call's key; give each PBX its own.",
        )


def _check_sources(config: Config) -> None:
    for pbx in config.pbx:
        if pbx.journal is not None and pbx.journal_table is not None:
            raise ConfigError(
                f"[[pbx]] {pbx.name!r} has both a journal and a journal_table",
                hint="They tell the same; journal is the quicker one where the bridge can read it.",
            )


def _check_sender(config: Config) -> None:
    if config.mail.host is not None and config.mail.from_address is None:
        raise ConfigError(
            "[mail] host: a from_address is required with it",
            hint='Who writes, such as "Sales <sales@example.com>".',
        )


def _check_fastagi(config: Config) -> None:
    for number, pbx in enumerate(config.pbx, start=1):
        try:
            pbx.fastagi_networks()
        except ValueError:
            if pbx.door == "fastagi":
                raise ConfigError(
                    f'[[pbx]] number {number} door = "fastagi": fastagi_from is required with it,'
                    f" because ami_host {pbx.ami_host!r} is a name",
                    hint='The addresses that the PBX calls from: fastagi_from = ["10.0.0.5"].',
                ) from None


def _explain(error: ValidationError, text: str, path: Path | None) -> str:
    lines = []
    for problem in error.errors():
        keys = [key for key in problem["loc"] if isinstance(key, str | int)]
        where = _name_key(keys)
        line = _find_line(text, keys)
        place = f"{path}:{line}" if path and line else str(path or "environment")
        lines.append(f"{place}: {where}: {_say(problem['type'], problem['msg'], keys)}")
    return "\n".join(lines)


def _name_key(keys: list[str | int]) -> str:
    if not keys:
        return "the configuration"
    section, *rest = keys
    if rest and isinstance(rest[0], int):
        header, rest = f"[[{section}]] number {rest[0] + 1}", rest[1:]
    else:
        header = f"[{section}]" if rest else f"{section}"
    return f"{header} {'.'.join(map(str, rest))}" if rest else header


def _say(kind: str, message: str, keys: list[str | int]) -> str:
    if kind == "extra_forbidden":
        known = _known_keys(keys)
        return f"unknown key; expected one of {known}" if known else "unknown key"
    if kind == "tuple_type" and keys == ["pbx"]:
        return "expected [[pbx]] with two brackets, once for each Asterisk"
    return message.removeprefix("Value error, ")


def _known_keys(keys: list[str | int]) -> str:
    model: type[BaseModel] = Config
    for key in keys[:-1]:
        if isinstance(key, str) and key in model.model_fields:
            annotation = model.model_fields[key].annotation
            model = PbxConfig if key == "pbx" else annotation  # type: ignore[assignment]
    return ", ".join(model.model_fields)


def _find_line(text: str, keys: list[str | int]) -> int | None:
    """Find the line of a key in the file: the n-th header of its section, then the key."""
    if not keys:
        return None
    section, index = str(keys[0]), keys[1] if len(keys) > 1 and isinstance(keys[1], int) else 0
    name = str(keys[-1]) if len(keys) > 1 else None
    seen, inside = -1, False
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?\s*([\w.-]+)\s*\]?\]", line)
        if header:
            seen += header[1] == section
            inside = header[1] == section and seen == index
            if inside and (name is None or isinstance(keys[-1], int)):
                return number
        elif re.match(rf"\s*{re.escape(name or section)}\s*=", line) and (inside or name is None):
            return number
    return None
