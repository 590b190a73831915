"""`dashboard`: the explorer, the race, the what-if and the scenarios in one place, behind tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets
from ipywidgets import widget_serialization

from mig_explorer.errors import InvalidExperiment, MigExplorerError, nearest_names
from mig_explorer.scenarios import Scenario, every, named
from mig_explorer.widgets import dashboard_race
from mig_explorer.widgets.assets import css, esm
from mig_explorer.widgets.explorer import explore
from mig_explorer.widgets.race import race
from mig_explorer.widgets.scenario import ScenarioWidget
from mig_explorer.widgets.whatif import FIRST_GPU, whatif

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mig_explorer.experiments import Experiment
    from mig_explorer.widgets.explorer import Explorer
    from mig_explorer.widgets.race import Race
    from mig_explorer.widgets.whatif import WhatIf

TOOLS = {"explorer": "Explorer", "race": "Race", "whatif": "What if"}
ABOUT = "Times are modelled unless a figure says otherwise; nothing here needs a GPU."


class Dashboard(anywidget.AnyWidget):
    """Tabs, each made when it is first opened. Make one with `dashboard`.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        Those that have a tab, by name.
    chosen : str
        The tab to open with: ``"explorer"``, ``"race"``, ``"whatif"`` or a scenario's name.

    Attributes
    ----------
    panels : dict
        The widgets that were opened, by the name of their tab.

    Examples
    --------
    >>> shown = dashboard()
    >>> list(shown.panels), shown.chosen
    (['explorer'], 'explorer')
    >>> shown.explorer.layout = shown.explorer.layout.place("3g.20gb").place("3g.20gb")
    >>> shown.layout_to_whatif()
    >>> shown.whatif.settings.layout.title, shown.chosen
    ('2 × 3g.20gb', 'whatif')
    """

    _esm: ClassVar[str] = esm("dashboard.js")
    _css: ClassVar[str] = css("theme.css", "dashboard.css")

    plan = traitlets.Dict(read_only=True).tag(sync=True)
    shown = traitlets.Dict(read_only=True).tag(sync=True)
    panels = traitlets.Dict(read_only=True).tag(sync=True, **widget_serialization)

    def __init__(self, scenarios: Mapping[str, Scenario], chosen: str = "explorer") -> None:
        self._scenarios = dict(scenarios)
        self._serial = 0
        self.chosen = chosen
        super().__init__()
        self.set_trait("plan", self._plan())
        self.turn_to(chosen)
        self.on_msg(lambda _widget, content, _buffers: self._hear(content))

    @property
    def explorer(self) -> Explorer:
        """The explorer; it is made now if its tab was not opened yet."""
        return self._made("explorer")  # type: ignore[no-any-return]

    @property
    def whatif(self) -> WhatIf:
        """The what-if; it is made now if its tab was not opened yet."""
        return self._made("whatif")  # type: ignore[no-any-return]

    @property
    def race(self) -> Race | None:
        """The last race; None before there was one."""
        return self.panels.get("race")

    def scenario(self, name: str) -> ScenarioWidget:
        """Return the widget of a scenario; it is made now if its tab was not opened yet.

        Raises
        ------
        InvalidExperiment
            If there is no such scenario.
        """
        return self._made(self._known(name, self._scenarios))  # type: ignore[no-any-return]

    def turn_to(self, tab: str) -> None:
        """Turn to a tab.

        Raises
        ------
        InvalidExperiment
            If there is none of that name.
        """
        self.chosen = self._known(tab, {**TOOLS, **self._scenarios})
        if tab != "race":
            self._made(tab)
        self._show()

    def start_race(self, experiment: Experiment | None = None) -> None:
        """Race an experiment, by default a small one, in the tab for it; an earlier race is closed.

        Raises
        ------
        ExperimentFailed
            In plain Python only, as `mig_explorer.race` does.
        """
        before = self.race
        started = race(dashboard_race.small() if experiment is None else experiment)
        self._put("race", started)
        if before is not None:
            before.close()
        self.turn_to("race")

    def layout_to_whatif(self) -> None:
        """Look at what the explorer holds in the what-if.

        Raises
        ------
        MigExplorerError
            If nothing can run in that layout.
        """
        layout = self.explorer.layout
        settings = {"gpu": layout.gpu.name}
        if layout.gpu.has_mig:
            if not layout.instances:
                raise InvalidExperiment(
                    f"The explorer's {layout.gpu.name} holds nothing yet. Place a GPU instance first, then "
                    f"hand the layout over."
                )
            settings["layout"] = str(layout)
        self.whatif.change(**settings)
        self.turn_to("whatif")

    def _plan(self) -> dict[str, Any]:
        claims = [
            {"key": each.name, "title": each.title, "number": each.number}
            for each in self._scenarios.values()
        ]
        tools = [{"key": key, "title": title} for key, title in TOOLS.items()]
        return {"tools": tools, "scenarios": claims, "about": ABOUT, "race": dashboard_race.about()}

    def _made(self, tab: str) -> Any:
        if tab not in self.panels:
            if tab == "explorer":
                self._put(tab, explore(FIRST_GPU))
            elif tab == "whatif":
                self._put(tab, whatif(FIRST_GPU))
            else:
                self._put(tab, ScenarioWidget(self._scenarios[tab]))
        return self.panels[tab]

    def _put(self, tab: str, widget: Any) -> None:
        self.set_trait("panels", {**self.panels, tab: widget})

    def _known(self, tab: str, tabs: Mapping[str, Any]) -> str:
        if tab not in tabs:
            raise InvalidExperiment(f"The dashboard has no tab {tab!r:.60}. {nearest_names(str(tab), tabs)}")
        return tab

    def _hear(self, content: Any) -> None:
        if not isinstance(content, dict):
            return
        problem = ""
        try:
            match content.get("kind"):
                case "open":
                    self.turn_to(str(content.get("tab")))
                case "layout-to-whatif":
                    self.layout_to_whatif()
                case "race-whatif":
                    self.start_race(self.whatif.experiment)
                case "race":
                    self.start_race()
        except MigExplorerError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001 - the page must hear of it, not the kernel's log
            problem = f"That did not work: {type(error).__name__}: {error}"
        self._show(problem)

    def _show(self, problem: str = "") -> None:
        self._serial += 1
        words = " ".join(problem.split())[:600]
        self.set_trait("shown", {"serial": self._serial, "chosen": self.chosen, "problem": words})

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Ignore what a page claims the state to be: it may only ask, by messages."""

    def __repr__(self) -> str:
        tabs = ", ".join([*TOOLS, *self._scenarios])
        inside = self.panels.get(self.chosen)
        return f"<Dashboard, on {self.chosen}; tabs: {tabs}>" + ("" if inside is None else f"\n{inside!r}")

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add the open tab's picture and words, which stay in the saved notebook when the kernel is gone."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        data, metadata = bundle
        inside = self.panels.get(self.chosen)
        still = None if inside is None else inside._repr_mimebundle_()
        picture = (
            {} if still is None else {key: still[0][key] for key in ("image/svg+xml",) if key in still[0]}
        )
        return {**data, "text/plain": repr(self), **picture}, metadata


def dashboard(scenario: str | Scenario | None = None) -> Dashboard:
    """Open the explorer, the race, the what-if and the scenarios in one place.

    Parameters
    ----------
    scenario : str or Scenario, optional
        The one to open with: a name, or a scenario of your own, which gets a tab beside the others. By
        default the explorer is open.

    Returns
    -------
    Dashboard
        A widget: the last line of a cell shows it, in JupyterLab and in Voilà.

    Raises
    ------
    InvalidExperiment
        If there is no scenario of that name; the message gives the nearest names.
    TypeError
        If it is neither a name nor a scenario.

    Examples
    --------
    >>> dashboard("utilisation").chosen
    'utilisation'
    """
    scenarios = every()
    if scenario is None:
        return Dashboard(scenarios)
    if isinstance(scenario, Scenario):
        return Dashboard({**scenarios, scenario.name: scenario}, scenario.name)
    if not isinstance(scenario, str):
        message = (
            "dashboard takes the name of a scenario, such as mig.dashboard('utilisation'), or a Scenario, "
            f"not {scenario!r:.60}."
        )
        raise TypeError(message)
    return Dashboard(scenarios, named(scenario).name)
