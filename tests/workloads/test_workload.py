from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from mig_explorer.errors import InvalidWorkload
from mig_explorer.gpus import gpu
from mig_explorer.model.roofline import step_time
from mig_explorer.workloads import Bounds, build, factories, matmul, reduction, triad, workload

EVERY = list(factories().values())
MIB = 2**20


@pytest.mark.parametrize("factory", EVERY)
def test_the_same_seed_gives_the_same_inputs_and_another_seed_others(factory):
    work = factory().for_emulation()
    first, again, other = work.inputs(7), work.inputs(7), work.inputs(8)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(first, other, strict=True))


def unwritten(value):
    """Say for each element whether it holds what stands for nothing: NaN, or -1 in whole numbers."""
    return np.isnan(value) if np.asarray(value).dtype.kind == "f" else np.asarray(value) == -1


@pytest.mark.parametrize("factory", EVERY)
def test_outputs_start_with_nothing_in_them_and_nothing_else_does(factory):
    work = factory().for_emulation()
    arguments = work.inputs(7)
    outputs = set(work.reference(arguments))
    for place, each in enumerate(arguments):
        assert unwritten(each).all() if place in outputs else not unwritten(each).any()


@pytest.mark.parametrize("factory", EVERY)
def test_where_only_a_relative_error_is_allowed_all_that_is_summed_is_positive(factory):
    work = factory().for_emulation()
    arguments = work.inputs(7)
    if work.tolerance.atol == 0 and work.name != "attention":  # its scores are exact, its values positive
        for place, each in enumerate(arguments):
            if (
                isinstance(each, np.ndarray)
                and each.dtype.kind == "f"
                and place not in work.reference(arguments)
            ):
                assert 0.5 <= each.min() < each.max() <= 1.5


@pytest.mark.parametrize("factory", EVERY)
def test_arrays_are_of_types_that_the_emulator_and_a_gpu_both_have(factory):
    arguments = factory().for_emulation().inputs(7)
    kinds = {each.dtype.name for each in arguments if isinstance(each, np.ndarray)}
    assert kinds <= {"float32", "int32", "uint8"}


@pytest.mark.parametrize("factory", EVERY)
def test_references_are_float64(factory):
    work = factory().for_emulation()
    for each in work.reference(work.inputs(7)).values():
        arrays = (each.lowest, each.highest) if isinstance(each, Bounds) else (each,)
        assert {array.dtype.name for array in arrays} == {"float64"}


@pytest.mark.parametrize("factory", EVERY)
def test_the_working_set_is_the_size_of_the_arrays(factory):
    work = factory().for_emulation()
    arrays = [each for each in work.inputs(7) if isinstance(each, np.ndarray)]
    assert work.cost.working_set_bytes == sum(each.nbytes for each in arrays)


@pytest.mark.parametrize("factory", EVERY)
def test_the_emulated_size_is_small_and_the_same_kernel(factory):
    work = factory(repeats=50)
    small = work.for_emulation()
    assert small.cost.working_set_bytes <= 16 * MIB
    assert (small.repeats, small.cost.launches) == (1, 1)
    assert small.kernel is work.kernel
    assert small.for_emulation() == small


def test_a_workload_that_is_small_already_keeps_its_size_when_emulated():
    assert triad(elements=1000).for_emulation() == triad(elements=1000)


@pytest.mark.parametrize("factory", EVERY)
def test_repeats_multiply_the_work_and_leave_the_working_set(factory):
    once, often = factory().cost, factory(repeats=40).cost
    assert (often.flops, often.bytes, often.launches) == (40 * once.flops, 40 * once.bytes, 40)
    assert often.working_set_bytes == once.working_set_bytes


@pytest.mark.parametrize("factory", EVERY)
def test_copies_are_those_of_the_arrays_that_a_kernel_takes_each_once(factory):
    work = factory().for_emulation()
    often = factory(**{**work.parameters, "repeats": 3}).with_copies()
    arrays = [each for each in often.inputs(7) if isinstance(each, np.ndarray)]
    assert work.cost.copied_bytes == 0
    assert often.cost.copied_bytes == sum(each.nbytes for each in arrays)


def test_a_workload_that_copies_is_another_one_and_stays_so():
    work = triad(elements=2**21)
    copies = work.with_copies()
    assert copies != work
    assert hash(copies) != hash(work)
    assert copies.with_copies() is copies
    assert copies.title == "STREAM triad, 2^21 elements, arrays copied"
    assert copies.note == "arrays copied from and to pinned memory of the host"
    again = pickle.loads(pickle.dumps(copies))  # noqa: S301 - pickled here
    assert again == copies
    assert (again.title, again.cost) == (copies.title, copies.cost)
    assert copies.for_emulation() == work.for_emulation().with_copies()


@pytest.mark.parametrize("factory", EVERY)
def test_a_workload_is_built_again_from_its_factory_and_parameters(factory):
    work = factory(repeats=3)
    again = build(work.factory, work.parameters)
    assert again == work
    assert hash(again) == hash(work)
    assert (again.title, again.launch, again.cost) == (work.title, work.launch, work.cost)


@pytest.mark.parametrize("factory", EVERY)
def test_a_workload_pickles_small_and_whole(factory):
    work = factory(repeats=3)
    pickled = pickle.dumps(work)
    assert len(pickled) < 300
    assert pickle.loads(pickled) == work  # noqa: S301 - pickled two lines above


def test_workloads_of_different_sizes_or_kernels_differ():
    assert triad(elements=1000) != triad(elements=1001)
    assert triad(elements=1000) != reduction(elements=1000)


@pytest.mark.parametrize("seed", [-1, 1.5, True, "7", None])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(InvalidWorkload) as caught:
        matmul(size=4).inputs(seed)
    assert str(caught.value) == (
        f"matmul.inputs(seed={seed!r}): a seed must be a whole number of 0 or more, such as 7."
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere:triad", "No module named 'nowhere'"),
        (
            "mig_explorer.workloads.triad:tried",
            "module 'mig_explorer.workloads.triad' has no attribute 'tried'",
        ),
        (":triad", "Empty module name"),
    ],
)
def test_a_factory_path_that_leads_nowhere_is_refused(path, reason):
    with pytest.raises(InvalidWorkload) as caught:
        build(path, {})
    assert str(caught.value) == (
        f"no workload factory at {path!r}: {reason}. "
        "A factory is written 'package.module:function', such as 'mig_explorer.workloads.triad:triad'."
    )


def test_a_bad_size_keeps_its_own_message_when_built_from_a_path():
    with pytest.raises(InvalidWorkload, match=r"^matmul\(size=0\): size must be a whole number"):
        build("mig_explorer.workloads.matmul:matmul", {"size": 0})


def test_workloads_import_without_a_gpu_and_without_a_warning():
    program = "import mig_explorer.workloads as w; print(w.workload('matmul', size=4).title)"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.stdout, ran.stderr) == ("Tiled matmul, 4 × 4\n", "")


@pytest.mark.parametrize("factory", EVERY)
def test_every_workload_says_what_it_teaches_in_one_sentence(factory):
    assert factory().teaches.endswith(".")
    assert factory().teaches.count(". ") == 0


def test_looking_up_gives_what_the_factory_gives():
    assert workload("triad", elements=1000) == triad(elements=1000)


@pytest.mark.parametrize("factory", EVERY)
def test_every_workload_fits_every_slice_of_an_a100_and_has_a_time_there(factory):
    board, work = gpu("A100-SXM4-40GB"), factory()
    for piece in [board.whole, *(board.slice(name) for name in board.profiles)]:
        assert 0 < step_time(work, piece, board).seconds < 60


@pytest.mark.parametrize("factory", EVERY)
def test_a_workload_that_does_no_flops_is_not_said_to_be_bound_by_them(factory):
    board, work = gpu("A100-SXM4-40GB"), factory()
    if work.cost.flops == 0:
        assert step_time(work, board.whole, board).limited_by != "compute"


NOTED = ["attention", "histogram", "mandelbrot", "mlp", "pointer_chase", "spmv", "transpose_naive"]
NOTED += ["transpose_tiled"]


def test_workloads_that_the_model_times_badly_say_so_and_the_others_say_nothing():
    notes = {name: factory().note for name, factory in factories().items()}
    assert [name for name, note in notes.items() if note] == NOTED
    assert all(notes[name].startswith("The modelled time ") and notes[name].endswith(".") for name in NOTED)


@pytest.mark.parametrize("factory", EVERY)
def test_reads_that_wait_for_each_other_are_those_of_chains_only(factory):
    work = factory(repeats=3)
    assert work.cost.dependent_reads == (3 * work.parameters["steps"] if work.name == "pointer_chase" else 0)
