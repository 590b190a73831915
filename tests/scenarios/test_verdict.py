import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbconvert.filters import markdown2html

from mig_explorer.errors import InvalidExperiment
from mig_explorer.scenarios.figure import Figure
from mig_explorer.scenarios.prose import plain
from mig_explorer.scenarios.verdict import ANSWERS, ClaimVerdict

FIGURE = Figure("seven slices over the whole GPU", 0.88, "times", "modelled", "A100, seed 7")
CLAIM, HEADLINE = "MIG makes streaming faster.", "Seven slices stream 12 % less than the whole GPU."


def said(**changed):
    parts = {
        "claim": CLAIM,
        "answer": "no",
        "headline": HEADLINE,
        "figures": [FIGURE],
        "limits": ["Time is modelled."],
    }
    return ClaimVerdict(**{**parts, **changed})


def shown(markdown):
    """Return the words that a notebook shows for a text in Markdown."""
    text = re.sub(r"<[^>]*>", "", markdown2html(markdown))
    return " ".join(html.unescape(text).split())


def test_it_prints_claim_verdict_figures_and_limits():
    assert str(said(reasons=["Slices have 98 SMs.", "There are 108."], sources=["a paper"])) == (
        "Claim: MIG makes streaming faster.\n"
        "Verdict: no. Seven slices stream 12 % less than the whole GPU.\n"
        "- seven slices over the whole GPU: 0.88 times; modelled, A100, seed 7\n"
        "Why: Slices have 98 SMs. There are 108.\n"
        "What this does not show: Time is modelled.\n"
        "Sources: a paper"
    )


def test_an_empty_section_is_left_out():
    assert [heading for heading, _ in said().sections] == ["Figures", "What this does not show"]
    full = said(reasons=["a"], would_change=["b"], sources=["c"])
    assert [heading for heading, _ in full.sections] == [
        "Figures",
        "Why",
        "What this does not show",
        "What would change the answer",
        "Sources",
    ]


def test_what_it_is_given_as_lists_cannot_change_later():
    reasons = ["Slices have 98 SMs."]
    verdict = said(reasons=reasons)
    reasons.append("and more")
    assert verdict.reasons == ("Slices have 98 SMs.",)
    assert hash(verdict) == hash(said(reasons=("Slices have 98 SMs.",)))


@pytest.mark.parametrize("answer", ANSWERS)
def test_each_answer_stands_in_the_heading(answer):
    assert f"Verdict: {answer}. " in str(said(answer=answer))


@pytest.mark.parametrize("answer", ["maybe", "Yes", "", None])
def test_no_other_answer_is_taken(answer):
    with pytest.raises(InvalidExperiment) as refused:
        said(answer=answer)
    assert str(refused.value) == f"a verdict is yes, it depends, no, not supported, not {answer!r}."


@pytest.mark.parametrize(
    ("figures", "limits", "had"), [([], ["x"], "0 and 1"), ([FIGURE], [], "1 and 0"), ([], [], "0 and 0")]
)
def test_a_verdict_without_figures_or_limits_is_refused(figures, limits, had):
    with pytest.raises(InvalidExperiment) as refused:
        said(figures=figures, limits=limits)
    assert str(refused.value) == (
        f"the verdict on 'MIG makes streaming faster.' needs at least one figure and one limit: it has {had}."
    )


def test_a_notebook_shows_headings_and_a_line_for_each_figure():
    page = markdown2html(said(reasons=["Slices have 98 SMs."])._repr_markdown_())
    assert re.findall(r"<strong>(.*?)</strong>", page) == [
        "Claim.",
        "Verdict: no.",
        "Figures",
        "Why",
        "What this does not show",
    ]
    assert page.count("<li>") == 3


HOSTILE = st.text(st.sampled_from("ab1 .)(*_`~|<>[]!#+-=:/&;$\\{}\"'%^@\n\t"), max_size=40)


@given(HOSTILE)
@example("1. one")
@example("# heading")
@example("> said")
@example("- - -")
@example("<script>alert(1)</script>")
@example("![x](javascript:alert(1))")
@example("a &lt;b&gt; &amp; c")
@example("$x$ and $$y$$")
@example("one\n\n# two")
@example("    code")
@example("| a | b |\n|---|---|")
def test_no_text_becomes_markup(text):
    words = " ".join(text.split())
    page = markdown2html(f"- {plain(text)}")
    if words:
        assert shown(f"- {plain(text)}") == words
    assert set(re.findall(r"<\s*(/?\w+)", page)) <= {"ul", "/ul", "li", "/li"}
    behind = markdown2html(f"**Claim.** {plain(text)}")
    assert set(re.findall(r"<\s*(/?\w+)", behind)) <= {"p", "/p", "strong", "/strong"}


@given(HOSTILE)
def test_no_text_becomes_mathematics(text):
    # JupyterLab takes mathematics out of the text before it reads Markdown.
    assert not re.search(r"(?<!\\)(?:\\\\)*\$|\\\\[()\[\]]", plain(text))


def test_ordinary_sentences_stay_readable():
    sentence = '7 of 14 jobs, 2.53 times (2.1 to 3.04): not "faster", 3g.20gb + 1g.5gb; 5 % - or so.'
    assert plain(sentence) == sentence
