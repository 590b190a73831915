import pandas as pd

from mig_explorer.charts.deployment_steps import deployment_steps, figures
from mig_explorer.charts.theme import PRINTED
from mig_explorer.charts.vega import svg
from tests.charts.made_up import texts


def targets(*statuses: str) -> pd.DataFrame:
    """Return targets a, b, c, … with one file and two commands each, but where they refuse."""
    rows = [
        {"target": "abc"[place], "status": status, "files": int(taken), "commands": 2 * taken}
        for place, status in enumerate(statuses)
        for taken in [status != "refused"]
    ]
    table = pd.DataFrame(rows)
    table.attrs |= {"provenance": "Made up.", "layout": "7g.40gb"}
    return table


def test_the_title_says_how_many_take_it_and_in_how_many_steps():
    found = figures(targets("unchanged", "moved", "refused"), PRINTED)
    assert found.title == "One of three targets takes 7g.40gb unchanged, in 3 steps."
    assert figures(targets("refused"), PRINTED).title == "None of one targets take 7g.40gb unchanged."


def test_bars_follow_each_other_and_end_with_the_steps():
    data = figures(targets("unchanged"), PRINTED).data
    assert [(row["from"], row["to"], row["count"]) for row in data["bars"]] == [(0, 1, 1), (1, 3, 2)]
    assert data["words"] == [{"target": "a", "at": 3, "said": "3 steps"}]


def test_who_refuses_has_no_bar_and_says_so():
    data = figures(targets("refused", "moved"), PRINTED).data
    assert {row["target"] for row in data["bars"]} == {"b"}
    assert [row["said"] for row in data["words"]] == ["refused", "3 steps, moved"]


def test_what_is_drawn_can_be_read():
    said = texts(svg(deployment_steps(targets("unchanged", "refused")).to_dict()))
    assert said >= {"a", "b", "3 steps", "refused", "files to put in place", "commands to run"}
