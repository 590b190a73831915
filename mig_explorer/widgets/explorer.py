"""`explore`: lay out a board by hand, see why what is impossible is impossible, copy the commands."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import anywidget
import traitlets

from mig_explorer.charts import vega
from mig_explorer.charts.board_svg import board_svg
from mig_explorer.charts.palette import assign
from mig_explorer.errors import ImpossiblePlacement, InvalidLayout, MigExplorerError
from mig_explorer.gpus import Gpu
from mig_explorer.gpus import gpu as board_named
from mig_explorer.layouts import Layout, Refusal, preset_layouts
from mig_explorer.widgets.assets import css, esm
from mig_explorer.widgets.explorer_messages import Gesture, Malformed, read_message
from mig_explorer.widgets.explorer_state import Status, snapshot

LONGEST_HISTORY = 200


class Explorer(anywidget.AnyWidget):
    """The layout widget. Make one with `explore`.

    Attributes
    ----------
    layout : Layout
        What the board holds. Set it, and the page repaints; place or remove in the page, and it changes and
        tells its observers.

    Raises
    ------
    traitlets.TraitError
        If ``layout`` is set to something that is not a `Layout`.

    Examples
    --------
    >>> explorer = explore("A100-SXM4-40GB")
    >>> explorer.layout = explorer.layout.place("3g.20gb", start=4)
    >>> explorer
    Explorer of A100-SXM4-40GB: 3g.20gb@4
    """

    _esm = esm("explorer.js")
    _css = css("theme.css", "explorer.css")

    # ipywidgets has a trait of this name for CSS; in this package a layout is what the board holds.
    layout = traitlets.Any()
    state = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, layout: Layout) -> None:
        self._history: list[Layout] = []
        self._colours: dict[str, int] = {}
        self._status: Status | None = None
        self._undoing = False
        self._serial = 0
        super().__init__(layout=layout)
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            vega.prepare()  # in a notebook, whoever lays out a board is likely to race it next
        self.on_msg(lambda _widget, content, _buffers: self._hear(content))

    @traitlets.validate("layout")
    def _only_a_layout(self, proposal: Any) -> Layout:
        if not isinstance(proposal["value"], Layout):
            message = (
                f"explorer.layout takes a Layout, such as mig.Layout(gpu).place('3g.20gb'), "
                f"not the {type(proposal['value']).__name__} {proposal['value']!r:.60}."
            )
            raise traitlets.TraitError(message)
        return proposal["value"]

    @traitlets.observe("layout")
    def _repaint(self, change: Any) -> None:
        if isinstance(change["old"], Layout) and not self._undoing:
            self._history = [*self._history[1 - LONGEST_HISTORY :], change["old"]]
        if self._status is not None:
            self._show(self._status)
        elif isinstance(change["old"], Layout):
            self._show(Status("info", "The layout was set in Python."))
        else:
            self._show(_welcome(self.layout))

    def _show(self, status: Status) -> None:
        layout: Layout = self.layout
        self._colours = assign((each.name for each in layout.instances), kept=self._colours)
        self._serial += 1
        shown = snapshot(layout, self._colours, status, undo=bool(self._history), serial=self._serial)
        self.set_trait("state", shown)

    def _hear(self, content: object) -> None:
        message = read_message(content)
        if isinstance(message, Malformed):
            self._show(Status("bad", "The page sent something that is not a gesture.", message.reason))
            return
        try:
            layout, status = self._after(message)
        except ImpossiblePlacement as error:
            layout, status = self.layout, Status.refused(error.refusal)
        except MigExplorerError as error:
            layout, status = self.layout, Status("bad", str(error))
        if layout == self.layout:
            self._show(status)
            return
        self._status, self._undoing = status, message.operation == "undo"
        try:
            self.layout = layout
        finally:
            self._status, self._undoing = None, False

    def _after(self, gesture: Gesture) -> tuple[Layout, Status]:
        """Return the layout that a gesture asks for, and what to say about it."""
        layout: Layout = self.layout
        match gesture.operation:
            case "place":
                after = layout.place(gesture.profile, start=gesture.start)
                status = _placed(layout, after, f"{gesture.profile} placed at memory slice {gesture.start}.")
            case "remove":
                after, gone = layout.remove(gesture.start), layout.at(gesture.start)
                status = Status("good", f"{gone.name if gone else ''} removed.")
            case "take":
                after, status = _taken(layout, gesture)
            case "preset":
                after = _preset(layout, gesture.title)
                status = _placed(layout, after, f"{gesture.title} placed.")
            case "board":
                after = Layout(board_named(gesture.name))
                status = _welcome(after)
            case "clear":
                after = layout.empty()
                status = Status("good" if layout.instances else "info", "The board is empty.")
            case _:
                after, status = self._undone()
        return after, status

    def _undone(self) -> tuple[Layout, Status]:
        if not self._history:
            return self.layout, Status("info", "There is nothing to undo.")
        *self._history, before = self._history
        return before, Status("good", f"Undone. {before.gpu.name} holds: {before}.")

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Ignore what a page claims the state to be: it may only ask, by messages."""

    def __repr__(self) -> str:
        return f"Explorer of {self.layout.gpu.name}: {self.layout if self.layout.gpu.has_mig else 'no MIG'}"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Add a still picture, which stays in the saved notebook when the kernel is gone."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {
            **data,
            "text/plain": repr(self),
            "image/svg+xml": board_svg(self.layout, self._colours),
        }, metadata


def explore(gpu: Gpu | str | Layout) -> Explorer:
    """Open the layout widget on a board.

    Parameters
    ----------
    gpu : Gpu, str or Layout
        A board, its name or alias, or a layout to start from. On a board without MIG the widget says so and
        what it can do instead.

    Returns
    -------
    Explorer
        Show it as the last line of a cell; its ``layout`` follows what is done in the page, and the other
        way round.

    Raises
    ------
    UnknownGpu
        If no board has that name; the message gives the nearest names.
    TypeError
        If it is none of the three.

    Examples
    --------
    >>> explore("A30").layout.gpu.name
    'A30'
    """
    if isinstance(gpu, Layout):
        return Explorer(gpu)
    if isinstance(gpu, str):
        gpu = board_named(gpu)
    if not isinstance(gpu, Gpu):
        message = (
            "explore takes a board, its name or a layout, such as mig.explore('A100-SXM4-40GB'), "
            f"not {gpu!r:.60}."
        )
        raise TypeError(message)
    return Explorer(Layout(gpu))


def _welcome(layout: Layout) -> Status:
    if not layout.gpu.has_mig:
        return Status("info", f"{layout.gpu.name} has no MIG.")
    return Status(
        "info",
        "Pick a profile, then a place on the board.",
        "With the keyboard: arrow keys move, Enter places, Delete removes.",
    )


def _preset(layout: Layout, title: str) -> Layout:
    presets = preset_layouts(layout.gpu)
    if title not in presets:
        known = f"It has {', '.join(presets)}." if presets else "It has none."
        message = f"{layout.gpu.name} has no preset {title!r}. {known}"
        raise InvalidLayout(message)
    return presets[title]


def _taken(layout: Layout, gesture: Gesture) -> tuple[Layout, Status]:
    refusal = layout.explain(gesture.profile, gesture.start)
    if not isinstance(refusal, Refusal) or gesture.choice >= len(refusal.alternatives):
        return layout, Status(
            "bad", "That way out is no longer open: the layout has changed since it was offered."
        )
    alternative = refusal.alternatives[gesture.choice]
    gone = [each.name for each in layout.instances if each.start in alternative.removed]
    after = alternative.apply(layout)
    removed = f"{' and '.join(gone)} removed, " if gone else ""
    return after, _placed(
        layout, after, f"{removed}{alternative.profile} placed at memory slice {alternative.start}."
    )


def _placed(before: Layout, after: Layout, headline: str) -> Status:
    """Say what was done and which slices it put out of everybody's reach."""
    lost = [
        f"{kind} slice {each}"
        for kind, now, then in (
            ("compute", after.stranded.compute, before.stranded.compute),
            ("memory", after.stranded.memory, before.stranded.memory),
        )
        for each in now
        if each not in then
    ]
    if not lost:
        return Status("good", headline)
    verb = "is" if len(lost) == 1 else "are"
    return Status(
        "good",
        headline,
        f"Now {' and '.join(lost)} {verb} stranded: no profile can reach {'it' if verb == 'is' else 'them'}.",
    )
