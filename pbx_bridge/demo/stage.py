"""What is shown while calls come and go: live panels on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from pbx_bridge.demo.judge import Verdict
from pbx_bridge.demo.sighting import Sighting
from pbx_bridge.demo.telling import Row, tell_call

WIDTH = 100
_LABEL_WIDTH = 11


class CallView:
    """One call on the stage, from its first ring to its end."""

    def __init__(self, stage: Stage, *, title: str, caller: str, dials: str, says: str) -> None:
        self._stage = stage
        self._began_at = datetime.now().astimezone()
        self._words = {"caller": caller, "dials": dials, "says": says}
        self.title = title
        self.rows: list[Row] = []
        self.verdict: Verdict | None = None
        self.is_over = False

    def show(self, sighting: Sighting) -> None:
        """Show the call as it stands."""
        self.rows = tell_call(sighting, **self._words)
        self._stage.refresh()

    def close(self, sighting: Sighting, verdict: Verdict | None = None) -> None:
        """Show the call as it ended, for good; ``verdict`` None: nobody expected anything."""
        self.rows = tell_call(sighting, **self._words)
        self.verdict, self.is_over = verdict, True
        if verdict is not None:
            self.rows += _tell_verdict(verdict)
        self._stage.finish(self)

    @property
    def panel(self) -> RenderableType:
        """The call as a panel for a terminal."""
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=_LABEL_WIDTH, style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for row in self.rows:
            grid.add_row(row.label, row.words)
        return Panel(
            grid,
            title=f"[bold]{self.title}[/bold]",
            title_align="left",
            subtitle=f"[dim]{self._began_at:%H:%M:%S}[/dim]",
            subtitle_align="right",
            border_style=self._color,
            padding=(0, 1),
        )

    @property
    def lines(self) -> list[str]:
        """The call as plain lines."""
        head = f"{self._began_at:%H:%M:%S}  {self.title}"
        return [head, *(f"  {row.label:<{_LABEL_WIDTH}}{row.words.plain}" for row in self.rows)]

    @property
    def _color(self) -> str:
        if not self.is_over:
            return "yellow"
        if self.verdict is None:
            return "cyan"
        return "green" if self.verdict.is_right else "red"


def _tell_verdict(verdict: Verdict) -> Iterable[Row]:
    if verdict.is_right:
        count = len(verdict.expected)
        words = Text(f"✓ all {count} facts as they must be", style="green")
        return [Row(label="checked", words=words)]
    return [
        Row(label="" if index else "WRONG", words=Text(f"✗ {problem}", style="bold red"))
        for index, problem in enumerate(verdict.problems)
    ]


class Stage:
    """The screen; a terminal that goes away is no reason to stop."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._open: list[CallView] = []
        self._footer: RenderableType | None = None
        self._is_gone = False
        self._live: Live | None = None
        if console.is_terminal and not console.quiet:
            console.width = min(console.width, WIDTH)
            self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave what is finished on the screen, and nothing else."""
        if self._live is not None and not self._is_gone:
            try:
                self._live.stop()
            except OSError:
                self._is_gone = True

    def open_call(self, title: str, *, caller: str, dials: str, says: str = "") -> CallView:
        """Put a call on the stage."""
        view = CallView(self, title=title, caller=caller, dials=dials, says=says)
        self._open.append(view)
        return view

    def drop(self, view: CallView) -> None:
        """Take a call off the stage that never came to be."""
        if view in self._open:
            self._open.remove(view)
        self.refresh()

    def finish(self, view: CallView) -> None:
        """Print a call for good."""
        if view in self._open:
            self._open.remove(view)
        if self._live is not None:
            self.print(view.panel)
        else:
            self.print(*view.lines, "")

    def wait_with(self, words: str) -> None:
        """Say at the bottom what is being waited for."""
        if self._live is not None:
            self._footer = Spinner("dots", text=Text(words, style="dim"))
            self.refresh()

    def print(self, *parts: RenderableType) -> None:
        """Print above what is going on."""
        if self._is_gone:
            return
        try:
            for part in parts:
                self.console.print(
                    part, highlight=False, markup=False, soft_wrap=isinstance(part, str)
                )
        except OSError:
            self._is_gone = True
        self.refresh()

    def refresh(self) -> None:
        """Draw what is going on."""
        if self._live is None or self._is_gone:
            return
        parts: list[RenderableType] = [view.panel for view in self._open if view.rows]
        if self._footer is not None:
            parts.append(Padding(self._footer, (0, 1)))
        try:
            self._live.update(Group(*parts), refresh=True)
        except OSError:
            self._is_gone = True
