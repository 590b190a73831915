from __future__ import annotations

from typing import Any

import pytest
from numba import cuda

from mig_explorer.emulator.source import python_function, read
from mig_explorer.errors import UnsupportedKernel

FACTOR = 3


def test_dispatchers_and_functions_give_the_same_function():
    def kernel(a):
        a[0] = 1

    assert python_function(cuda.jit(kernel)) is python_function(kernel) is kernel


@pytest.mark.parametrize(
    ("thing", "name"),
    [(3, "3"), (len, "len"), (lambda a: a, "<lambda>"), ("kernel", "'kernel'"), (int, "int")],
)
def test_what_is_no_kernel_is_refused(thing, name):
    with pytest.raises(UnsupportedKernel) as caught:
        read(thing)
    assert str(caught.value) == f"emulate() takes a @cuda.jit kernel or a Python function, not {name}."


def test_a_kernel_without_a_source_is_refused():
    namespace: dict[str, Any] = {}
    exec("def kernel(a):\n    a[0] = 1", namespace)
    with pytest.raises(UnsupportedKernel) as caught:
        read(namespace["kernel"])
    assert str(caught.value) == (
        "kernel: its source can't be read (could not get source code). The emulator rewrites a kernel's "
        "source, so define the kernel in a file or a notebook cell."
    )


@pytest.mark.parametrize("parameters", ["a, n=1", "*a", "a, **n", "a, *, n"])
def test_parameters_that_no_kernel_has_are_refused(parameters, tmp_path, monkeypatch):
    (tmp_path / "odd_kernel.py").write_text(f"\n\ndef kernel({parameters}):\n    a[0] = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "odd_kernel", raising=False)
    kernel = __import__("odd_kernel").kernel
    with pytest.raises(UnsupportedKernel) as caught:
        read(kernel)
    assert str(caught.value) == (
        "kernel, line 3: a kernel takes plain positional parameters, without defaults, * or **."
    )


def test_a_parameter_with_a_name_that_the_emulator_needs_is_refused():
    def kernel(a, np):
        a[0] = np

    line = kernel.__code__.co_firstlineno
    with pytest.raises(UnsupportedKernel) as caught:
        read(kernel)
    assert str(caught.value) == (
        f"kernel, line {line}: the emulator needs the name np for itself; rename the parameter."
    )


def test_scope_holds_what_is_closed_over_before_what_is_global():
    FACTOR = 5  # noqa: N806 - the name of a global constant

    def kernel(a):
        a[0] = FACTOR

    assert read(kernel).scope["FACTOR"] == 5


def test_lines_are_those_of_the_file():
    def kernel(a):
        """Say nothing."""
        a[0] = 1

    source = read(kernel)
    assert [each.lineno for each in source.body] == [kernel.__code__.co_firstlineno + 2]
