"""Launching in checked mode, through the other process."""

from __future__ import annotations

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from numba import cuda, float32

from mig_explorer.emulator import emulate
from mig_explorer.emulator.checks import Thread, checked
from mig_explorer.errors import InvalidWorkload, KernelFault, UnsupportedKernel

RECORD = np.dtype([("x", np.float32), ("n", np.int32)])


@cuda.jit(device=True)
def half(value):
    return value / 2


@cuda.jit
def halve(values, out):
    i = cuda.grid(1)
    if i < out.size:
        out[i] = half(values[i])


@cuda.jit
def halve_too_many(values, out):
    i = cuda.grid(1)
    out[i] = half(values[i])


def test_without_a_fault_the_arrays_are_as_the_kernel_leaves_them():
    values, out = np.arange(6, dtype=np.float32), np.zeros(6)
    checked(halve)[2, 4](values, out)
    assert out.tolist() == [0, 0.5, 1, 1.5, 2, 2.5]


def test_with_a_fault_they_are_unchanged_and_the_findings_say_what():
    values, out = np.arange(6, dtype=np.float32), np.zeros(6)
    with pytest.raises(KernelFault) as fault:
        checked(halve_too_many)[2, 4](values, out)
    assert out.tolist() == [0] * 6
    read, written = fault.value.findings
    assert (read.kind, read.array, read.element, read.thread_count) == ("out-of-bounds", "values", (6,), 2)
    assert (written.array, written.threads) == ("out", (Thread((1, 0, 0), (2, 0, 0)),))
    assert written.source_line == "out[i] = half(values[i])"
    assert written.line.function == "halve_too_many"
    assert (written.line.file, written.other_line) == (__file__, None)
    assert str(fault.value).startswith(
        "halve_too_many: 2 faults found.\n\n1. Out of bounds: values[6] is read"
    )


def test_arrays_of_every_sort_come_back():
    def fill(pair, every_second, columns, records, read_only, number):  # noqa: PLR0913, PLR0917
        i = cuda.grid(1)
        pair[0][i] = pair[1][i] + number
        every_second[i] = i
        columns[i, 1] = i
        records[i].n = i
        records[i].x = read_only[i]

    first, second = np.zeros(4), np.arange(4)
    whole = np.zeros(8)
    columns = np.zeros((4, 3), order="F")
    records = np.zeros(4, RECORD)
    read_only = np.full(4, 2.5)
    read_only.flags.writeable = False
    checked(fill)[1, 4]((first, second), whole[::-2], columns, records, read_only, 10)
    assert first.tolist() == [10, 11, 12, 13]
    assert whole.tolist() == [0, 3, 0, 2, 0, 1, 0, 0]
    assert columns[:, 1].tolist() == [0, 1, 2, 3]
    assert records["n"].tolist() == [0, 1, 2, 3]
    assert records["x"].tolist() == [2.5] * 4


def test_arrays_that_share_memory_still_do():
    def shift(values, later):
        i = cuda.grid(1)
        later[i] = values[i]

    whole = np.arange(8.0)
    with pytest.raises(KernelFault) as fault:
        checked(shift)[1, 7](whole[:-1], whole[1:])
    assert [each.kind for each in fault.value.findings] == ["race-global"]
    checked(shift)[1, 8](whole, whole)
    assert whole.tolist() == list(range(8))


def test_a_kernel_that_was_defined_again_is_the_one_that_runs():
    out = np.zeros(2)
    for number in (1, 2):

        def fill(out):
            out[cuda.grid(1)] = number  # noqa: B023 - it runs in this round

        checked(fill)[1, 2](out)
        assert out.tolist() == [number, number]


def test_dynamic_shared_memory_and_a_stream():
    def swap(values):
        tile = cuda.shared.array(0, float32)
        t = cuda.threadIdx.x
        tile[t] = values[t]
        cuda.syncthreads()
        values[t] = tile[t ^ 1]

    values = np.arange(4, dtype=np.float32)
    checked(swap)[1, 4, 0, 16](values)
    assert values.tolist() == [1, 0, 3, 2]


def test_what_a_kernel_prints_is_printed_here(capsys):
    def say(out):
        if cuda.grid(1) == 1:
            print("thread", cuda.grid(1))  # noqa: T201
        out[cuda.grid(1)] = 1

    checked(say)[1, 2](np.zeros(2))
    assert capsys.readouterr().out == "thread 1\n"


def test_a_kernel_that_is_not_understood_is_refused_over_there():
    def opens(out):
        out[0] = open("file")  # noqa: SIM115, PTH123

    with pytest.raises(UnsupportedKernel, match=r"^opens, line \d+: Numba can't compile it for a GPU"):
        checked(opens)[1, 1](np.zeros(1))


def spins(out):
    while out[0] == 0:
        out[1] += 1


def test_the_deadline_reaches_the_process_of_the_kernel():
    with pytest.raises(KernelFault) as fault:
        emulate(spins, check=True, deadline_seconds=0.2)[1, 1](np.zeros(2))
    (finding,) = fault.value.findings
    assert (finding.kind, finding.what) == ("endless-loop", "1 thread still running after 0.2 s")
    assert emulate(spins, check=True).deadline_seconds == 60.0


@pytest.mark.parametrize("deadline", [0, -1.0, float("nan"), float("inf"), "10", True])
def test_a_deadline_is_a_time(deadline):
    with pytest.raises(InvalidWorkload) as refusal:
        emulate(halve, check=True, deadline_seconds=deadline)
    assert str(refusal.value) == (
        f"emulate(check=True, deadline_seconds={deadline!r}): a deadline is a number of seconds above 0, "
        "such as 60."
    )


def test_only_a_checked_launch_has_a_deadline():
    with pytest.raises(InvalidWorkload) as refusal:
        emulate(halve, deadline_seconds=5)  # type: ignore[call-overload]
    assert str(refusal.value) == (
        "emulate(deadline_seconds=5): only a checked launch is ended at a deadline. Add check=True, or leave "
        "deadline_seconds out."
    )


def test_wrong_launches_are_refused_here():
    with pytest.raises(InvalidWorkload) as refusal:
        checked(halve)[1, 1](np.zeros(1))
    assert str(refusal.value) == "halve takes 2 arguments (values, out), not 1."


def test_as_many_threads_as_tasks():
    out = np.zeros(300)
    checked(halve).forall(300)(np.ones(300), out)
    assert out.tolist() == [0.5] * 300
    with pytest.raises(KernelFault, match="out has 299 elements"):
        checked(halve_too_many).forall(300, tpb=100)(np.ones(300), out[:299])


def test_an_array_of_no_elements():
    checked(halve)[1, 4](np.zeros(0), np.zeros(0))


def test_a_notebook_shows_the_users_own_lines_and_the_findings_and_nothing_of_this_package(capsys):
    try:
        shell = InteractiveShell.instance()  # the one that IPython.get_ipython() gives
        shell.run_cell(CELL_OF_A_KERNEL, store_history=True)
        shell.run_cell(CELL_OF_A_LAUNCH, store_history=True)
    finally:
        InteractiveShell.clear_instance()
    assert capsys.readouterr().out == SHOWN_IN_A_NOTEBOOK


CELL_OF_A_KERNEL = """\
from numba import cuda
import numpy as np
import mig_explorer as mig

@cuda.jit
def shift(values, out):
    i = cuda.grid(1)
    if i < values.size:
        out[i] = values[i + 1]
"""
CELL_OF_A_LAUNCH = """\
def check(size):
    mig.emulate(shift, check=True)[1, 4](np.zeros(size), np.zeros(size))

check(size=3)
"""
SHOWN_IN_A_NOTEBOOK = """\
Cell In[2], line 4
----> check(size=3)

Cell In[2], line 2, in check
----> mig.emulate(shift, check=True)[1, 4](np.zeros(size), np.zeros(size))

KernelFault: shift: 1 fault found.

1. Out of bounds: values[3] is read, but values has 3 elements, 0 to 2.
  line 9:  out[i] = values[i + 1]  ← read by thread (2, 0, 0) of block (0, 0, 0)
  What to do: Let only threads whose index is inside do this, such as "if i < values.size:".
"""


def test_outside_of_ipython_the_file_is_named(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text("def f():\n    raise fault\nf()\n", encoding="utf-8")
    fault = KernelFault("k: 1 fault found.")
    with pytest.raises(KernelFault) as caught:
        exec(
            compile(script.read_text(encoding="utf-8"), script, "exec"), {"fault": fault, "__name__": "mine"}
        )
    assert caught.value._render_traceback_()[-3:] == [
        f"File {script}, line 3\n----> f()\n",
        f"File {script}, line 2, in f\n----> raise fault\n",
        "KernelFault: k: 1 fault found.",
    ]
