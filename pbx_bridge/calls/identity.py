"""Who called, and whom: the numbers of a call. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from pbx_bridge.calls.call import Direction
from pbx_bridge.calls.leg import Leg
from pbx_bridge.calls.plot import FULL_NUMBER, SHORT_NUMBER, Plot

_NO_EXTEN = frozenset({"", "s", "h", "i", "t"})
_WITHHELD_NUMBERS = frozenset(
    {
        *("", "anonymous", "asterisk", "blocked", "hidden", "privacy", "private"),
        *("restricted", "unavailable", "unknown", "withheld"),
    }
)


def dialled_number(plot: Plot) -> str:
    """What the caller dialled: the extension he came in on, else what the PBX dialled for him."""
    caller = plot.caller
    if caller.is_placed_by_pbx and plot.is_outside(caller):
        return plot.dialled_on_trunk(caller)
    if not caller.is_placed_by_pbx and caller.exten not in _NO_EXTEN:
        return (_number_behind(caller) if plot.is_outside(caller) else "") or caller.exten
    if caller.dnid and caller.dnid not in _NO_EXTEN:
        return caller.dnid
    for note in caller.notes:
        if note.extra.get("exten"):
            return note.extra["exten"]
    if caller.is_placed_by_pbx and plot.direction is Direction.OUTBOUND:
        if plot.parties:
            first = plot.parties[0]
            return plot.called_number(first) if first.is_originated else plot.extension_of(first)
        is_behind_local = caller.later_number != plot.wanted_number
        return plot.wanted_number if is_behind_local else caller.later_exten or caller.later_number
    if caller.is_placed_by_pbx and caller.exten in _NO_EXTEN:
        return caller.later_exten
    return caller.later_exten or caller.exten


def _number_behind(caller: Leg) -> str:
    """The number for which a trunk sent the name of its account, as the dialplan went on with it.

    A PBX that registers with its provider without saying where calls are to go gets them under
    the name it registers with. Who dials ``sales@`` means just that.
    """
    if FULL_NUMBER.fullmatch(caller.exten) or SHORT_NUMBER.fullmatch(caller.exten):
        return ""
    return next(filter(FULL_NUMBER.fullmatch, (caller.dnid, caller.later_exten)), "")


def caller_number(plot: Plot) -> str:
    """The caller's number as the first row had it; nothing of a number that is withheld.

    Where the PBX itself called out, and then looks for an agent, it is the number it showed.
    """
    if plot.caller.is_placed_by_pbx and plot.is_outside(plot.caller):
        dialled = dialled_number(plot)
        shown = (leg.later_number for leg in plot.legs if leg.later_number != dialled)
        return next(filter(None, shown), "")
    number = plot.caller.number if plot.caller.is_start_seen else plot.caller.ani
    number = number or plot.caller.ani
    if plot.direction is not Direction.INBOUND:
        return number or plot.extension_of(plot.caller)
    if _notes(plot).get("pres", "").startswith("prohib"):
        return number if is_withheld_number(number) else "anonymous"
    return number


def is_withheld(plot: Plot) -> bool:
    """Whether the caller asked the network to keep his number back."""
    if plot.direction is not Direction.INBOUND:
        return False
    if _notes(plot).get("pres", "").startswith("prohib"):
        return True
    return is_withheld_number(plot.caller.number)


def is_withheld_number(number: str) -> bool:
    """Whether this is what networks send in the place of a number that is kept back."""
    user = number.strip().lower().removeprefix("sip:").partition("@")[0]
    return user.strip("<>\"' ") in _WITHHELD_NUMBERS


def _notes(plot: Plot) -> Mapping[str, str]:
    """What the first user event on the caller's channel said of him."""
    for note in plot.caller.notes:
        if "pres" in note.extra:
            return note.extra
    return {}
