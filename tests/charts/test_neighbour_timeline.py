import pandas as pd
import pytest

from mig_explorer.charts import neighbour_timeline as chart
from mig_explorer.errors import InvalidExperiment
from mig_explorer.experiments import Experiment, Tenant
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic
from mig_explorer.workloads import triad
from tests.charts.made_up import LOOKS, SAID, texts

VISIT = chart.Visit("ann", "bob", joins=2.0, leaves=6.0, seconds=10.0)


def requests(mode: str, beside: float, alone: float = 0.1) -> list[dict[str, object]]:
    return [
        {
            "mode": mode,
            "tenant": "ann",
            "arrived": n / 10,
            "finished": n / 10 + (beside if 20 <= n < 60 else alone),
        }
        for n in range(95)
    ]


def test_the_neighbours_stay_is_marked_and_what_it_costs_is_said():
    frame = pd.DataFrame(requests("monolithic", 0.5) + requests("mig", 0.1))
    found = chart.figures(frame, LOOKS, SAID, VISIT)
    assert found.data["stay"] == [{"time": 2.0, "until": 6.0, "words": "bob is there"}]
    assert (
        found.title
        == "While bob is there, ann waits 5.0 times as long on Monolithic, 1.00 times on MIG 7 × 1g.5gb."
    )
    assert found.axes == "latency of ann, ms, the slowest request of each moment, over modelled time, s"


def test_the_slowest_request_of_each_moment_is_drawn():
    frame = pd.DataFrame(requests("monolithic", 0.5))
    line = chart.figures(frame, LOOKS, SAID, VISIT, bins=10).data["lines"]
    values = {row["time"]: row["value"] for row in line}
    assert values[4.5] == pytest.approx(500)
    assert [values[1.5], values[8.5]] == pytest.approx([100, 100])
    assert line[0]["mode"] == "Monolithic"


def test_without_a_time_alone_nothing_is_compared():
    frame = pd.DataFrame(requests("monolithic", 0.5)[20:60])
    assert chart.figures(frame, LOOKS, SAID, VISIT).title == "Latency of ann while bob is there."


def test_what_the_neighbour_left_in_the_queue_is_not_taken_for_the_time_alone():
    frame = pd.DataFrame(requests("monolithic", 0.5))
    frame.loc[60:62, "finished"] = frame.loc[60:62, "arrived"] + 0.5
    assert chart.figures(frame, LOOKS, SAID, VISIT).title == (
        "While bob is there, ann waits 5.0 times as long on Monolithic."
    )


def test_the_same_requests_without_the_neighbour_can_be_compared_with():
    frame, alone = (pd.DataFrame(requests("monolithic", beside)) for beside in (0.5, 0.25))
    visit = chart.Visit("ann", "bob", joins=2.0, leaves=6.0, seconds=10.0, does="is noisy")
    found = chart.figures(frame, LOOKS, SAID, visit, quiet=alone)
    assert found.title == "While bob is noisy, ann waits 2.0 times as long on Monolithic."
    assert found.data["stay"][0]["words"] == "bob is noisy"


def test_modes_that_are_alike_are_named_together():
    frame = pd.DataFrame(requests("monolithic", 0.1) + requests("mig", 0.1))
    assert chart.figures(frame, LOOKS, SAID, VISIT).title == (
        "While bob is there, ann waits 1.00 times as long on Monolithic and MIG 7 × 1g.5gb."
    )


def test_an_experiment_in_which_a_neighbour_comes_and_goes():
    board = gpu("A100-SXM4-40GB")
    halves = Mig(parse_layout(board, "3g.20gb@0 3g.20gb@4"))
    work = triad(elements=2**24)
    who = [Tenant("ann", work), Tenant("bob", work, joins=0.02, leaves=0.04)]
    result = Experiment(board, who, [Monolithic(), halves], seconds=0.06).modelled()
    shown = chart.neighbour_timeline(result, "ann", "bob")
    assert shown.title.text == [
        "While bob is there, ann waits 2.0 times as long on Monolithic, 1.00 times on MIG 2 ×",
        "3g.20gb.",
    ]
    assert {"bob is there", "Monolithic", "MIG 2 × 3g.20gb"} <= texts(
        shown._repr_mimebundle_()["image/svg+xml"]
    )
    with pytest.raises(InvalidExperiment) as refused:
        chart.neighbour_timeline(result, "ann", "bobby")
    assert str(refused.value) == "The experiment has no tenant 'bobby'. Nearest: bob."
