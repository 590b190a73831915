from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mig_explorer.errors import InvalidWorkload
from mig_explorer.experiments.worker import PHASES, run_task
from mig_explorer.workloads import matmul, reduction, triad

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("work", [triad(elements=2**26), matmul(size=4096), reduction(elements=2**26)])
def test_every_curated_workload_is_run_small_and_found_right(work: object) -> None:
    phases: list[str] = []
    parameters = dict(work.parameters)  # type: ignore[attr-defined]
    task = {"factory": work.factory, "parameters": parameters, "seed": 7}  # type: ignore[attr-defined]
    result = run_task(task, phases.append)
    assert result["correct"]
    assert 0 <= result["max_error"] <= result["tolerance"]["rtol"]
    assert result["seconds"] > 0
    assert result["parameters"] == dict(work.for_emulation().parameters)  # type: ignore[attr-defined]
    assert tuple(phases) == PHASES
    json.dumps(result, allow_nan=False)


def test_inputs_follow_the_seed_of_the_task() -> None:
    errors = [
        run_task(
            {"factory": "mig_explorer.workloads.matmul:matmul", "parameters": {"size": 32}, "seed": seed},
            lambda _: None,
        )["max_error"]
        for seed in (7, 7, 8)
    ]
    assert errors[0] == errors[1] != errors[2]


def test_a_factory_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(InvalidWorkload, match="no workload factory at 'nowhere:nothing'"):
        run_task({"factory": "nowhere:nothing", "parameters": {}, "seed": 7}, lambda _: None)


def test_a_worker_loads_neither_pandas_nor_altair_nor_widgets() -> None:
    program = (
        "import sys; from mig_explorer.experiments.worker import run_task; run_task({'factory': "
        "'mig_explorer.workloads.triad:triad', 'parameters': {'elements': 9}, 'seed': 7}, lambda phase: "
        "None); print(sorted({'pandas', 'altair', 'anywidget', 'IPython', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "['numba']"
