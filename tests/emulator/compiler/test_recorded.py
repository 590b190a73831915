from __future__ import annotations

import json

import numpy as np
import pytest

from mig_explorer.emulator.compiler import recorded
from mig_explorer.emulator.compiler.recorded import RECORD, kernel_resources, recorded_resources
from mig_explorer.emulator.compiler.sm_limits import COMPUTE_CAPABILITIES, dotted
from mig_explorer.workloads import factories, matmul

HOW_TO = (
    "there is no record of this kernel as it now is: run python -m tests.emulator.compiler.record_kernels "
    'where "mig_explorer[cuda]" is installed; no GPU is needed'
)


@pytest.mark.parametrize("name", factories())
def test_every_curated_kernel_is_recorded(name: str) -> None:
    work = factories()[name]().for_emulation()
    arguments = work.inputs(seed=1)
    for capability in COMPUTE_CAPABILITIES:
        found = recorded_resources(work.kernel, arguments, capability)
        assert found is not None, HOW_TO
        assert found.provenance.kind == "recorded"
        assert found.shared_bytes == work.launch.shared_bytes
        assert found.occupancy(work.launch.threads_per_block).blocks > 0


def test_the_record_holds_curated_kernels_only() -> None:
    kernels = json.loads(RECORD.read_text(encoding="utf-8"))["kernels"]
    curated = {factory().kernel.py_func for factory in factories().values()}
    assert set(kernels) == {f"{each.__module__}:{each.__qualname__}" for each in curated}


def test_the_record_says_where_it_comes_from() -> None:
    work = matmul(size=16)
    found = recorded_resources(work.kernel, work.inputs(seed=1), (9, 0))
    assert found is not None
    assert str(found.provenance).startswith("recorded on 2026-")
    assert list(found.provenance.versions) == ["numba-cuda", "cuda-core", "nvidia-nvvm", "nvidia-nvjitlink"]


def test_other_arguments_are_unknown() -> None:
    work = matmul(size=16)
    doubles = tuple(each.astype(np.float64) for each in work.inputs(seed=1))
    assert recorded_resources(work.kernel, doubles, (8, 0)) is None


def test_another_capability_is_unknown() -> None:
    work = matmul(size=16)
    assert recorded_resources(work.kernel, work.inputs(seed=1), (7, 0)) is None


def test_a_kernel_that_has_changed_since_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    work = matmul(size=16)
    monkeypatch.setattr(recorded, "fingerprint", lambda _: "another")
    assert recorded_resources(work.kernel, work.inputs(seed=1), (8, 0)) is None


def test_without_numba_cuda_the_record_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "can_compile", lambda: False)
    work = matmul(size=16)
    found = kernel_resources(work.kernel, work.inputs(seed=1), (8, 0))
    assert found == recorded_resources(work.kernel, work.inputs(seed=1), (8, 0))


def test_with_numba_cuda_the_kernel_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "can_compile", lambda: True)
    monkeypatch.setattr(recorded, "compile_kernel", lambda *asked: asked)
    asked: object = kernel_resources("kernel", (1,), (8, 0))
    assert asked == ("kernel", (1,), (8, 0))


def test_a_recording_can_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    work = matmul(size=16)
    arguments = work.inputs(seed=1)
    known = {each: recorded_resources(work.kernel, arguments, each) for each in COMPUTE_CAPABILITIES}
    monkeypatch.setattr(recorded, "compile_kernel", lambda *asked: known[asked[2]])
    made = recorded.recording([(work.kernel, arguments)])
    kept = json.loads(RECORD.read_text(encoding="utf-8"))
    name = "mig_explorer.workloads.matmul:matmul_kernel"
    assert made == {**kept, "kernels": {name: kept["kernels"][name]}}
    assert set(made["kernels"][name]["resources"]) == {dotted(each) for each in COMPUTE_CAPABILITIES}
