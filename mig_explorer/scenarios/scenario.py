"""A scenario: a claim about sharing a GPU, with what may be turned, and a verdict at its end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mig_explorer.errors import InvalidExperiment, nearest_names
from mig_explorer.scenarios.prose import Prose, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import altair as alt
    import pandas as pd

    from mig_explorer.experiments import Result
    from mig_explorer.scenarios.controls import Control
    from mig_explorer.scenarios.verdict import ClaimVerdict


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a scenario found with some settings.

    Parameters
    ----------
    verdict : ClaimVerdict
        What it says of the claim.
    right_choice : str
        Which of the scenario's choices was the right prediction, with these settings.
    explanation : str
        Why, in two or three sentences, with figures.
    tables : mapping
        DataFrames by title. Their ``attrs["provenance"]`` says what kind of figures they hold.
    charts : mapping
        Altair charts by title, each with its provenance in the subtitle.
    results : mapping
        The experiments behind it by name, to be raced, charted or reported.
    texts : mapping
        Files and commands by name, such as a Kubernetes manifest.
    settings : mapping
        What it was asked with; set by the scenario.
    """

    verdict: ClaimVerdict
    right_choice: str
    explanation: str
    tables: Mapping[str, pd.DataFrame]
    charts: Mapping[str, alt.TopLevelMixin]
    results: Mapping[str, Result] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    scenario: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "explanation", Prose(self.explanation))

    def _repr_markdown_(self) -> str:
        """Show the answer in a notebook; `verdict` shows what it rests on."""
        return f"**Verdict: {self.verdict.answer}.** {plain(self.verdict.headline)}"

    @property
    def reveal(self) -> Prose:
        """The right prediction and why, as a notebook shows it."""
        return Prose(f"Right: {self.right_choice}.\n\n{self.explanation}")

    def __repr__(self) -> str:
        turned = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        return f"<{self.scenario}({turned}): {self.verdict.answer}. {self.verdict.headline}>"


@dataclass(frozen=True, eq=False)
class Scenario:
    """A claim, and how to look into it. Call it with settings to get an `Outcome`.

    Parameters
    ----------
    name : str
        What code calls it.
    number : int
        Its place among the others, from 1.
    title, claim : str
        What a page shows, and the sentence that is judged.
    question : str
        What a class predicts before it sees the figures.
    choices : tuple of str
        The predictions to choose from.
    controls : tuple of Control
        What may be turned.
    study : callable
        From one keyword argument for each control to an `Outcome`.

    Examples
    --------
    >>> from mig_explorer import scenarios
    >>> scenarios.utilisation.number
    1
    >>> [each.name for each in scenarios.utilisation.controls]
    ['gpu', 'job', 'jobs']
    """

    name: str
    number: int
    title: str
    claim: str
    question: str
    choices: tuple[str, ...]
    controls: tuple[Control, ...]
    study: Callable[..., Outcome]

    def __repr__(self) -> str:
        return f"<Scenario {self.number}, {self.name}: {self.claim}>"

    def _repr_markdown_(self) -> str:
        """Show in a notebook what to predict."""
        return self.prompt.markdown

    @property
    def prompt(self) -> Prose:
        """The claim, and the question with its choices, as a notebook shows them."""
        choices = "\n".join(f"- {each}" for each in self.choices)
        return Prose(f"Claim: {self.claim}\n\n{self.question}\n\n{choices}")

    @property
    def defaults(self) -> dict[str, Any]:
        """Where every control stands at first."""
        return {each.name: each.default for each in self.controls}

    def turn(self, **settings: Any) -> Prose:
        """Return the answers with some settings turned, each list by itself through all its values.

        Parameters
        ----------
        **settings
            A list is gone through while the other lists stay out; anything else holds for all.

        Raises
        ------
        InvalidExperiment
            As when the scenario is called.

        Examples
        --------
        >>> from mig_explorer import scenarios
        >>> [each.partition(".")[0] for each in scenarios.deployment.turn(gpu=["A30", "GB10"]).splitlines()]
        ["- gpu 'A30': it depends", "- gpu 'GB10': no"]
        """
        lists = {name: values for name, values in settings.items() if isinstance(values, list)}
        fixed = {name: value for name, value in settings.items() if name not in lists}
        found = (
            (f"{name} {value!r}", self(**fixed, **{name: value}).verdict)
            for name, values in lists.items()
            for value in values
        )
        return Prose("\n".join(f"- {turned}: {said.answer}. {said.headline}" for turned, said in found))

    def __call__(self, **settings: Any) -> Outcome:
        """Look into the claim with some settings, the others as they stand at first.

        Raises
        ------
        InvalidExperiment
            If there is no such setting, or a value is out of range; the message says what would do.
        """
        controls = {each.name: each for each in self.controls}
        for name in settings:
            if name not in controls:
                raise InvalidExperiment(
                    f"{self.name} has no setting {name!r}. {nearest_names(name, controls)}"
                )
        chosen = {
            name: controls[name].checked(value) for name, value in {**self.defaults, **settings}.items()
        }
        found = self.study(**chosen)
        if found.right_choice not in self.choices:
            raise InvalidExperiment(
                f"{self.name}: the right prediction {found.right_choice!r} is none of its choices: "
                f"{', '.join(self.choices)}."
            )
        return replace(
            found,
            tables=MappingProxyType(dict(found.tables)),
            charts=MappingProxyType(dict(found.charts)),
            results=MappingProxyType(dict(found.results)),
            texts=MappingProxyType(dict(found.texts)),
            settings=MappingProxyType(chosen),
            scenario=self.name,
        )
