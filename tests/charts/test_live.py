from mig_explorer.charts.live import HEIGHT, live_chart

MODES = {"monolithic": "Monolithic", "mig": "MIG 7 × 1g.5gb"}


def spec(largest: float = 616.0):
    return live_chart("throughput", "Requests/s so far", MODES, time_end=35.0, largest=largest).plan()["spec"]


def test_the_chart_holds_no_rows_but_names_the_data_sets_that_the_page_fills():
    assert [layer["data"] for layer in spec()["layer"]] == [
        {"name": "progress"},
        {"name": "ends"},
        {"name": "ends"},
    ]
    assert "datasets" not in spec()


def test_scales_are_fixed_so_that_nothing_is_cut_off_and_nothing_jumps():
    for layer in spec()["layer"]:
        assert layer["encoding"]["x"]["scale"]["domain"] == [0, 35.0]
        assert layer["encoding"]["y"]["scale"]["domain"] == [0, 800.0]
    assert spec()["autosize"] == {"type": "none"}


def test_a_chart_in_which_nothing_happens_still_has_a_scale():
    assert spec(largest=0.0)["layer"][0]["encoding"]["y"]["scale"]["domain"] == [0, 1.0]


def test_lines_are_labelled_at_their_ends_and_have_no_legend():
    line, _, label = spec()["layer"]
    assert line["encoding"]["color"]["legend"] is None
    assert label["mark"]["type"] == "text"
    assert label["encoding"]["text"] == {"field": "mode", "type": "nominal"}
    assert label["encoding"]["color"]["scale"]["domain"] == ["Monolithic", "MIG 7 × 1g.5gb"]


def test_colours_are_variables_of_the_page_so_that_a_new_theme_needs_no_new_chart():
    assert spec()["layer"][0]["encoding"]["color"]["scale"]["range"] == ["var(--ink2)", "var(--cool)"]
    assert spec()["config"]["axis"]["labelColor"] == "var(--ink2)"


def test_the_page_is_told_the_size_that_it_places_labels_in():
    plan = live_chart("p99", "p99 so far, ms", MODES, time_end=35.0, largest=4.6).plan()
    assert (plan["field"], plan["title"], plan["top"], plan["height"]) == (
        "p99",
        "p99 so far, ms",
        6.0,
        HEIGHT,
    )
    assert plan["spec"]["padding"] == plan["padding"]
    assert plan["spec"]["height"] == HEIGHT
    assert plan["spec"]["description"] == "p99 so far, ms: one line for each of Monolithic, MIG 7 × 1g.5gb."
