"""Where `make lab` put the parts of the lab."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from pbx_bridge.lab.errors import LabError

_INSTALL = "run `make lab` in the checkout: it installs what is missing"


def cache_directory() -> Path:
    """Return the folder that outlives checkouts: Asterisk's packages and rendered speech."""
    if chosen := os.environ.get("PBX_BRIDGE_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pbx-bridge"


def find_program(name: str) -> str:
    """Return the absolute path of a program of the lab; LabError when it is not installed."""
    if path := shutil.which(name):
        return path
    raise LabError(f"{name} is not installed", hint=_INSTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskInstallation:
    """Asterisk's packages, unpacked under ``root`` and run with their own loader and C library."""

    version: int
    root: Path
    loader: Path
    libraries: tuple[Path, ...]

    @property
    def modules(self) -> Path:
        """The folder of Asterisk's loadable modules."""
        folders = (libraries / "asterisk" / "modules" for libraries in self.libraries)
        return next(folder for folder in folders if folder.is_dir())

    @property
    def command(self) -> tuple[str, ...]:
        """The words that start this Asterisk; options follow."""
        return (
            str(self.loader),
            "--library-path",
            ":".join(map(str, self.libraries)),
            str(self.root / "usr/sbin/asterisk"),
        )


def find_asterisk(version: int = 22) -> AsteriskInstallation:
    """Return the Asterisk that `make lab` unpacked, 22 or 16; LabError when there is none.

    Debian's older releases keep half of their libraries outside of ``usr``.
    """
    root = cache_directory() / f"asterisk-{version}"
    if (root / "usr/sbin/asterisk").exists():
        libraries = [
            folder
            for pattern in ("lib/*-linux-gnu*", "usr/lib/*-linux-gnu*", "usr/lib")
            for folder in sorted(root.glob(pattern))
        ]
        for folder in libraries:
            for loader in sorted(folder.glob("ld-linux*.so.*")):
                return AsteriskInstallation(
                    version=version, root=root, loader=loader, libraries=tuple(libraries)
                )
    raise LabError(f"no Asterisk {version} for the lab in {root}", hint=_INSTALL)
