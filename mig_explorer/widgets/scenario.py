"""A scenario on a page: predict first, then see the verdict, turn something, and see it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from mig_explorer import reports
from mig_explorer.charts import vega
from mig_explorer.errors import InvalidExperiment, MigExplorerError, nearest_names
from mig_explorer.widgets import scenario_page
from mig_explorer.widgets.assets import css, esm
from mig_explorer.widgets.scenario_svg import scenario_svg
from mig_explorer.widgets.vega_sender import VegaSender

if TYPE_CHECKING:
    from mig_explorer.scenarios import Outcome, Scenario

LONGEST_WORDS = 600


class ScenarioWidget(anywidget.AnyWidget):
    """The widget of one scenario.

    Nothing is worked out, and no figure leaves the kernel, before a prediction is made or `reveal` is called.

    Parameters
    ----------
    scenario : Scenario
        What to show.

    Attributes
    ----------
    settings : dict
        Where the controls stand.
    prediction : str or None
        What was predicted; None before that, or without a prediction.
    outcome : Outcome or None
        What came out with the settings last understood; None as long as figures are hidden.
    problem : str
        Why there is no outcome for the settings last asked for; empty if there is one.

    Examples
    --------
    >>> from mig_explorer import scenarios
    >>> shown = ScenarioWidget(scenarios.utilisation)
    >>> shown.outcome is None
    True
    >>> shown.predict("two to four times as much")
    >>> shown.outcome.right_choice
    'two to four times as much'
    """

    _esm: ClassVar[str] = esm("scenario.js")
    _css: ClassVar[str] = css("theme.css", "scenario.css")

    plan = traitlets.Dict(read_only=True).tag(sync=True)
    shown = traitlets.Dict(read_only=True).tag(sync=True)
    library = traitlets.Dict().tag(sync=True)
    library_version = traitlets.Unicode().tag(sync=True)

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.settings: dict[str, Any] = scenario.defaults
        self.prediction: str | None = None
        self.outcome: Outcome | None = None
        self.problem = ""
        self._revealed = False
        self._serial = 0
        super().__init__(library_version=vega.vega_version())
        self.set_trait("plan", scenario_page.plan(scenario))
        self._show()
        self._vega = VegaSender(self)
        self.on_msg(lambda _widget, content, _buffers: self._hear(content))

    def change(self, **settings: Any) -> None:
        """Turn something, as the page would.

        Raises
        ------
        MigExplorerError
            As the scenario does; the page then keeps what it showed.
        """
        try:
            self._turn(settings)
        finally:
            self._show()

    def predict(self, choice: str) -> None:
        """Commit to a prediction, and see what comes out.

        Raises
        ------
        InvalidExperiment
            If it is none of the scenario's choices.
        """
        self._commit(choice)
        self.reveal()

    def reveal(self) -> None:
        """Show the figures, with or without a prediction."""
        self._revealed = True
        self.change()

    def hide(self) -> None:
        """Hide the figures again, to predict with other settings."""
        self._forget()
        self._show()

    def _commit(self, choice: Any) -> None:
        if choice not in self.scenario.choices:
            near = nearest_names(str(choice), self.scenario.choices)
            raise InvalidExperiment(f"{self.scenario.name} has no prediction {choice!r:.60}. {near}")
        self.prediction, self._revealed = choice, True

    def _forget(self) -> None:
        self._revealed, self.prediction, self.outcome, self.problem = False, None, None, ""

    def _turn(self, change: Any) -> None:
        """Work out what comes with a change; without a figure shown, only check it."""
        if not isinstance(change, dict):
            raise InvalidExperiment(f"The page sent something that is no change of settings: {change!r:.60}.")
        asked = {**self.settings, **{str(name): value for name, value in change.items()}}
        try:
            self._checked(asked)
            outcome = self.scenario(**asked) if self._revealed else None
        except Exception as error:
            self.problem = _words_of(error)
            if not isinstance(error, MigExplorerError):
                self.problem = f"The scenario broke: {type(error).__name__}: {self.problem}"
            raise
        self.settings, self.outcome, self.problem = asked, outcome, ""

    def _checked(self, asked: dict[str, Any]) -> None:
        known = {each.name: each for each in self.scenario.controls}
        for name, value in asked.items():
            if name not in known:
                near = nearest_names(name, known)
                raise InvalidExperiment(f"{self.scenario.name} has no setting {name!r:.60}. {near}")
            known[name].checked(value)

    def _hear(self, content: Any) -> None:
        if self._vega.hears(content) or not isinstance(content, dict):
            return
        serial = content.get("serial")
        if isinstance(serial, int) and not isinstance(serial, bool) and serial > self._serial:
            self._serial = serial
        if content.get("kind") == "report":
            self._send_report()
            return
        try:
            self._do(str(content.get("kind")), content)
        except MigExplorerError as error:
            self.problem = _words_of(error)
        except Exception as error:  # noqa: BLE001 - the page must hear of it, not the kernel's log
            self.problem = f"The scenario broke: {type(error).__name__}: {_words_of(error)}"
        self._show()

    def _do(self, kind: str, content: dict[str, Any]) -> None:
        match kind:
            case "change":
                self._turn(content.get("change"))
            case "hide":
                self._forget()
            case "predict":
                self._commit(content.get("choice"))
                self._turn({})
            case "reveal":
                self._revealed = True
                self._turn({})

    def _send_report(self) -> None:
        """Send what is shown as one HTML file, for the page to save."""
        if self.outcome is None:
            return
        name = f"{self.scenario.name}.html"
        try:
            made = reports.html(self.outcome)
        except RuntimeError as error:
            self.send({"kind": "report", "name": name, "problem": _words_of(error)})
            return
        self.send({"kind": "report", "name": name}, buffers=[made])

    def _show(self) -> None:
        shown = {
            "serial": self._serial,
            "settings": self.settings,
            "problem": self.problem,
            "revealed": self._revealed,
            "prediction": self.prediction,
            "found": None if self.outcome is None else scenario_page.found(self.outcome),
        }
        self.set_trait("shown", shown)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Ignore what a page claims the state to be: it may only ask, by messages."""

    def __repr__(self) -> str:
        return scenario_page.words(self.scenario, self.outcome, self.settings)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add a still picture and the words, which stay in the saved notebook when the kernel is gone."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        data, metadata = bundle
        picture = scenario_svg(self.scenario, self.outcome, self.settings)
        return {**data, "text/plain": repr(self), "image/svg+xml": picture}, metadata


def _words_of(error: Exception) -> str:
    return " ".join(str(error).split())[:LONGEST_WORDS] or type(error).__name__
