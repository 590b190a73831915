from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mig_explorer import workloads
from mig_explorer.errors import InvalidWorkload
from mig_explorer.workloads import factories, workload

COPY = """
from dataclasses import replace
from mig_explorer.workloads import Workload, triad

def copy(elements: int = 1024) -> Workload:
    return replace(triad(elements=elements), name="copy")

def helper() -> Workload:
    return copy()
"""

OTHER_FILES = {"__init__", "check", "cost", "launch", "registry", "sizes", "workload"}


def test_the_workloads_are_found_and_their_helpers_are_not():
    files = {path.stem for path in Path(workloads.__file__).parent.glob("*.py")}
    assert set(factories()) == files - OTHER_FILES
    assert {"matmul", "mlp", "triad"} < set(factories())


def test_a_new_file_is_a_new_workload_with_nothing_else_to_change(tmp_path, monkeypatch):
    before = factories()
    (tmp_path / "copy.py").write_text(COPY)
    monkeypatch.setattr(workloads, "__path__", [*workloads.__path__, str(tmp_path)])
    try:
        assert set(factories()) == {"copy", *before}
        assert workload("copy", elements=64).name == "copy"
    finally:
        sys.modules.pop("mig_explorer.workloads.copy", None)
        vars(workloads).pop("copy", None)


def test_a_name_in_the_package_is_the_factory_and_not_its_module():
    assert all(getattr(workloads, name) is factory for name, factory in factories().items())


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(InvalidWorkload) as caught:
        workload("traid")
    assert str(caught.value) == "there is no workload 'traid'. Nearest: triad."


def test_a_name_near_nothing_is_answered_with_all():
    with pytest.raises(InvalidWorkload) as caught:
        workload("fft")
    assert str(caught.value) == f"there is no workload 'fft'. Known: {', '.join(factories())}."


def test_a_parameter_that_the_workload_does_not_take_is_named():
    with pytest.raises(InvalidWorkload) as caught:
        workload("triad", size=64)
    assert str(caught.value) == "triad takes no parameter 'size'; it takes elements and repeats."
