"""Names of processes, from which others on the same machine can tell whether they still run."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def name_of_this_process() -> str:
    """A name that nobody else has: host, machine, process id, its start, and something of ours."""
    pid = os.getpid()
    return f"{socket.gethostname()}/{_machine()}/{pid}/{_started(pid)}/{secrets.token_hex(4)}"


def is_gone(name: str) -> bool:
    """Whether this was a process of this machine and is none any more; False when in doubt."""
    _host, machine, pid, started, *_ = [*name.split("/"), "", "", "", ""]
    if machine != _machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return _started(int(pid)) not in (started, None)


def _machine() -> str:
    """This start of this machine, and the namespace in which our process ids mean something."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return f"{boot}:{os.readlink('/proc/self/ns/pid')}"


def _started(pid: int) -> str | None:
    """When a process was started, in the kernel's own count; None where that is hidden.

    A process that has ended, but that its parent has not asked after yet, is none any more.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return "ended" if state in "ZX" else rest[18]
