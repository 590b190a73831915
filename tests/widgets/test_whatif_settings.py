import pytest

from mig_explorer.errors import InvalidExperiment, MigExplorerError, UnknownGpu
from mig_explorer.gpus import gpu, gpus
from mig_explorer.model import MeasuredWorkload
from mig_explorer.widgets import whatif_settings as room
from mig_explorer.workloads import factories, mlp, triad

A100 = gpu("A100-SXM4-40GB")
BEGIN = room.first(A100, mlp())


def test_it_begins_with_seven_tenants_in_a_closed_loop_on_the_smallest_slices():
    assert (BEGIN.tenants, BEGIN.rate, BEGIN.layout.title) == (7, None, "7 × 1g.5gb")
    assert BEGIN.modes == ("monolithic", "time-slicing", "mps", "mig")
    assert (BEGIN.size_name, BEGIN.size) == ("batch", 32)


@pytest.mark.parametrize("board", gpus(), ids=lambda board: board.name)
def test_every_board_has_the_modes_it_can_have(board):
    begin = room.first(board, mlp())
    offered = room.offered(board)
    assert set(begin.modes) <= set(offered)
    assert ("mig" in offered) == board.has_mig
    every = room.changed(begin, {"modes": list(offered)}, begin.work)
    assert list(every.sharing()) == list(offered)
    assert next(mode.slug for mode in every.sharing().values()) == "monolithic"


def test_the_same_settings_have_the_same_modes_as_objects():
    again = room.first(A100, mlp())
    assert all(BEGIN.sharing()[slug] is again.sharing()[slug] for slug in BEGIN.modes)


def test_each_setting_can_be_changed():
    change = {
        "gpu": "A30",
        "workload": "triad",
        "size": 2**20,
        "tenants": 3,
        "rate": 12.5,
        "modes": ["mig", "monolithic"],
        "layout": "2g.12gb 2g.12gb",
    }
    after = room.changed(BEGIN, change, BEGIN.work)
    assert after.gpu.name == "A30"
    assert after.work == triad(elements=2**20)
    assert (after.tenants, after.rate) == (3, 12.5)
    assert after.modes == ("monolithic", "mig")
    assert after.layout.title == "2 × 2g.12gb"
    assert room.changed(after, {"rate": None}, BEGIN.work).rate is None


def test_another_board_brings_its_own_layout_and_loses_modes_it_cannot_have():
    small = room.changed(BEGIN, {"gpu": "GB10"}, BEGIN.work)
    assert small.modes == ("monolithic", "time-slicing", "mps")
    assert not small.layout.instances
    only = room.changed(room.changed(BEGIN, {"modes": ["mig"]}, BEGIN.work), {"gpu": "GB10"}, BEGIN.work)
    assert only.modes == ("monolithic",)
    same = room.changed(BEGIN, {"gpu": A100.name, "layout": "7g.40gb"}, BEGIN.work)
    assert room.changed(same, {"gpu": A100.name}, BEGIN.work).layout.title == "7g.40gb"


def test_a_workload_of_ones_own_can_be_left_and_come_back_to():
    own = MeasuredWorkload("bert", {"7g.40gb": 0.053, "1g.5gb": 0.399})
    begin = room.first(A100, own)
    assert (begin.size_name, begin.size) == ("", None)
    elsewhere = room.changed(begin, {"workload": "mlp"}, own)
    assert room.changed(elsewhere, {"workload": "bert"}, own).work is own


@pytest.mark.parametrize("name", list(factories()))
def test_sizes_go_up_in_powers_of_two_and_hold_the_workloads_own(name):
    work = factories()[name]()
    parameter = next(iter(work.parameters))
    own = int(work.parameters[parameter])
    found = room.sizes(work.factory, parameter, own)
    assert own in found
    assert list(found) == sorted(set(found))
    assert len(found) >= 4
    for size in found:
        factories()[name](**{parameter: size})


def test_rates_are_round_and_around_what_the_gpu_can_do():
    for alone in (3e-5, 0.0123, 4.2):
        found = room.rates(alone)
        assert list(found) == sorted(set(found))
        assert found[0] * alone == pytest.approx(room.LIGHTEST, rel=0.6)
        assert found[-1] * alone == pytest.approx(room.HEAVIEST, rel=0.4)
        assert all(float(f"{rate:.2g}") == rate for rate in found)


SETTINGS = "Known: gpu, workload, size, tenants, rate, modes, layout."
EVERY_MODE = "Known: monolithic, time-slicing, mps, green-contexts, mig, mig-mps."
NO_RATE = "A rate is a number of requests/s greater than 0, or None for a closed loop, not "
NO_LAYOUT = "A layout is a text of at most 400 characters, like '3g.20gb@4 1g.5gb@0'."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (None, f"Settings come by name, not as None. {SETTINGS}"),
        ([], f"Settings come by name, not as []. {SETTINGS}"),
        ({"nonsense": 1}, f"There is no setting 'nonsense'. {SETTINGS}"),
        ({"tenant": 1}, "There is no setting 'tenant'. Nearest: tenants."),
        ({"gpu": ["A30"]}, "A board is chosen by its name, such as 'A30', not ['A30']."),
        ({"workload": "triads"}, "There is no workload 'triads'. Nearest: triad."),
        ({"size": "32"}, "The batch of mlp is a whole number of 1 or more, not '32'."),
        ({"size": 0}, "The batch of mlp is a whole number of 1 or more, not 0."),
        ({"size": True}, "The batch of mlp is a whole number of 1 or more, not True."),
        ({"tenants": 0}, "There can be 1 to 14 tenants here, not 0."),
        ({"tenants": 15}, "There can be 1 to 14 tenants here, not 15."),
        ({"tenants": 2.0}, "There can be 1 to 14 tenants here, not 2.0."),
        ({"rate": -1}, f"{NO_RATE}-1."),
        ({"rate": float("nan")}, f"{NO_RATE}nan."),
        ({"rate": "fast"}, f"{NO_RATE}'fast'."),
        ({"modes": "telepathy"}, f"A100-SXM4-40GB has no sharing mode 'telepathy' here. {EVERY_MODE}"),
        ({"modes": ["MIG!"]}, "A100-SXM4-40GB has no sharing mode 'MIG!' here. Nearest: mig."),
        ({"modes": [["mig"]]}, f"A100-SXM4-40GB has no sharing mode ['mig'] here. {EVERY_MODE}"),
        ({"layout": 7}, NO_LAYOUT),
        ({"layout": "1g.5gb " * 99}, NO_LAYOUT),
    ],
)
def test_what_is_not_offered_is_refused(change, message):
    with pytest.raises(InvalidExperiment) as refused:
        room.changed(BEGIN, change, BEGIN.work)
    assert str(refused.value) == message


def test_what_other_boards_and_workloads_do_not_have_is_refused_there():
    with pytest.raises(InvalidExperiment) as refused:
        room.changed(BEGIN, {"gpu": "GB10", "modes": ["mig"]}, BEGIN.work)
    assert str(refused.value) == (
        "GB10 has no sharing mode 'mig' here. Known: monolithic, time-slicing, mps, green-contexts."
    )
    own = MeasuredWorkload("bert", {"7g.40gb": 0.053, "1g.5gb": 0.399})
    with pytest.raises(InvalidExperiment) as one_size:
        room.changed(room.first(A100, own), {"size": 4}, own)
    assert str(one_size.value) == "bert was measured at one size, so it cannot be 4."
    with pytest.raises(UnknownGpu):
        room.changed(BEGIN, {"gpu": "GTX 1080"}, BEGIN.work)


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (
            "3g.20gb@1",
            "3g.20gb cannot start at memory slice 1. Its starts are 0 and 4. Place it at 0 or 4 instead.",
        ),
        ("9g.90gb", "A100-SXM4-40GB has no profile '9g.90gb'."),
        ("3g.20gb@@", "'3g.20gb@@' is not a placement; write profile@start, like '3g.20gb@4'."),
        (
            "empty",
            "Mig() needs a layout with at least one GPU instance, and this one of A100-SXM4-40GB is empty.",
        ),
        (
            "3g.20gb@0[]",
            "Nothing can run in the layout 3g.20gb@0[] of A100-SXM4-40GB: it has no compute instance.",
        ),
    ],
)
def test_a_layout_that_cannot_be_says_why(layout, message):
    with pytest.raises(MigExplorerError) as refused:
        room.changed(BEGIN, {"layout": layout}, BEGIN.work)
    assert str(refused.value).startswith(message)
