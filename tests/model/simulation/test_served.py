"""Same seed, same bytes; columns that say what happened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mig_explorer.model.arrivals import ClosedLoop, Poisson
from mig_explorer.model.simulation import Arrangement, Place, Source, simulate_arrangement
from mig_explorer.model.simulation import run as run_module

SIX = Arrangement(
    (Place(), Place(), Place(at_once=0)),
    tuple(
        Source(
            f"{n}",
            n % 3,
            0.01,
            compute_seconds=0.01,
            compute_share=0.75,
            arrivals=Poisson(20.0) if n < 4 else ClosedLoop(0.05),
        )
        for n in range(6)
    ),
)
PROGRAM = """
import sys
from tests.model.simulation.test_served import SIX, simulate_arrangement
print(simulate_arrangement(SIX, 100.0, 7, threads=int(sys.argv[1])).digest)
"""


def test_another_process_and_any_number_of_threads_give_the_same_bytes(monkeypatch) -> None:
    monkeypatch.setattr(run_module, "MANY", 0)
    here = {simulate_arrangement(SIX, 100.0, 7, threads=threads).digest for threads in (1, 2, 5)}
    there = subprocess.run(
        [sys.executable, "-c", PROGRAM, "1"],
        cwd=Path(__file__).resolve().parents[3],
        check=True,
        capture_output=True,
        text=True,
    )
    assert here == {there.stdout.strip()}


def test_another_seed_gives_other_requests() -> None:
    assert simulate_arrangement(SIX, 10.0, 7).digest != simulate_arrangement(SIX, 10.0, 8).digest


def test_a_tenant_sends_the_same_wherever_it_is_served_and_whoever_comes_after_it() -> None:
    def sent(arrangement: Arrangement) -> bytes:
        served = simulate_arrangement(arrangement, 50.0, 7)
        return np.sort(served.arrived[served.rows(0)])[:200].tobytes()

    ann = Source("ann", 0, 0.01, arrivals=Poisson(20.0))
    moved = Source("ann", 1, 0.002, arrivals=Poisson(20.0), service="exponential")
    alone = sent(Arrangement((Place(),), (ann,)))
    assert len(alone) == 200 * 8
    assert alone == sent(Arrangement((Place(), Place(at_once=0)), (moved, *SIX.sources[:2])))


def test_pauses_for_thought_are_the_same_too() -> None:
    def pauses(arrangement: Arrangement) -> Any:
        served = simulate_arrangement(arrangement, 200.0, 7)
        mine = served.rows(0)
        return (served.arrived[mine] - np.append(0.0, served.finished[mine[:-1]]))[:20]

    ann = Source("ann", 0, 1.0, arrivals=ClosedLoop(3.0))
    others = tuple(Source(f"{n}", 0, 0.5, arrivals=ClosedLoop(1.0)) for n in range(6))
    alone = pauses(Arrangement((Place(),), (ann,)))
    assert alone == pytest.approx(pauses(Arrangement((Place(),), (ann, *others))))


def test_what_was_sent_is_answered_or_in_flight() -> None:
    served = simulate_arrangement(SIX, 3.0, 7)
    answered = np.bincount(served.source, minlength=6)
    assert served.sent == tuple(answered + served.in_flight)
    assert sum(len(served.rows(n)) for n in range(6)) == len(served)
    assert served.latency == pytest.approx(served.finished - served.arrived)


def test_a_finish_at_the_end_counts_and_one_after_it_does_not() -> None:
    served = simulate_arrangement(Arrangement((Place(),), (Source("ann", 0, 1.0),)), 2.0, seed=7)
    assert served.finished.tolist() == [1.0, 2.0]
    assert (served.sent, served.in_flight) == ((3,), (1,))


def test_nobody_may_come() -> None:
    late = Arrangement(
        (Place(), Place(at_once=0)), (Source("a", 0, 1.0, joins=9.0), Source("b", 1, 1.0, joins=9.0))
    )
    served = simulate_arrangement(late, 5.0, seed=7)
    assert (len(served), served.sent, len(served.in_order())) == (0, (0, 0), 0)
    assert {name: column.dtype.str for name, column in served.columns.items()} == {
        "source": "<i4",
        "place": "<i2",
        "arrived": "<f8",
        "started": "<f8",
        "finished": "<f8",
    }


def test_more_requests_than_were_expected_are_drawn_for(monkeypatch) -> None:
    expected = simulate_arrangement(SIX, 20.0, 7).digest
    monkeypatch.setattr("mig_explorer.model.simulation.state.SPARE", -0.9)
    assert simulate_arrangement(SIX, 20.0, 7).digest == expected
