from __future__ import annotations

import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from nbconvert.filters import markdown2html

from mig_explorer import scenarios
from mig_explorer.scenarios.prose import Prose, listed, plain


@pytest.mark.parametrize(
    ("text", "address", "after"),
    [
        ("see https://example.org/a_b_c.", "https://example.org/a_b_c", "."),
        ("(https://example.org/?q=1&r=~x)", "https://example.org/?q=1&r=~x", ")"),
        ("https://example.org/<b>", "https://example.org/", "<b>"),
        ("http://example.org/a*b", "http://example.org/a", "*b"),
    ],
)
def test_an_address_is_a_link_and_what_follows_is_text(text, address, after):
    page = markdown2html(plain(text))
    html = address.replace("&", "&amp;")
    assert f'<a href="{html}">{html}</a>{after.replace("<", "&lt;").replace(">", "&gt;")}' in page


def test_a_notebook_shows_prose_as_running_words():
    data, _ = DisplayFormatter().format(Prose("a_b\n\n- one *two*\n- three"))
    assert data["text/markdown"] == "a\\_b\n\n- one \\*two\\*\n- three"


def test_a_listing_names_what_each_text_is_about():
    texts = pd.Series(["refused: no *room*", "taken"], index=["EKS", "Slurm"])
    assert listed(texts) == "- EKS: refused: no *room*\n- Slurm: taken"
    assert listed(texts).markdown == "- EKS: refused: no \\*room\\*\n- Slurm: taken"


def test_a_scenario_asks_and_its_outcome_answers():
    scenario = scenarios.isolation
    assert scenario.prompt.startswith(f"Claim: {scenario.claim}\n\n{scenario.question}\n\n- ")
    assert scenario.prompt.count("\n- ") == len(scenario.choices)
    outcome = scenario()
    assert outcome.reveal == f"Right: {outcome.right_choice}.\n\n{outcome.explanation}"
    data, _ = DisplayFormatter().format(outcome)
    assert data["text/markdown"].startswith(f"**Verdict: {outcome.verdict.answer}.** ")


def test_settings_are_turned_one_by_one_and_the_others_hold():
    scenario = scenarios.deployment
    turned = scenario.turn(layout=["smallest slices", "divided"], target=["EKS"], gpu="A100-SXM4-80GB")
    asked = [{"layout": "smallest slices"}, {"layout": "divided"}, {"target": "EKS"}]
    verdicts = [scenario(gpu="A100-SXM4-80GB", **each).verdict for each in asked]
    words = ["layout 'smallest slices'", "layout 'divided'", "target 'EKS'"]
    assert turned == "\n".join(
        f"- {word}: {said.answer}. {said.headline}" for word, said in zip(words, verdicts, strict=True)
    )
