"""What a scenario says of its claim: yes, no, it depends, or that nothing supports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mig_explorer.errors import InvalidExperiment
from mig_explorer.scenarios.prose import Prose, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mig_explorer.scenarios.figure import Figure

ANSWERS = ("yes", "it depends", "no", "not supported")


@dataclass(frozen=True)
class ClaimVerdict:
    """A claim, the answer, and what it rests on.

    Parameters
    ----------
    claim : str
        What is said of MIG, in one sentence.
    answer : str
        One of `ANSWERS`: ``"not supported"`` where no figure speaks for it or against it.
    headline : str
        The answer in one or two sentences that mislead nobody who reads nothing else.
    figures : sequence of Figure
        The numbers behind it, the most important first. At least one.
    reasons : sequence of str
        Why it is so, a sentence each.
    limits : sequence of str
        What the figures do not show, a sentence each. At least one.
    would_change : sequence of str
        What would change the answer.
    sources : sequence of str
        Publications and documentation that it rests on.

    Raises
    ------
    InvalidExperiment
        If the answer is none of those, or figures or limits are missing.

    Examples
    --------
    >>> from mig_explorer.scenarios.figure import Figure
    >>> figure = Figure("seven slices over the whole GPU", 0.88, "times", "modelled", "A100, seed 7")
    >>> said = ClaimVerdict(
    ...     "MIG makes streaming faster.",
    ...     "no",
    ...     "Seven slices stream 12 % less than the whole GPU.",
    ...     [figure],
    ...     limits=["Time is modelled, not measured."],
    ... )
    >>> print(said)
    Claim: MIG makes streaming faster.
    Verdict: no. Seven slices stream 12 % less than the whole GPU.
    - seven slices over the whole GPU: 0.88 times; modelled, A100, seed 7
    What this does not show: Time is modelled, not measured.
    """

    claim: str
    answer: str
    headline: str
    figures: Sequence[Figure]
    reasons: Sequence[str] = ()
    limits: Sequence[str] = ()
    would_change: Sequence[str] = ()
    sources: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "headline", Prose(self.headline))
        for name in ("figures", "reasons", "limits", "would_change", "sources"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.answer not in ANSWERS:
            raise InvalidExperiment(f"a verdict is {', '.join(ANSWERS)}, not {self.answer!r}.")
        if not self.figures or not self.limits:
            raise InvalidExperiment(
                f"the verdict on {self.claim!r} needs at least one figure and one limit: "
                f"it has {len(self.figures)} and {len(self.limits)}."
            )

    @property
    def sections(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What stands under the headline, as headings and lines; an empty section is left out."""
        every = (
            ("Figures", tuple(str(each) for each in self.figures)),
            ("Why", tuple(self.reasons)),
            ("What this does not show", tuple(self.limits)),
            ("What would change the answer", tuple(self.would_change)),
            ("Sources", tuple(self.sources)),
        )
        return tuple((heading, lines) for heading, lines in every if lines)

    def __str__(self) -> str:
        top = [f"Claim: {self.claim}", f"Verdict: {self.answer}. {self.headline}"]
        figures, *others = self.sections
        return "\n".join(
            [*top, *(f"- {line}" for line in figures[1]), *(f"{name}: {' '.join(of)}" for name, of in others)]
        )

    def _repr_markdown_(self) -> str:
        """Show it in a notebook: plain Markdown, in which no text can become markup."""
        lines = [f"**Claim.** {plain(self.claim)}", "", f"**Verdict: {self.answer}.** {plain(self.headline)}"]
        for heading, of in self.sections:
            lines += ["", f"**{heading}**", "", *(f"- {plain(each)}" for each in of)]
        return "\n".join(lines)
