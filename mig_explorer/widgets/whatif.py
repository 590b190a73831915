"""`whatif`: turn the settings of a shared GPU, and see what the model says at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from mig_explorer.charts import vega
from mig_explorer.errors import InvalidWorkload, MigExplorerError
from mig_explorer.gpus import Gpu
from mig_explorer.gpus import gpu as board_named
from mig_explorer.widgets import whatif_page, whatif_settings
from mig_explorer.widgets.assets import css, esm
from mig_explorer.widgets.vega_sender import VegaSender
from mig_explorer.widgets.whatif_figures import Answer, Model, experiment
from mig_explorer.widgets.whatif_svg import whatif_svg
from mig_explorer.workloads import Workload, mlp

if TYPE_CHECKING:
    from mig_explorer.experiments import Experiment
    from mig_explorer.model.measured import MeasuredWorkload
    from mig_explorer.widgets.whatif_settings import Settings

FIRST_GPU = "A100-SXM4-40GB"


class WhatIf(anywidget.AnyWidget):
    """Sliders over the model, and charts that follow them. Make one with `whatif`.

    Everything it shows is modelled; no kernel is run. `experiment` is what it looks at, to be run for real.

    Attributes
    ----------
    settings : Settings
        Where everything stands.
    answer : Answer
        The figures of it: rows of the table, use over time.
    sweep : DataFrame
        The p99 latency of each mode with 1 to 14 tenants.
    layouts : DataFrame or None
        The same tenants on every layout of the board; None where it has no MIG, or where nothing fits.
    noise : Noise or None
        What the first tenant waits while the second turns noisy; None where there is no second, or where
        every queue grows without end.

    Examples
    --------
    >>> shown = whatif("GB10")
    >>> shown.change(tenants=3)
    >>> print(shown.verdict.split(":")[0])
    With three tenants MPS serves the most
    """

    _esm: ClassVar[str] = esm("whatif.js")
    _css: ClassVar[str] = css("theme.css", "whatif.css")

    plan = traitlets.Dict(read_only=True).tag(sync=True)
    shown = traitlets.Dict(read_only=True).tag(sync=True)
    latency = traitlets.Dict(read_only=True).tag(sync=True)
    frontier = traitlets.Dict(read_only=True).tag(sync=True)
    neighbour = traitlets.Dict(read_only=True).tag(sync=True)
    library = traitlets.Dict().tag(sync=True)
    library_version = traitlets.Unicode().tag(sync=True)

    def __init__(self, settings: Settings) -> None:
        self._model = Model()
        self._given = settings.work
        self._serial = 0
        self.settings = settings
        self.answer: Answer = self._model.answer(settings)
        super().__init__(library_version=vega.vega_version())
        self.set_trait("plan", whatif_page.plan())
        self._show()
        self._vega = VegaSender(self)
        self.on_msg(lambda _widget, content, _buffers: self._hear(content))

    @property
    def experiment(self) -> Experiment:
        """The experiment that is looked at: run it, or race it."""
        return experiment(self.settings)

    @property
    def verdict(self) -> str:
        """What the figures say, in words."""
        said = self.shown["verdict"]
        return f"{said['headline']} {said['detail']}"

    def change(self, **settings: Any) -> None:
        """Turn something, as the page would.

        Parameters
        ----------
        **settings
            Any of ``gpu`` (a name), ``workload`` (a name), ``size``, ``tenants``, ``rate`` (requests/s of
            each tenant; None for a closed loop), ``modes`` (a list of short names) and ``layout`` (a text).

        Raises
        ------
        MigExplorerError
            If there is no such setting, board, workload, size, sharing mode or layout.
        """
        self._turn(settings)
        self._show()

    def _turn(self, change: object) -> None:
        self.settings = whatif_settings.changed(self.settings, change, self._given)
        self.answer = self._model.answer(self.settings)

    def _hear(self, content: object) -> None:
        if self._vega.hears(content) or not isinstance(content, dict):
            return
        serial = content.get("serial")
        if isinstance(serial, int) and not isinstance(serial, bool) and serial > self._serial:
            self._serial = serial
        problem = ""
        try:
            self._turn(content.get("change"))
        except MigExplorerError as error:
            problem = str(error)
        self._show(problem)

    def _show(self, problem: str = "") -> None:
        self.set_trait("shown", whatif_page.shown(self.answer, self._given, self._serial, problem))
        # The page draws each part while the next is worked out.
        self.sweep = self._model.sweep(self.answer)
        self._follow("latency", whatif_page.latency(self.answer, self.sweep))
        self.noise = self._model.noise(self.answer)
        self._follow("neighbour", whatif_page.neighbour(self.answer, self.noise))
        self.layouts = self._model.layouts(self.settings)
        self._follow("frontier", whatif_page.frontier(self.answer, self.layouts))

    def _follow(self, trait: str, figures: dict[str, Any]) -> None:
        self.set_trait(trait, {**figures, "serial": self._serial})

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Ignore what a page claims the state to be: it may only ask, by messages."""

    def __repr__(self) -> str:
        said = f"{self.verdict} {self.neighbour['title']}"
        return f"<{self.shown['title']}, {self.shown['workload']}. {said} ({self.shown['provenance']})>"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add a still picture and the words, which stay in the saved notebook when the kernel is gone."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        data, metadata = bundle
        return {
            **data,
            "text/plain": repr(self),
            "image/svg+xml": whatif_svg(self.shown, self.latency, self.neighbour),
        }, metadata


def whatif(
    gpu: Gpu | str = FIRST_GPU,
    workload: Workload | MeasuredWorkload | None = None,
    **settings: Any,
) -> WhatIf:
    """Open sliders over the model of a shared GPU: tenants, load, size, layout and sharing modes.

    Parameters
    ----------
    gpu : Gpu or str
        A board, or its name.
    workload : Workload or MeasuredWorkload, optional
        What each request runs; by default inference of a small network for a batch of 32.
    **settings
        Where the controls stand at first; see `WhatIf.change`.

    Returns
    -------
    WhatIf
        A widget: the last line of a cell shows it.

    Raises
    ------
    UnknownGpu
        If no board has that name; the message gives the nearest names.
    InvalidWorkload
        If the workload is not one.
    MigExplorerError
        As `WhatIf.change` does.

    Examples
    --------
    >>> shown = whatif("A30", tenants=4, layout="2g.12gb 1g.6gb 1g.6gb")
    >>> shown.settings.layout.title
    '2g.12gb + 2 × 1g.6gb'
    """
    from mig_explorer.model.measured import MeasuredWorkload  # noqa: PLC0415 - only to name what came

    board = board_named(gpu) if isinstance(gpu, str) else gpu
    if not isinstance(board, Gpu):
        raise TypeError(
            f"whatif takes a board or its name, such as mig.whatif({FIRST_GPU!r}), not {gpu!r:.60}."
        )
    work = mlp() if workload is None else workload
    if not isinstance(work, Workload | MeasuredWorkload):
        raise InvalidWorkload(
            f"whatif needs a workload, not {workload!r:.60}. For example "
            f"workload=workloads.triad(elements=2**26)."
        )
    begin = whatif_settings.changed(whatif_settings.first(board, work), settings, work)
    return WhatIf(begin)
