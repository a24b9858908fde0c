"""Check docker/ without an engine; print what is wrong and exit 1, or say that nothing is.

Hadolint reads the Dockerfiles, compose-spec the compose file; the rest is what neither can know:
that every path and command in them exists in this checkout, that the bridge's environment and
pbx-bridge.toml make a configuration the bridge accepts, and that Asterisk's files include every
file of dialplan/.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from compose_spec import PyCompose
from dockerfile_parse import DockerfileParser

from pbx_bridge.config import ENVIRONMENT_PREFIX, load_config
from pbx_bridge.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
DOCKER = ROOT / "docker"
DOCKERFILES = sorted(DOCKER.glob("*.Dockerfile"))
COMPOSE = DOCKER / "compose.yaml"
COMMANDS_OF_BASE_IMAGES = {"asterisk", "pg_isready", "python"}
INTERPOLATION = re.compile(r"\$\{(?P<name>\w+)(?::\?[^}]*)?\}")

Instruction = dict[str, Any]
Service = dict[str, Any]


def read_instructions(dockerfile: Path) -> list[Instruction]:
    """The instructions of a Dockerfile, comments left out."""
    with dockerfile.open("rb") as text:
        structure = DockerfileParser(fileobj=text).structure
    return [step for step in structure if step["instruction"] != "COMMENT"]


def read_compose() -> dict[str, Any]:
    """The compose file; ValueError, with the place, when it is none."""
    try:
        compose = PyCompose.from_yaml(COMPOSE.read_text("utf-8"))
        compose.validate()
    except ValueError as error:
        raise ValueError(f"compose.yaml: {error}") from None
    specification: dict[str, Any] = compose.to_dict()
    return specification


def read_services() -> dict[str, Service]:
    """The services of the compose file."""
    services: dict[str, Service] = read_compose()["services"]
    return services


def check_style() -> Iterator[str]:
    """What hadolint says of the Dockerfiles."""
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which(
        "hadolint"
    )
    if hadolint is None:
        yield "hadolint is not installed: `make .venv` brings it"
        return
    command = [hadolint, "--no-color", *map(str, DOCKERFILES)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    yield from (said.stdout + said.stderr).splitlines()


def check_copied_paths() -> Iterator[str]:
    """Every COPY takes what exists and what the build context is told to hold."""
    for dockerfile in DOCKERFILES:
        admitted = read_admitted(dockerfile)
        for step in read_instructions(dockerfile):
            words = step["value"].split()
            if step["instruction"] != "COPY" or any(w.startswith("--from=") for w in words):
                continue
            for source in [word for word in words if not word.startswith("--")][:-1]:
                if not (ROOT / source).exists():
                    yield f"{dockerfile.name}:{step['startline'] + 1}: no {source} in the checkout"
                if source not in admitted:
                    yield f"{dockerfile.name}.dockerignore: keeps {source} out of the build"


def read_admitted(dockerfile: Path) -> set[str]:
    """The paths that a Dockerfile's own .dockerignore lets into the build context."""
    lines = dockerfile.with_name(f"{dockerfile.name}.dockerignore").read_text().splitlines()
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def check_commands() -> Iterator[str]:
    """Every command that an image or a service starts exists, with its subcommand."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    copied = set(re.findall(r"/usr/local/bin/(\S+)", (DOCKER / "asterisk.Dockerfile").read_text()))
    known = COMMANDS_OF_BASE_IMAGES | set(scripts) | copied
    for where, words in find_commands():
        if words[0] not in known and not words[0].startswith("--"):
            yield f"{where}: no command {words[0]!r}"
    if find_spec("pbx_bridge.cli") is not None:
        yield from check_subcommands()


def find_commands() -> Iterator[tuple[str, list[str]]]:
    """(where, words) of each entry point, command and health check."""
    for dockerfile in DOCKERFILES:
        for step in read_instructions(dockerfile):
            if step["instruction"] in {"ENTRYPOINT", "CMD", "HEALTHCHECK"}:
                yield f"{dockerfile.name}:{step['startline'] + 1}", read_words(dockerfile, step)
    for name, service in read_services().items():
        if check := service.get("healthcheck"):
            yield f"compose.yaml: {name}", check["test"][1:]


def read_words(dockerfile: Path, step: Instruction) -> list[str]:
    """The words of an instruction in its exec form, ["program", "argument"]; else ValueError."""
    try:
        words: list[str] = json.loads(step["value"][step["value"].index("[") :])
    except ValueError:
        raise ValueError(
            f"{dockerfile.name}:{step['startline'] + 1}: {step['instruction']} is not in exec form"
        ) from None
    return words


def check_subcommands() -> Iterator[str]:
    """The subcommand that the bridge's image starts is one that the bridge has."""
    dockerfile = DOCKER / "bridge.Dockerfile"
    steps = read_instructions(dockerfile)
    (words,) = (read_words(dockerfile, step) for step in steps if step["instruction"] == "CMD")
    command = [sys.executable, "-m", "pbx_bridge", words[-1], "--help"]
    if subprocess.run(command, capture_output=True, check=False, cwd=ROOT).returncode:  # noqa: S603
        yield f"bridge.Dockerfile: pbx-bridge has no command {words[-1]!r}"


def check_configuration() -> Iterator[str]:
    """pbx-bridge.toml and the service's environment make a configuration the bridge accepts."""
    services = read_services()
    secrets = set(re.findall(r"(?m)^(\w+)=", (DOCKER / "example.env").read_text()))
    for name in sorted(set(INTERPOLATION.findall(COMPOSE.read_text())) - secrets):
        yield f"example.env: {name} is missing"
    environment = {
        key: INTERPOLATION.sub("secret", str(value))
        for key, value in services["bridge"]["environment"].items()
    }
    for name in environment:
        if not name.startswith(ENVIRONMENT_PREFIX):
            yield f"compose.yaml: bridge: {name} is no configuration key"
    try:
        load_config(DOCKER / "pbx-bridge.toml", environment)
    except ConfigError as error:
        yield str(error)


def check_mounts() -> Iterator[str]:
    """What compose builds from and mounts exists."""
    volumes = read_compose()["volumes"]
    for name, service in read_services().items():
        if (build := service.get("build")) is not None:
            dockerfile = (DOCKER / build["context"] / build["dockerfile"]).resolve()
            if dockerfile not in DOCKERFILES:
                yield f"compose.yaml: {name}: no {build['dockerfile']}"
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith(".") and not (DOCKER / source).exists():
                yield f"compose.yaml: {name}: no {source}"
            if not source.startswith(".") and source not in volumes:
                yield f"compose.yaml: {name}: no volume {source}"


def check_dialplan_is_included() -> Iterator[str]:
    """Asterisk's files include every file of dialplan/ for its version, and no other."""
    files = {path.name for path in (ROOT / "dialplan").glob("*.conf")}
    shipped = {name for name in files if not name.endswith("_older.conf")}
    texts = [path.read_text() for path in (DOCKER / "asterisk").glob("*.conf")]
    included = set(re.findall(r"(?m)^#include pbx-bridge/(\S+)$", "\n".join(texts)))
    for name in sorted(shipped - included):
        yield f"docker/asterisk: nothing includes dialplan/{name}"
    for name in sorted(included - shipped):
        yield f"docker/asterisk: includes {name}, which dialplan/ does not have"


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    check_style,
    check_copied_paths,
    check_commands,
    check_configuration,
    check_mounts,
    check_dialplan_is_included,
)


def main() -> int:
    """Run every check. Returns the exit status."""
    try:
        findings = [finding for check in CHECKS for finding in check()]
    except ValueError as error:
        findings = [str(error)]
    for finding in findings:
        print(finding)
    if not findings:
        print("docker: nothing to say")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
