"""Which extensions, queues, boxes and sounds may be written into a dialplan.

The shipped dialplan filters what it reads once more, by the same characters: what is accepted
here arrives there unchanged, so that no call can ring the wrong phone for want of a character.
"""

from __future__ import annotations

import re
from typing import Final

EXTENSION_RULE: Final = "letters, digits and _ + . -"

_EXTENSION: Final = re.compile(r"[A-Za-z0-9_+.-]{1,80}")
_QUEUE: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
_VOICEMAIL_BOX: Final = re.compile(r"[A-Za-z0-9._-]{1,80}(@[A-Za-z0-9._-]{1,80})?")
_SOUND: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9/_-]{0,119}")
_DIAL_TEMPLATE: Final = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9/@:._+-]*")
_SLOT: Final = "{extension}"


def is_extension(text: str) -> bool:
    """Say whether a phone can be dialled under this name: letters, digits and ``_ + . -``."""
    return _EXTENSION.fullmatch(text) is not None


def is_queue_name(text: str) -> bool:
    """Say whether this can name a queue: letters, digits and ``_ -``."""
    return _QUEUE.fullmatch(text) is not None


def is_voicemail_box(text: str) -> bool:
    """Say whether this can name a box: ``1001``, or ``1001@context``."""
    return _VOICEMAIL_BOX.fullmatch(text) is not None


def is_sound(text: str) -> bool:
    """Say whether this can name a sound: a relative path without the file's ending."""
    return _SOUND.fullmatch(text) is not None


def check_dial_template(text: str) -> str:
    """Return ``text`` if it can turn extensions into what Dial() takes.

    For example ``PJSIP/{extension}`` or ``Local/{extension}@from-internal/n``. Raises
    ValueError, saying what is expected, when it cannot.
    """
    is_usable = text.count(_SLOT) == 1 and _DIAL_TEMPLATE.fullmatch(text.replace(_SLOT, ""))
    if not is_usable:
        raise ValueError(
            f"dial template {text!r} must have {_SLOT} once, after a technology and a slash, and "
            "else only letters, digits and / @ : . _ + -; for example PJSIP/{extension}"
        )
    return text


def dial_string(extensions: tuple[str, ...], dial_template: str) -> str:
    """Return what Dial() takes to ring all extensions at once: ``PJSIP/1001&PJSIP/1002``."""
    return "&".join(dial_template.replace(_SLOT, extension) for extension in extensions)
