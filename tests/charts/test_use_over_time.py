import math

import pandas as pd
import pytest

from mig_explorer.charts import drawing as parts
from mig_explorer.charts import use_over_time as chart
from mig_explorer.charts.theme import PRINTED
from mig_explorer.experiments import Experiment, tenants
from mig_explorer.gpus import gpu
from mig_explorer.model import Monolithic, Mps
from mig_explorer.workloads import mlp
from tests.charts.made_up import LOOKS, SAID, texts


def use(**shares: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"mode": mode, "from_s": n / 10, "to_s": (n + 1) / 10, "sm_use": share, "bandwidth_use": math.nan}
            for mode, values in shares.items()
            for n, share in enumerate(values)
        ]
    )


def test_every_mode_is_a_line_from_the_first_moment_to_the_last():
    found = chart.figures(use(mps=[0.5, 0.7], monolithic=[0.2, 0.2]), LOOKS, SAID)
    line = [(row["time"], row["value"]) for row in found.data["lines"] if row["mode"] == "MPS"]
    assert line == [(0.0, 50.0), (pytest.approx(100.0), 70.0), (pytest.approx(200.0), 70.0)]
    assert found.title == "On average 60 % of the SMs are in use on MPS, 20 % on Monolithic."
    assert found.axes == "share of SMs in use, %, over modelled time, ms"


def test_what_is_not_known_is_no_line_at_zero():
    found = chart.figures(use(mps=[0.5]), LOOKS, SAID, "bandwidth_use")
    assert found.data["lines"] == []
    assert found.title == "How much of the memory bandwidth is in use is not known."
    one = chart.figures(use(mps=[0.5, 0.5], monolithic=[math.nan, 0.2]), LOOKS, SAID)
    assert [row["time"] for row in one.data["lines"] if row["mode"] == "Monolithic"] == [
        pytest.approx(100.0),
        pytest.approx(200.0),
    ]


def test_modes_that_use_the_same_are_said_in_one_breath():
    found = chart.figures(use(mps=[0.5], monolithic=[0.5]), LOOKS, SAID)
    assert found.title == "On average 50 % of the SMs are in use on Monolithic and all others."


def test_a_result_has_a_panel_for_sms_and_one_for_bandwidth():
    result = Experiment(gpu("A30"), tenants(mlp(), 3), [Monolithic(), Mps()]).modelled()
    shown = chart.use_over_time(result)
    assert isinstance(shown, parts.StillChart)
    spec = shown.to_dict()
    assert [panel["title"]["text"] for panel in spec["concat"]] == ["SMs", "Memory bandwidth"]
    assert {"Monolithic", "MPS", "SMs", "100"} <= texts(shown._repr_mimebundle_()["image/svg+xml"])
    assert "not measured" in " ".join(spec["title"]["subtitle"])
    assert spec["config"]["background"] == PRINTED.background
