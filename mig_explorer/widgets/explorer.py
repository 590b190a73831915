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
from mig_explorer.devices import Device
from mig_explorer.errors import MigExplorerError, nearest_names
from mig_explorer.formats import formats
from mig_explorer.gpus import Gpu
from mig_explorer.gpus import gpu as board_named
from mig_explorer.layouts import Layout
from mig_explorer.widgets.assets import css, esm
from mig_explorer.widgets.explorer_formats import format_part, format_tabs
from mig_explorer.widgets.explorer_gestures import after, welcome
from mig_explorer.widgets.explorer_machine import first_layout, machine_part, where
from mig_explorer.widgets.explorer_messages import Gesture, Malformed, read_message
from mig_explorer.widgets.explorer_refusals import refusals
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
    export = traitlets.Dict(read_only=True).tag(sync=True)
    refusals = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, layout: Layout, device: Device | None = None) -> None:
        self._device = device
        self._format = next(iter(formats()))
        self._exported: tuple[object, ...] = ()
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
            self._show(welcome(self.layout))

    def _show(self, status: Status) -> None:
        layout: Layout = self.layout
        self._colours = assign((each.name for each in layout.instances), kept=self._colours)
        self._serial += 1
        shown = snapshot(
            layout,
            self._colours,
            status,
            undo=bool(self._history),
            serial=self._serial,
        )
        self.set_trait("state", {**shown, "machine": machine_part(self._device, layout)})
        # The page repaints meanwhile: what follows is not seen at once.
        self._write()
        if self.refusals.get("of") != shown["placed_as"]:
            self.set_trait("refusals", {"of": shown["placed_as"], "words": refusals(layout)})

    def _write(self) -> None:
        """Write the format whose tab is shown; the others cost nothing."""
        wanted = (self.layout, self._format)
        if wanted == self._exported or not self.layout.gpu.has_mig:
            return
        self._exported = wanted
        part = format_part(self.layout, self._format, where(self._device, self.layout))
        self.set_trait("export", {"tabs": format_tabs(), **part})

    def _hear(self, content: object) -> None:
        message = read_message(content)
        if isinstance(message, Malformed):
            self._show(Status("bad", "The page sent something that is not a gesture.", message.reason))
            return
        if message.operation == "format":
            self._turn_to(message.name)
            return
        try:
            layout, status = self._after(message)
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
        match gesture.operation:
            case "undo":
                return self._undone()
            case "machine":
                return self._read_back()
            case _:
                return after(self.layout, gesture)

    def _undone(self) -> tuple[Layout, Status]:
        if not self._history:
            return self.layout, Status("info", "There is nothing to undo.")
        *self._history, before = self._history
        return before, Status("good", f"Undone. {before.gpu.name} holds: {before}.")

    def _turn_to(self, name: str) -> None:
        """Show another tab; the status line keeps what it says."""
        if name not in formats():
            self._show(Status("bad", f"There is no format {name!r}. {nearest_names(name, formats())}"))
            return
        self._format = name
        self._write()

    def _read_back(self) -> tuple[Layout, Status]:
        if self._device is None or self._device.layout is None:
            return self.layout, Status("info", "This layout did not come from a GPU of this machine.")
        return self._device.layout, Status("good", f"GPU {self._device.index} held this when it was read.")

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


def explore(gpu: Gpu | str | Layout | Device) -> Explorer:
    """Open the layout widget on a board.

    Parameters
    ----------
    gpu : Gpu, str, Layout or Device
        A board, its name or alias, a layout to start from, or the GPU in this machine, ``mig.this_gpu()``.
        On a board without MIG the widget says so and what it can do instead. On a real GPU it starts from
        what that holds, and changes nothing on it.

    Returns
    -------
    Explorer
        Show it as the last line of a cell; its ``layout`` follows what is done in the page, and the other
        way round.

    Raises
    ------
    UnknownGpu
        If no board has that name; the message gives the nearest names. Or if too little is known of the GPU
        in this machine to lay out anything on it.
    TypeError
        If it is none of these.

    Examples
    --------
    >>> explore("A30").layout.gpu.name
    'A30'
    """
    if isinstance(gpu, Layout):
        return Explorer(gpu)
    if isinstance(gpu, str):
        return Explorer(Layout(board_named(gpu)))
    if isinstance(gpu, Gpu):
        return Explorer(Layout(gpu))
    if isinstance(gpu, Device):
        return Explorer(first_layout(gpu), gpu)
    message = (
        "explore takes a board, its name, a layout or mig.this_gpu(), such as mig.explore('A100-SXM4-40GB'), "
        f"not {gpu!r:.60}."
    )
    raise TypeError(message)
