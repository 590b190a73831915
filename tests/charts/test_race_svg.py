from xml.etree import ElementTree as ET

from mig_explorer.charts.race_svg import race_svg
from mig_explorer.gpus import gpu
from mig_explorer.widgets.race_events import RaceEvents
from mig_explorer.widgets.race_plan import plan
from tests.widgets.recorded_race import BOARD, recorded_events

SVG = "{http://www.w3.org/2000/svg}"


def drawn(**options) -> ET.Element:
    events = RaceEvents()
    for event in recorded_events(**options):
        events.add(event)
    return ET.fromstring(race_svg(plan(events, gpu(BOARD))))


def words(root: ET.Element) -> list[str]:
    return [node.text or "" for node in root.iter(f"{SVG}text")]


def test_it_says_who_raced_on_what_and_that_the_time_is_modelled():
    said = words(drawn())
    assert said[:3] == [
        "Seven tenants, one A100",
        "time: modelled · STREAM triad, 2^26 elements · seed 7 · A100-SXM4-40GB",
        "Monolithic",
    ]
    assert {"1,715", "1,515", "4.07", "4.62", "requests/s", "ms p99"} <= set(said)


def test_requests_lie_inside_their_lane_and_are_few_however_long_the_race():
    for options in ({}, {"seconds": 3.0}, {"tenants": 12}):
        boxes = list(drawn(**options).iter(f"{SVG}rect"))[1:]
        assert 20 < len(boxes) < 200
        for box in boxes:
            left, width = (float(box.attrib[name]) for name in ("x", "width"))
            assert 179.9 <= left <= left + width <= 700.1


def test_a_race_in_which_nothing_finished_says_unknown():
    assert words(drawn(seconds=1e-4)).count("unknown") == 2


def test_tenants_who_are_served_side_by_side_do_not_lie_on_one_another():
    events = RaceEvents()
    for event in recorded_events(tenants=3):
        both = {"at_once": 0} if event["kind"] == "mode" and event["mode"] == "monolithic" else {}
        slices = [{**each, **both} for each in event.get("slices", [])]
        events.add({**event, "slices": slices} if slices else event)
    root = ET.fromstring(race_svg(plan(events, gpu(BOARD))))
    first_lane = [box for box in root.iter(f"{SVG}rect") if 64 < float(box.attrib["y"]) < 164]
    assert len({(box.attrib["y"], box.attrib["fill"]) for box in first_lane}) == 3
    assert len({box.attrib["y"] for box in first_lane}) == 3
