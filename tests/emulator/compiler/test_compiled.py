"""Compiling for GPUs that are not there. Most of this runs only where numba-cuda is installed."""

from __future__ import annotations

import importlib
import importlib.util
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numba import float32

from mig_explorer.emulator.compiler import compiled
from mig_explorer.emulator.compiler.compiled import can_compile, compile_kernel
from mig_explorer.emulator.compiler.recorded import recorded_resources
from mig_explorer.emulator.compiler.sm_limits import COMPUTE_CAPABILITIES, dotted
from mig_explorer.errors import MissingExtra, UnsupportedKernel
from mig_explorer.workloads import factories
from tests.emulator.compiler import kernels

VECTORS = (float32[::1], float32[::1])
needs_numba_cuda = pytest.mark.skipif(not can_compile(), reason="numba-cuda is not installed")


def refusal(kernel: Any, arguments: tuple[Any, ...] = VECTORS) -> str:
    with pytest.raises(UnsupportedKernel) as error:
        compile_kernel(kernel, arguments, (8, 0))
    return str(error.value)


def test_without_numba_cuda_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra) as error:
        compile_kernel(kernels.squares, VECTORS, (8, 0))
    assert str(error.value) == (
        "To see what a kernel compiles to, numba-cuda and cuda-core are needed, and they are not installed. "
        'Install them with: pip install "mig_explorer[cuda]"'
    )


def test_half_of_it_installed_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_numba_cuda(name: str) -> object:
        if name == "cuda.core":
            raise ModuleNotFoundError(name)
        return object()

    monkeypatch.setattr(importlib.util, "find_spec", only_numba_cuda)
    assert not can_compile()


def with_target(monkeypatch: pytest.MonkeyPatch, folder: str, jit_module: str) -> str:
    """Return the error where numba.cuda is something else."""
    jit = SimpleNamespace(__module__=jit_module)
    target = SimpleNamespace(__file__=f"{folder}/cuda/__init__.py", jit=jit)
    monkeypatch.setattr(compiled, "can_compile", lambda: True)
    monkeypatch.setattr(importlib, "import_module", lambda _: target)
    with pytest.raises(MissingExtra) as error:
        compile_kernel(kernels.squares, VECTORS, (8, 0))
    return str(error.value)


def test_numba_cuda_that_is_not_in_charge_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_target(monkeypatch, "site-packages/numba", "numba.cuda.decorators") == (
        "numba-cuda is installed, but numba.cuda is not it: site-packages/numba/cuda/__init__.py. Start "
        "Python with its site-packages' .pth files read, without -S or -I."
    )


def test_the_simulator_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_target(monkeypatch, "site-packages/numba_cuda/numba", "numba.cuda.simulator.api") == (
        "Numba's CUDA simulator compiles nothing. Start Python without NUMBA_ENABLE_CUDASIM=1 to see what a "
        "kernel compiles to."
    )


@needs_numba_cuda
@pytest.mark.parametrize("capability", COMPUTE_CAPABILITIES, ids=dotted)
def test_a_kernel_that_calls_a_device_function_compiles(capability: tuple[int, int]) -> None:
    found = compile_kernel(kernels.squares, VECTORS, capability)
    assert 0 < found.registers <= 32
    assert (found.shared_bytes, found.local_bytes, found.barriers) == (0, 0, 0)
    assert (found.provenance.kind, found.compute_capability) == ("compiled", capability)
    assert "unknown" not in found.provenance.versions.values()


@needs_numba_cuda
def test_dynamic_shared_memory_is_not_the_kernels_own() -> None:
    found = compile_kernel(kernels.reversed_block, VECTORS, (9, 0))
    assert (found.shared_bytes, found.barriers) == (0, 1)


@needs_numba_cuda
def test_a_limit_on_registers_makes_it_spill() -> None:
    found = compile_kernel(kernels.sixteen_at_once, VECTORS, (9, 0))
    assert found.registers <= 24
    assert min(found.local_bytes, found.spill_store_bytes, found.spill_load_bytes) > 0


@needs_numba_cuda
def test_arguments_may_be_given_themselves() -> None:
    vector = np.zeros(8, np.float32)
    given = compile_kernel(kernels.squares, (vector, vector), (8, 0))
    assert given == compile_kernel(kernels.squares, VECTORS, (8, 0))


@needs_numba_cuda
def test_the_device_of_this_machine_is_asked_again_afterwards() -> None:
    dispatcher: Any = importlib.import_module("numba.cuda.dispatcher")
    before = dispatcher.get_current_device
    refusal(kernels.wrong)
    assert dispatcher.get_current_device is before


@needs_numba_cuda
def test_options_that_are_not_followed_are_refused() -> None:
    assert refusal(kernels.debugged) == (
        "debugged: it is compiled with debug=True, and debug code has other registers than the kernel as it "
        "is meant to run. Leave it out."
    )
    assert refusal(kernels.linked) == (
        "linked: it is compiled with link=['other.cu'], and what else is linked to it is not compiled here. "
        "Leave it out."
    )


@needs_numba_cuda
def test_what_can_not_be_compiled_is_refused() -> None:
    said = refusal(kernels.wrong)
    assert said == (
        "wrong, for compute capability 8.0: numba-cuda can't compile it for arguments "
        "(array(float32, 1d, C), array(float32, 1d, C)): "
        "Unknown attribute 'nothing' of type array(float32, 1d, C)"
    )
    assert refusal(kernels.squares, VECTORS[:1]) == (
        "squares, for compute capability 8.0: numba-cuda can't compile it for arguments "
        "(array(float32, 1d, C)): Signature mismatch: 1 argument types given, but function takes 2 arguments"
    )


@needs_numba_cuda
def test_a_log_that_can_not_be_read_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_link", lambda *_: "all is well\n")
    monkeypatch.setattr(compiled, "_version", lambda _: "99")
    assert refusal(kernels.squares) == (
        "squares, for compute capability 8.0: what nvJitLink 99 says of it can't be read: 'all is well'."
    )


@needs_numba_cuda
@pytest.mark.parametrize("name", factories())
def test_the_record_is_what_is_compiled_here(name: str) -> None:
    work = factories()[name]().for_emulation()
    arguments = work.inputs(seed=1)
    recorded = recorded_resources(work.kernel, arguments, (9, 0))
    assert recorded is not None
    if dict(recorded.provenance.versions) != compiled.versions():
        pytest.skip("recorded with other versions than are installed")
    now = compile_kernel(work.kernel, arguments, (9, 0))
    assert {**now.as_dict(), "provenance": None} == {**recorded.as_dict(), "provenance": None}
