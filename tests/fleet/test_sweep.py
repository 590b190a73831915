import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from mig_explorer.errors import InvalidExperiment, MissingExtra, TraceCorrupted, WorkerLost
from mig_explorer.fleet import Case, Load, cases, sweep, sweep_rows
from mig_explorer.fleet import sweep as public
from mig_explorer.model import MODEL_VERSION
from tests.fleet.killer import Killer

ROOT = Path(__file__).resolve().parents[2]
LOADS = [Load("triad", count, think, (("elements", 2**20),)) for count in (1, 4) for think in (0.0, 0.001)]
FOUR = "1g.6gb 1g.6gb 1g.6gb 1g.6gb"
CASES = cases(["A30"], LOADS, ["mps", "mig"], [FOUR, "2g.12gb 2g.12gb", "4g.24gb 1g.6gb"])


def rows_of(path):
    return path.read_bytes()


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    path = tmp_path_factory.mktemp("sweep") / "here.jsonl"
    table = sweep(CASES, on="here", path=path)
    return table, rows_of(path)


def test_every_combination_is_there_once_and_refusals_are_rows(here):
    table, _ = here
    assert len(table) == len(LOADS) * (1 + 3)
    assert list(table["mode"][:4]) == ["mps", "mig", "mig", "mig"]
    assert list(table["layout"][:3]) == ["", FOUR, "2g.12gb 2g.12gb"]
    refused = table[table["status"] != "ok"]
    assert set(refused["layout"]) == {"4g.24gb 1g.6gb"}
    assert refused["throughput_per_s"].isna().all()
    (why,) = set(refused["status"])
    assert why.startswith("1g.6gb")


def test_a_lone_tenant_without_think_time_is_served_as_fast_as_one_request_takes(here):
    table, _ = here
    alone = table[(table["tenants"] == 1) & (table["think_s"] == 0) & (table["status"] == "ok")]
    for row in alone.to_dict("records"):
        assert row["throughput_per_s"] * row["latency_p50_s"] == pytest.approx(1.0)
        assert row["latency_p99_low_s"] <= row["latency_p99_s"] <= row["latency_p99_high_s"]


def test_two_processes_give_the_same_bytes_as_one(here, tmp_path):
    steps = []
    table = sweep(CASES, workers=2, path=tmp_path / "two.jsonl", progress=lambda *step: steps.append(step))
    assert rows_of(tmp_path / "two.jsonl") == here[1]
    assert table.equals(here[0])
    assert steps == [(done, len(CASES)) for done in range(1, len(CASES) + 1)]


def test_threads_or_any_other_executor_give_the_same(here, tmp_path):
    with ThreadPoolExecutor(3) as pool:
        sweep(CASES, on=pool, workers=3, path=tmp_path / "rows.jsonl")
    assert rows_of(tmp_path / "rows.jsonl") == here[1]


@pytest.mark.parametrize("cut", [0, 10, 400, 2_000, 10**9])
def test_what_a_kill_left_is_gone_on_from(here, tmp_path, cut):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(here[1][:cut])
    whole = here[1][:cut].count(b"\n")
    steps = list(sweep_rows(CASES, on="here", path=path))
    assert rows_of(path) == here[1]
    assert sum(step.read for step in steps) == max(0, whole - 1)
    assert [step.done for step in steps] == list(range(1, len(CASES) + 1))


def test_a_sweep_that_is_closed_early_keeps_its_rows(here, tmp_path):
    steps = sweep_rows(CASES, on="here", path=tmp_path / "rows.jsonl")
    for _ in range(3):
        next(steps)
    steps.close()
    assert rows_of(tmp_path / "rows.jsonl") == b"".join(here[1].splitlines(keepends=True)[:4])


def test_another_sweeps_file_is_refused(here, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(here[1])
    with pytest.raises(InvalidExperiment) as error:
        sweep(CASES[:-1], on="here", path=path)
    assert str(error.value) == (
        f"{path} holds something else than this sweep of {len(CASES) - 1} cases with model {MODEL_VERSION}. "
        "Give another path, or the same cases as then."
    )
    assert rows_of(path) == here[1]


def test_a_damaged_line_is_named(here, tmp_path):
    path = tmp_path / "rows.jsonl"
    lines = here[1].splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"not this\n", *lines[3:]]))
    with pytest.raises(TraceCorrupted) as error:
        sweep(CASES, on="here", path=path)
    assert str(error.value) == (
        f"Line 3 of {path} is not what was written. Delete the file from there on, and run the sweep again: "
        "it "
        "goes on where the file ends."
    )


def test_a_path_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(InvalidExperiment) as error:
        sweep(CASES, on="here", path=tmp_path / "no" / "rows.jsonl")
    assert str(error.value) == (
        f"The rows cannot be written to {tmp_path / 'no' / 'rows.jsonl'} (No such file or directory). "
        "Give another path."
    )


def test_a_lost_worker_is_said_and_the_rows_before_it_are_kept(tmp_path):
    path = tmp_path / "rows.jsonl"
    with pytest.raises(WorkerLost) as error:
        sweep([Killer("A30", "mps", "", LOADS[0]), CASES[0]], workers=2, path=path)
    assert str(error.value) == (
        "A worker process ended before it gave row 1 of the 2 that were left. Rows so far are kept where a "
        "path "
        "was given: run the sweep again and it goes on from there. In a script the call stands under: "
        'if __name__ == "__main__":'
    )
    assert rows_of(path).count(b"\n") == 1


KILLED = """
import sys
from tests.fleet.test_sweep import CASES
from mig_explorer.fleet import sweep_rows
if __name__ == "__main__":
    for step in sweep_rows(CASES, workers=2, path=sys.argv[1]):
        print(step.done, flush=True)
        if step.done == 3:
            sys.stdin.read()
"""


def test_a_killed_sweep_leaves_no_process_and_is_gone_on_from(here, tmp_path):
    program, path = tmp_path / "killed.py", tmp_path / "rows.jsonl"
    program.write_text(KILLED, encoding="utf-8")
    run = subprocess.Popen(
        [sys.executable, program, path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with run:
        assert run.stdout is not None
        assert [int(run.stdout.readline()) for _ in range(3)] == [1, 2, 3]
        workers = psutil.Process(run.pid).children(recursive=True)
        assert len(workers) >= 2
        run.kill()
    _, left = psutil.wait_procs(workers, timeout=30)
    assert left == []
    assert rows_of(path).count(b"\n") == 4
    sweep(CASES, on="here", path=path)
    assert rows_of(path) == here[1]


def test_seeds_follow_from_what_a_case_is_not_from_its_place():
    alone = cases(["A30"], LOADS[1:2], ["mps"])
    assert alone[0] in CASES
    assert cases(["A30"], LOADS[1:2], ["mps"], seed=8)[0].seed != alone[0].seed


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Case("A30", "mig", "", LOADS[0]),
            "The mode 'mig' needs a layout, such as '3g.20gb 3g.20gb'; got layout=''.",
        ),
        (lambda: Case("A30", "mps", FOUR, LOADS[0]), f"The mode 'mps' takes no layout; got layout='{FOUR}'."),
        (
            lambda: Case("A30", "mig-mpz", "", LOADS[0]),
            "A case has no sharing mode 'mig-mpz'. Nearest: mig-mps.",
        ),
        (
            lambda: cases(["A30"], LOADS, ["mig"]),
            "A sweep needs at least one case. Give boards, loads, and a layout where all modes are with MIG.",
        ),
        (
            lambda: sweep(CASES, on="dusk"),
            (
                "A sweep cannot run on 'dusk'. It runs on 'processes', 'here', 'dask', or on an executor "
                "with "
                "a submit method."
            ),
        ),
        (
            lambda: sweep(CASES, workers=0),
            "workers=0: a sweep has a whole number of 1 or more. For example 2.",
        ),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(InvalidExperiment) as error:
        make()
    assert str(error.value) == message


def test_without_distributed_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra) as error:
        sweep(CASES, on="dask")
    assert str(error.value) == (
        "A sweep on Dask takes distributed, which is not installed. "
        'Install it with: pip install "mig_explorer[dask]"'
    )


ON_DASK = """
import sys
from tests.fleet.test_sweep import CASES
from mig_explorer.fleet import sweep
if __name__ == "__main__":
    sweep(CASES, on="dask", workers=1, path=sys.argv[1])
"""


def test_dask_gives_the_same_bytes(here, tmp_path):
    """In a process of its own: Dask leaves loops and sockets that our strict warnings would trip over."""
    pytest.importorskip("distributed", reason='NOT TESTED: Dask is missing, pip install "mig_explorer[dask]"')
    program = tmp_path / "on_dask.py"
    program.write_text(ON_DASK, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, program, tmp_path / "dask.jsonl"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert rows_of(tmp_path / "dask.jsonl") == here[1]


def test_the_rows_are_plain_json(here):
    head, *rows = [json.loads(line) for line in here[1].splitlines()]
    assert head["cases"] == len(rows) == len(CASES)
    assert public is sweep
