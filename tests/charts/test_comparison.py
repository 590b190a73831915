import json
from xml.etree import ElementTree as ET

import pytest

from mig_explorer.charts.comparison import chart
from mig_explorer.experiments import Experiment, Result, Tenant, Trace
from mig_explorer.gpus import gpu
from mig_explorer.model import Monolithic
from mig_explorer.model.arrivals import Poisson
from mig_explorer.workloads import triad
from tests.widgets.recorded_race import recorded_events


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return Result(Trace(tmp_path_factory.mktemp("run") / "run.jsonl", tuple(recorded_events())))


def test_both_panels_hold_a_point_for_each_mode_and_number_of_tenants(result: Result):
    spec = chart(result).to_dict()
    latency, throughput = spec["concat"]
    assert latency["title"]["text"] == "p99 latency, ms, by number of tenants"
    assert throughput["title"]["text"] == "Throughput, requests/s, by number of tenants"
    rows = [row for rows in spec["datasets"].values() for row in rows if "label" not in row]
    assert {(row["mode"], row["tenants"]) for row in rows} == {
        (mode, count) for mode in ("Monolithic", "MIG 7 × 1g.5gb") for count in range(1, 8)
    }
    alone = next(row for row in rows if row["mode"] == "MIG 7 × 1g.5gb" and row["tenants"] == 1)
    assert alone["latency"] == pytest.approx(4.62)
    assert alone["throughput"] == pytest.approx(1 / 0.00462, rel=0.01)


def test_the_heading_says_what_the_figures_are(result: Result):
    assert chart(result).to_dict()["title"]["text"] == "1 to 7 tenants, one A100-SXM4-40GB"
    assert chart(result).to_dict()["title"]["subtitle"] == [
        "STREAM triad, 2^26 elements.",
        "Modelled time (model 1), not measured; kernels emulated; seed 7.",
    ]


def test_a_mode_that_cannot_keep_up_leaves_no_number_that_json_has_not():
    crowd = [Tenant(f"user {each}", triad(elements=2**26), arrivals=Poisson(1500.0)) for each in range(2)]
    overloaded = Experiment(gpu("A30"), crowd, [Monolithic()]).modelled()
    spec = chart(overloaded).to_dict()
    assert json.dumps(spec, allow_nan=False)
    shown = [row for rows in spec["datasets"].values() for row in rows]
    assert {(row["tenants"], row["latency"]) for row in shown} >= {(2, None)}


def test_it_shows_itself_as_svg_without_network_or_kernel(result: Result):
    bundle = chart(result)._repr_mimebundle_()
    assert bundle["text/plain"] == "<ComparisonChart: p99 latency and throughput by number of tenants>"
    root = ET.fromstring(bundle["image/svg+xml"])
    words = {node.text for node in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Monolithic", "MIG 7 × 1g.5gb", "1 to 7 tenants, one A100-SXM4-40GB"} <= words
    assert "http" not in bundle["image/svg+xml"].replace("http://www.w3.org/", "")


def test_one_tenant_alone_has_a_chart_too(tmp_path):
    alone = Result(Trace(tmp_path / "run.jsonl", tuple(recorded_events(tenants=1))))
    assert chart(alone).to_dict()["title"]["text"] == "One tenant, one A100-SXM4-40GB"


@pytest.mark.parametrize(
    ("title", "columns"), [("MIG 7 × 1g.5gb", 2), ("MIG 3g.20gb + 2g.10gb + 2 × 1g.5gb", 1)]
)
def test_it_fits_a_notebook_of_850_pixels_and_shortens_no_name(tmp_path, title: str, columns: int):
    events = [
        {**event, "title": title} if event["kind"] == "mode" and event["title"].startswith("MIG") else event
        for event in recorded_events()
    ]
    shown = chart(Result(Trace(tmp_path / "run.jsonl", tuple(events))))
    assert shown.to_dict()["columns"] == columns
    root = ET.fromstring(shown._repr_mimebundle_()["image/svg+xml"])
    assert float(root.attrib["width"]) <= 840
    assert title in {node.text for node in root.iter("{http://www.w3.org/2000/svg}text")}
