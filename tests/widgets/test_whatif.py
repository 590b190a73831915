import json
from xml.etree import ElementTree as ET

import pytest

from mig_explorer.errors import InvalidExperiment, InvalidWorkload, MigExplorerError, UnknownGpu
from mig_explorer.experiments import Experiment
from mig_explorer.gpus import gpu, gpus
from mig_explorer.model import MeasuredWorkload
from mig_explorer.widgets.assets import STATIC, css, esm
from mig_explorer.widgets.whatif import WhatIf, whatif
from mig_explorer.widgets.whatif_looks import looks
from mig_explorer.widgets.whatif_svg import WIDTH, whatif_svg
from mig_explorer.workloads import attention, triad

SMALL = triad(elements=2**20)


@pytest.fixture
def shown():
    return whatif("A30", SMALL, tenants=3)


def hear(widget: WhatIf, serial: int, **change: object) -> None:
    widget._hear({"kind": "change", "serial": serial, "change": change})


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_what_the_page_is_told_is_json_and_names_every_control(shown):
    for part in (shown.plan, shown.shown, shown.latency, shown.neighbour, shown.frontier):
        json.dumps(part, allow_nan=False)
    controls = shown.shown["controls"]
    assert list(controls) == ["board", "workload", "tenants", "load", "size", "layout", "modes"]
    assert controls["size"]["name"] == "Elements"
    assert controls["size"]["choices"][controls["size"]["taken"]] == {"value": 2**20, "words": "2^20"}
    assert controls["load"]["choices"][-1] == {"value": None, "words": "closed loop"}
    assert controls["load"]["taken"] == len(controls["load"]["choices"]) - 1
    assert [mode["value"] for mode in controls["modes"] if mode["on"]] == [
        "monolithic",
        "time-slicing",
        "mps",
        "mig",
    ]


def test_each_chart_is_one_drawing_whose_data_sets_are_all_sent(shown):
    sent = {**shown.shown["charts"]} | {
        name: getattr(shown, name) for name in ("latency", "neighbour", "frontier")
    }
    for chart in shown.plan["charts"]:
        assert "datasets" not in chart["spec"]
        assert set(chart["sets"]) == set(sent[chart["name"]]["data"]), chart["name"]
        assert chart["spec"]["autosize"] == {"type": "none"}
        assert sent[chart["name"]]["title"]
    names = [chart["name"] for chart in shown.plan["charts"]]
    assert names == ["latency", "use", "frontier", "roofline", "neighbour"]


def test_a_wish_of_the_page_is_answered_with_its_number(shown):
    hear(shown, 1, tenants=5)
    assert shown.settings.tenants == 5
    assert [part["serial"] for part in (shown.shown, shown.latency, shown.neighbour, shown.frontier)] == [
        1
    ] * 4
    assert shown.shown["title"] == "What if: five tenants, one A30"
    assert shown.shown["controls"]["tenants"]["taken"] == 4
    hear(shown, 2, rate=1000.0, modes=["mps", "mig"])
    assert (
        shown.shown["workload"]
        == "STREAM triad, 2^20 elements, 1,000 requests/s of each tenant, at random times"
    )
    assert [row["mode"] for row in shown.shown["table"]["rows"]] == ["MPS", "MIG"]


def test_a_layout_that_cannot_be_leaves_all_as_it_was_and_says_why(shown):
    before = shown.settings
    hear(shown, 1, layout="4g.24gb@1")
    assert shown.settings == before
    assert shown.shown["controls"]["layout"]["problem"] == (
        "4g.24gb cannot start at memory slice 1. Its only start is 0. Place it at 0 instead."
    )
    hear(shown, 2, layout="2g.12gb@0 2g.12gb@2")
    assert shown.shown["controls"]["layout"]["problem"] == ""
    assert shown.settings.layout.title == "2 × 2g.12gb"


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "change",
        {},
        {"kind": "change"},
        {"change": 7},
        {"change": {"tenants": "all"}, "serial": "1"},
    ],
)
def test_a_page_that_talks_nonsense_changes_nothing(shown, content):
    before = shown.settings
    shown._hear(content)
    assert shown.settings == before


def test_a_page_cannot_set_the_state(shown):
    shown.set_state({"shown": {}, "plan": {}, "settings": None})
    assert shown.shown["charts"]


def test_a_mode_without_figures_is_explained_in_words():
    shown = whatif("A100-SXM4-40GB", triad(elements=2**29))
    messages = {each["headline"]: each["detail"] for each in shown.shown["messages"]}
    assert messages["MIG has no figures."].endswith("The smallest profile with room is 1g.10gb.")
    rows = {row["mode"]: row for row in shown.shown["table"]["rows"]}
    assert rows["MIG"]["problem"] == "no figures; why not stands above"
    assert rows["Monolithic"]["problem"] == ""


def test_a_board_without_mig_has_no_layouts():
    shown = whatif("GB10")
    controls = shown.shown["controls"]
    assert [mode["value"] for mode in controls["modes"]] == [
        "monolithic",
        "time-slicing",
        "mps",
        "green-contexts",
    ]
    assert controls["layout"]["presets"] == []
    assert controls["layout"]["note"] == "GB10 has no MIG: it cannot be cut into slices."
    assert shown.frontier["empty"]
    assert shown.frontier["title"] == "This board has no MIG, so it has no layouts to compare."
    assert shown.layouts is None


def test_a_measured_workload_has_no_size_and_no_roofline():
    shown = whatif(workload=MeasuredWorkload("bert", {"7g.40gb": 0.053, "1g.5gb": 0.399}))
    assert shown.shown["controls"]["size"]["choices"] == [{"value": None, "words": "as measured"}]
    assert shown.shown["charts"]["roofline"]["empty"]
    cells = shown.shown["table"]["rows"][0]["cells"]
    assert [cell["words"] for cell in cells][4:6] == ["unknown", "unknown"]
    assert shown.shown["controls"]["workload"]["taken"] == "bert"
    with pytest.raises(InvalidExperiment):
        shown.change(size=4)


def test_the_best_of_each_column_is_marked_where_there_is_one():
    shown = whatif(modes=["monolithic", "mig"])
    columns = [column["name"] for column in shown.shown["table"]["columns"]]
    for number, name in enumerate(columns[:4]):
        assert any(row["cells"][number]["best"] for row in shown.shown["table"]["rows"]), name
    hear(shown, 2, modes=["mig"])
    assert not any(cell["best"] for row in shown.shown["table"]["rows"] for cell in row["cells"])


def test_a_queue_without_end_has_no_latency_in_the_table():
    shown = whatif("A100-SXM4-40GB", modes=["monolithic", "mps"])
    shown.change(rate=10_000.0)
    cells = shown.shown["table"]["rows"][0]["cells"]
    assert [cell["words"] for cell in cells][1:4] == ["grows", "grows", "grows"]


def test_from_python_it_is_changed_and_its_experiment_is_to_be_run(shown):
    shown.change(tenants=2, layout="2g.12gb 2g.12gb")
    assert shown.verdict.startswith("With two tenants ")
    asked = shown.experiment
    assert isinstance(asked, Experiment)
    assert (len(asked.tenants), [mode.slug for mode in asked.modes][-1]) == (2, "mig-2x2g-12gb")
    assert shown.sweep["tenants"].max() == 14
    assert set(shown.layouts["title"]) >= {"2 × 2g.12gb"}
    with pytest.raises(MigExplorerError):
        shown.change(layout="1g.5gb")
    with pytest.raises(InvalidExperiment):
        shown.change(colour="red")


def test_a_saved_notebook_keeps_a_picture_and_the_words(shown):
    data, _ = shown._repr_mimebundle_()
    words = texts(data["image/svg+xml"])
    assert words[0] == "What if: three tenants, one A30"
    assert {"Monolithic", "MPS", "MIG", "requests/s", "p99 latency"} <= set(words)
    assert any(line.startswith("With three tenants ") for line in words)
    assert data["text/plain"].startswith(
        "<What if: three tenants, one A30, STREAM triad, 2^20 elements, each tenant"
    )
    assert "modelled · model " in data["text/plain"]
    assert ET.fromstring(data["image/svg+xml"]).attrib["width"] == str(WIDTH)
    assert "http" not in data["image/svg+xml"].replace("http://www.w3.org/", "")


def test_a_noisy_neighbour_is_heard_in_a_queue_and_not_on_another_slice():
    shown = whatif(modes=["monolithic", "mig"])
    assert shown.neighbour["title"] == (
        "While tenant 2 is noisy, tenant 1 waits 2.1 times as long on Monolithic, 1.00 times on MIG."
    )
    assert shown.neighbour["axes"].endswith(
        "; while noisy, tenant 2 keeps eight more requests under way; compared: p99 without the noise"
    )
    assert shown.neighbour["title"] in repr(shown)
    (stay,) = shown.neighbour["data"]["stay"]
    end = shown.neighbour["data"]["scale"][1]["time"]
    assert stay["words"] == "tenant 2 is noisy"
    assert (stay["time"], stay["until"]) == pytest.approx((end / 3, 2 * end / 3))
    shown.change(tenants=1)
    assert (shown.neighbour["title"], shown.neighbour["empty"], shown.noise) == (
        "One tenant has no neighbour: choose two or more.",
        True,
        None,
    )
    shown.change(tenants=2, layout="7g.40gb", modes=["mig"])
    assert shown.neighbour["title"] == "While tenant 2 is noisy, tenant 1 waits 5.0 times as long on MIG."


def test_a_queue_that_grows_anyway_has_no_place_beside_a_noisy_neighbour():
    shown = whatif(modes=["monolithic", "mps"])
    shown.change(rate=10_000.0)
    assert {row["mode"] for row in shown.neighbour["data"]["lines"]} == {"MPS"}
    assert shown.neighbour["axes"].endswith("; without Monolithic, where the queue grows all the time")
    shown.change(modes=["monolithic"])
    assert shown.neighbour["title"] == "No chosen mode has figures that last: the queues grow without end."
    assert shown.neighbour["empty"]


def test_the_still_picture_has_the_noisy_neighbour_too(shown):
    words = texts(shown._repr_mimebundle_()[0]["image/svg+xml"])
    assert "tenant 2 is noisy" in words
    assert words.count("Monolithic") == 3
    shown.change(tenants=1)
    assert "tenant 2 is noisy" not in texts(shown._repr_mimebundle_()[0]["image/svg+xml"])


def test_what_the_modelled_time_leaves_out_is_said():
    shown = whatif()
    assert shown.shown["note"] == shown.settings.work.note != ""
    drawn = " ".join(texts(whatif_svg(shown.shown, shown.latency, shown.neighbour)))
    assert shown.settings.work.note in drawn
    shown.change(tenants=9)
    assert shown.shown["note"].endswith(" MIG has 7 places for nine tenants: those of one place queue.")


def test_words_that_look_like_markup_stay_words():
    odd = MeasuredWorkload("<b>bert</b> & co", {"7g.40gb": 0.053, "1g.5gb": 0.399})
    data = whatif(workload=odd)._repr_mimebundle_()[0]  # type: ignore[index]
    assert any("<b>bert</b> & co" in line for line in texts(data["image/svg+xml"]))


def test_what_cannot_be_opened_is_refused():
    with pytest.raises(UnknownGpu):
        whatif("A101")
    with pytest.raises(TypeError) as refused:
        whatif(7)  # type: ignore[arg-type]
    assert str(refused.value) == (
        "whatif takes a board or its name, such as mig.whatif('A100-SXM4-40GB'), not 7."
    )
    with pytest.raises(InvalidWorkload) as no_work:
        whatif("A30", "triad")  # type: ignore[arg-type]
    assert str(no_work.value) == (
        "whatif needs a workload, not 'triad'. For example workload=workloads.triad(elements=2**26)."
    )


def test_the_frontier_marks_the_layout_that_is_looked_at():
    shown = whatif("A100-SXM4-40GB", attention(), layout="7g.40gb")
    assert [row["title"] for row in shown.frontier["data"]["chosen"]] == ["7g.40gb"]
    assert {row["title"] for row in shown.frontier["data"]["modes"]} == {"Monolithic", "Time slicing", "MPS"}


def test_every_mode_keeps_its_look_whichever_are_chosen(shown):
    hear(shown, 1, modes=["mig"])
    assert {row["colour"] for row in shown.latency["data"]["lines"]} == {looks()["mig"].colour}
    assert len({(look.colour, look.dash) for look in looks().values()}) == len(looks())


def test_its_script_and_style_come_with_it_and_build_no_markup():
    script = esm("whatif.js")
    assert '"./' not in script
    for name in ("whatif.js", "whatif_chart.js", "whatif_controls.js", "whatif_table.js"):
        source = (STATIC / name).read_text(encoding="utf-8")
        assert "innerHTML" not in source
        assert "http" not in source
    assert "--rose" in css("whatif.css")
    assert gpu("A30").has_mig


@pytest.mark.parametrize("board", gpus(), ids=lambda board: board.name)
def test_every_board_opens_and_says_what_is_not_known_of_it(board):
    shown = whatif(board)
    without = [row for row in shown.shown["table"]["rows"] if row["problem"]]
    assert len(without) == len(shown.shown["messages"])
    assert shown.frontier["title"]
    json.dumps([shown.shown, shown.latency, shown.neighbour, shown.frontier], allow_nan=False)
