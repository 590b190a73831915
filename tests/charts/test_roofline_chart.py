import pytest

from mig_explorer.charts import roofline_chart as chart
from mig_explorer.charts.theme import PRINTED
from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpu, gpus
from mig_explorer.model import step_time
from mig_explorer.workloads import matmul, nbody, transpose_tiled, triad
from tests.charts.made_up import texts

BOARD = gpu("A100-SXM4-40GB")
PEAK_GFLOPS = 1000 * float(BOARD.peak_fp32_tflops or 0.0)


def test_every_slice_has_a_roof_of_its_sms_and_its_bandwidth():
    roofs = chart.roofs(BOARD, "fp32").set_index("slice")
    assert list(roofs.index) == ["whole GPU", "7g.40gb", "4g.20gb", "3g.20gb", "2g.10gb", "1g.10gb", "1g.5gb"]
    assert roofs.loc["whole GPU", "peak_gflops"] == pytest.approx(PEAK_GFLOPS)
    assert roofs.loc["1g.5gb", "peak_gflops"] == pytest.approx(PEAK_GFLOPS * 14 / 108)
    assert roofs.loc["3g.20gb", "bandwidth_gbs"] == pytest.approx(682.2)


def test_a_workload_lies_where_its_modelled_time_puts_it():
    work = triad(elements=2**26)
    points = chart.points(BOARD, [work]).set_index("slice")
    took = step_time(work, BOARD.slice("1g.5gb"), BOARD)
    assert points.loc["1g.5gb", "gflops"] == pytest.approx(work.cost.flops / took.seconds / 1e9)
    assert points.loc["1g.5gb", "intensity"] == pytest.approx(2 / 12)


def test_no_point_lies_above_its_roof():
    roofs = chart.roofs(BOARD, "fp32").set_index("slice")
    for _, point in chart.points(BOARD, [triad(), matmul(size=4096), nbody()]).iterrows():
        roof = roofs.loc[point["slice"]]
        assert point["gflops"] <= 1.001 * min(roof["peak_gflops"], point["intensity"] * roof["bandwidth_gbs"])


def test_a_slice_that_is_too_small_has_no_point():
    points = chart.points(BOARD, [triad(elements=2**29)])
    assert "1g.5gb" not in set(points["slice"])
    assert "2g.10gb" in set(points["slice"])


def test_used_slices_are_stressed_in_their_colour_and_roofs_that_meet_share_a_name():
    roofs, points = chart.roofs(BOARD, "fp32"), chart.points(BOARD, [triad()])
    found = chart.figures(roofs, points, "Said.", theme=PRINTED, used={"1g.5gb": "#0072b2"})
    assert {row["slice"] for row in found.data["roofs"] if row["on"]} == {"1g.5gb"}
    names = {row["slice"]: row for row in found.data["names"]}
    assert names["1g.10gb, 1g.5gb"]["on"]
    assert names["1g.10gb, 1g.5gb"]["colour"] == "#0072b2"
    assert not names["7g.40gb"]["on"]
    assert found.title == "STREAM triad, 2^26 elements: memory sets its time on every slice."
    plain = chart.figures(roofs, points, "Said.", theme=PRINTED)
    assert all(row["on"] for row in plain.data["roofs"])


def test_what_does_no_arithmetic_has_no_place_under_a_roof():
    work = transpose_tiled(size=1024)
    found = chart.figures(chart.roofs(BOARD, "fp32"), chart.points(BOARD, [work]), "Said.", theme=PRINTED)
    assert found.data["points"] == []
    assert found.title == f"{work.title}: no floating-point arithmetic, so no place under a roof."
    nothing = chart.points(BOARD, [triad(elements=2**31 - 1)]).iloc[:0]
    empty = chart.figures(chart.roofs(BOARD, "fp32"), nothing, "Said.", theme=PRINTED)
    assert empty.title == "No workload fits a slice of this board."


def test_several_workloads_are_named_beside_their_points():
    shown = chart.roofline_chart(BOARD, [triad(), matmul(), nbody()])
    words = texts(shown._repr_mimebundle_()["image/svg+xml"])
    assert {"STREAM triad", "Tiled matmul", "N-body", "whole GPU", "2g.10gb"} <= words
    assert shown.title.text == [
        "On the fastest slice memory sets the time of one, arithmetic that of two of 3 workloads."
    ]
    subtitle = " ".join(shown.title.subtitle)
    assert "fp32 peak of the data sheet by SMs, STREAM copy bandwidth; points modelled" in subtitle


def test_workloads_of_no_one_precision_are_refused():
    with pytest.raises(InvalidWorkload) as refused:
        chart.roofline_chart(BOARD, [])
    assert str(refused.value) == (
        "A roofline is drawn for workloads of one precision, not for no workload. "
        "Draw one for each precision."
    )


def test_a_peak_that_is_not_known_is_said():
    lacking = [each for each in gpus() if each.peak_fp64_tflops is None]
    if not lacking:
        pytest.skip("every board's fp64 peak is known")
    with pytest.raises(InvalidWorkload) as refused:
        chart.roofs(lacking[0], "fp64")
    assert str(refused.value) == (
        f"The fp64 peak rate of {lacking[0].name} is unknown, so it has no fp64 roofline. Use a workload in "
        "the other precision or another board."
    )
