"""The recordings on this host's disks: found only below the folders that are configured.

A path comes from what the PBX told of a call. What leads out of the PBX's folder, by ``..`` or by
a symbolic link, is not there for us.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath


class RecordingFolders:
    """The folder of each PBX's recordings, by the name of the PBX."""

    def __init__(self, folders: Mapping[str, Path | None]) -> None:
        self._folders = folders

    def knows(self, pbx: str) -> bool:
        """Whether the folder of this PBX is configured."""
        return self._folders.get(pbx) is not None

    def find(self, pbx: str, path: str) -> Path | None:
        """The file that a recording's path names; None where there is none below the folder.

        Looks at the disk: call it in a thread.
        """
        folder = self._folders.get(pbx)
        if folder is None:
            return None
        try:
            root = folder.resolve(strict=True)
            for place in _places(root, path):
                file = place.resolve(strict=False)
                if file.is_file() and file.is_relative_to(root):
                    return file
        except (OSError, ValueError, RuntimeError):
            return None
        return None

    def remove(self, pbx: str, path: str) -> bool:
        """Delete the file that a recording's path names; tell whether there was one.

        Looks at the disk: call it in a thread. Raises OSError for one that cannot be deleted.
        """
        file = self.find(pbx, path)
        if file is None:
            return False
        file.unlink(missing_ok=True)
        return True

    def advice(self, pbx: str, path: str) -> str:
        """What an administrator can look at when a recording is not found."""
        folder = self._folders.get(pbx)
        if folder is None:
            return f"[[pbx]] recordings is not set for {pbx!r}: see docs/settings.md"
        name = PurePosixPath(path).name
        return f"{name} is not below {folder}: was it moved or deleted, or may we not read it?"


def _places(root: Path, path: str) -> Iterator[Path]:
    if PurePosixPath(path).is_absolute():
        yield Path(path)
    yield root / path.lstrip("/")
    yield root / PurePosixPath(path).name
