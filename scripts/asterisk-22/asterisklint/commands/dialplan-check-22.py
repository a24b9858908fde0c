"""Do sanity checks on a dialplan for Asterisk 22. Takes 'extensions.conf' as argument.

asterisklint ships what Asterisk 13 could do; this custom command (its documented way to be
extended) registers the newer application and function that our dialplan uses, checks
StasisBroadcast's arguments, and runs the stock ``dialplan-check``. Nothing is ignored.
"""

from asterisklint.app.base import App, AppArg
from asterisklint.application import AppLoader
from asterisklint.func.base import FuncBase
from asterisklint.main import load_command
from asterisklint.varfun import FuncLoader

ANY_NUMBER_OF_ARGUMENTS = 16


class StasisBroadcast(App):
    """``StasisBroadcast([timeout[,app_filter[,args[,...]]]])``, Asterisk 20.17, 22.7, 23.1."""

    def __init__(self) -> None:
        names = ["timeout", "app_filter", *["args"] * ANY_NUMBER_OF_ARGUMENTS]
        super().__init__(args=[AppArg(name) for name in names])


class IFMODULE(FuncBase):
    """``IFMODULE(modulename.so)``: 1 when the module is loaded, else 0."""


def main(args: list[str], envs: dict[str, str]) -> int | None:
    """Register what Asterisk 22 adds, then check. Returns 1 if anything was reported."""
    AppLoader().register(StasisBroadcast())
    FuncLoader().register(IFMODULE())
    return load_command("dialplan-check").main(args, envs)
