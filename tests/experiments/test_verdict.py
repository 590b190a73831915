"""The words of the verdict are asserted in full: they are what a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mig_explorer.experiments import Experiment, Result, Tenant, Verdict, tenants
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import Mig, Monolithic
from mig_explorer.workloads import matmul, triad

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mig_explorer.model import SharingMode

A100 = gpu("A100-SXM4-40GB")
SEVENTHS = Mig(parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7))))
HALVES = Mig(parse_layout(A100, "3g.20gb@0 3g.20gb@4"))
SMALL = matmul(size=256, repeats=200)

pytestmark = pytest.mark.usefixtures("instant_kernels")


HOW = "Time is modelled, not measured; {0} of {0} emulated kernels gave the right result."


def run(path: Path, who: Sequence[Tenant], *modes: SharingMode) -> Result:
    return Experiment(A100, who, modes).run(path / "run.jsonl")


CASES = [
    pytest.param(
        tenants(SMALL, 7),
        [Monolithic(), SEVENTHS],
        "With seven tenants MIG serves 2.6 times the requests, and nobody waits for anybody.",
        (
            "The p99 latency is 24.0 ms on MIG 7 × 1g.5gb and 61.9 ms on the whole GPU (on MIG the same "
            "from one tenant to seven). A request alone on the whole GPU fills 26 % of its warp slots. How "
            "much an SM does with a few blocks is not known: were one enough to keep it busy, MIG "
            "would serve "
            "1.7 times the requests. MIG is the wrong choice below three tenants: a lone request "
            "takes 24.0 ms on a slice and 8.85 ms "
            "on the whole GPU."
        ),
        id="small kernels: MIG wins",
    ),
    pytest.param(
        tenants(triad(elements=2**26), 7),
        [Monolithic(), SEVENTHS],
        "With seven tenants MIG serves 11 % fewer requests than the whole GPU taken in turns.",
        (
            "The p99 latency is 4.69 ms on MIG 7 × 1g.5gb and 4.14 ms on the whole GPU (on MIG the same "
            "from one tenant to seven). Memory bandwidth sets the time, and the slices in use have 1,219 "
            "of the board's 1,385 GB/s. Up to seven tenants MIG never serves more: a lone request takes "
            "4.69 ms on a slice and 592 µs on the whole GPU."
        ),
        id="memory bound: the eighth memory slice is lost",
    ),
    pytest.param(
        tenants(matmul(size=1024), 7),
        [Monolithic(), SEVENTHS],
        "With seven tenants MIG serves 5 % fewer requests than the whole GPU taken in turns.",
        (
            "The p99 latency is 5.74 ms on MIG 7 × 1g.5gb and 5.43 ms on the whole GPU (on MIG the same "
            "from one tenant to seven). Arithmetic sets the time, and the slices in use have 98 of the "
            "board's 108 SMs. Up to seven tenants MIG never serves more: a lone request takes 5.74 ms on a "
            "slice and 776 µs on the whole GPU."
        ),
        id="compute bound: ten SMs are lost",
    ),
    pytest.param(
        tenants(triad(elements=2**26), 4),
        [Monolithic(), HALVES],
        "With four tenants it is a draw: MIG serves 0.98 times the requests of the whole GPU taken in turns.",
        (
            "The p99 latency is 2.41 ms on MIG 2 × 3g.20gb and 2.37 ms on the whole GPU. Up to four "
            "tenants MIG never serves more: a lone request takes 1.21 ms on a slice and 592 µs on the "
            "whole GPU."
        ),
        id="a draw",
    ),
    pytest.param(
        tenants(SMALL, 14),
        [Monolithic(), SEVENTHS],
        "With 14 tenants MIG serves 2.6 times the requests, and at most two tenants share a slice.",
        (
            "The p99 latency is 48.0 ms on MIG 7 × 1g.5gb and 124 ms on the whole GPU. A request alone on "
            "the whole GPU fills 26 % of its warp slots. How much an SM does with a few blocks is not known: "
            "were one enough to keep it busy, MIG would serve 1.7 times the requests. MIG is the "
            "wrong choice below three tenants: a "
            "lone request takes 24.0 ms on a slice and 8.85 ms on the whole GPU."
        ),
        id="more tenants than slices",
    ),
    pytest.param(
        tenants(matmul(size=16, repeats=1000), 7),
        [Monolithic(), SEVENTHS],
        "With seven tenants MIG serves 7.0 times the requests, and nobody waits for anybody.",
        (
            "The p99 latency is 14.8 ms on MIG 7 × 1g.5gb and 103 ms on the whole GPU (on MIG the same "
            "from one tenant to seven). A request alone on the whole GPU fills less than 1 % of its warp "
            "slots. MIG gains nothing below two tenants: a lone request takes 14.8 ms on a slice and 14.8 "
            "ms on the whole GPU."
        ),
        id="launch bound: a slice is as quick as the board",
    ),
    pytest.param(
        tenants(SMALL, 1),
        [Monolithic(), SEVENTHS],
        "With one tenant MIG serves 63 % fewer requests than the whole GPU taken in turns.",
        (
            "The p99 latency is 24.0 ms on MIG 7 × 1g.5gb and 8.85 ms on the whole GPU. Arithmetic sets "
            "the time, and the slices in use have 14 of the board's 108 SMs. A lone request takes 24.0 ms "
            "on a slice and 8.85 ms on the whole GPU."
        ),
        id="one tenant",
    ),
    pytest.param(
        tenants(SMALL, 7, think_seconds=0.2),
        [Monolithic(), SEVENTHS],
        "With seven tenants MIG serves 6 % fewer requests than the whole GPU taken in turns.",
        (
            "The p99 latency is 24.0 ms on MIG 7 × 1g.5gb and 23.9 ms on the whole GPU (on MIG the same "
            "from one tenant to seven). The whole GPU is busy 30 % of the time: the tenants' pauses set the "
            "pace. Up to seven tenants MIG never serves more: a lone request takes 24.0 ms on a slice and "
            "8.85 ms on the whole GPU."
        ),
        id="tenants who mostly think",
    ),
    pytest.param(
        (Tenant("ann", triad(elements=2**26)), Tenant("bob", SMALL), Tenant("cy", matmul(size=1024))),
        [Monolithic(), SEVENTHS],
        "With three tenants MIG serves 1.5 times the requests, and nobody waits for anybody.",
        (
            "The p99 latency is 24.0 ms on MIG 7 × 1g.5gb and 10.2 ms on the whole GPU. How much an SM does "
            "with a few blocks is not known: were one enough to keep it busy, MIG would serve 0.86 times the "
            "requests. MIG is the wrong choice below two tenants: a lone request of ann takes 4.69 "
            "ms on a slice and 592 µs on the "
            "whole GPU."
        ),
        id="different tenants",
    ),
    pytest.param(
        tenants(SMALL, 7),
        [Monolithic(), HALVES, SEVENTHS],
        "With seven tenants MIG 7 × 1g.5gb serves 2.6 times the requests, and nobody waits for anybody.",
        (
            "The p99 latency is 24.0 ms on MIG 7 × 1g.5gb and 61.9 ms on the whole GPU (on MIG 7 × 1g.5gb "
            "the same from one tenant to seven). A request alone on the whole GPU fills 26 % of its warp "
            "slots. How much an SM does with a few blocks is not known: were one enough to keep it busy, MIG "
            "7 × 1g.5gb would serve 1.7 times the requests. MIG 7 × 1g.5gb is the wrong choice below "
            "three tenants: a lone request takes 24.0 ms "
            "on a slice and 8.85 ms on the whole GPU. MIG 2 × 3g.20gb serves 2.0 times the requests of the "
            "whole GPU."
        ),
        id="two layouts",
    ),
    pytest.param(
        tenants(SMALL, 7),
        [SEVENTHS],
        "Seven tenants, and nothing to compare: give Monolithic() and Mig(layout) as modes.",
        "MIG 7 × 1g.5gb serves 291.7 requests/s with a p99 latency of 24.0 ms.",
        id="nothing to compare",
    ),
]


@pytest.mark.parametrize(("who", "modes", "headline", "detail"), CASES)
def test_the_verdict_says_in_words_what_the_figures_say(
    tmp_path: Path, who: tuple[Tenant, ...], modes: list[SharingMode], headline: str, detail: str
) -> None:
    verdict = run(tmp_path, who, *modes).verdict
    assert verdict.headline == headline
    assert verdict.detail == f"{detail} {HOW.format(len(who) * len(modes))}"
    assert str(verdict) == f"{verdict.headline} {verdict.detail}"


def test_the_crossover_is_where_the_sweep_has_it(tmp_path: Path) -> None:
    result = run(tmp_path, tenants(SMALL, 7), Monolithic(), SEVENTHS)
    curves: Any = result.by_tenants.pivot(index="tenants", columns="mode", values="throughput_per_s")
    ahead = [count for count in range(1, 8) if curves["mig-7x1g-5gb"][count] > curves["monolithic"][count]]
    assert ahead == [3, 4, 5, 6, 7]


def test_a_lower_tail_from_another_number_of_tenants_on_is_said(tmp_path: Path) -> None:
    verdict = run(tmp_path, tenants(SMALL, 7, think_seconds=0.02), Monolithic(), SEVENTHS).verdict
    assert "MIG is the wrong choice below six tenants" in verdict.detail
    assert "Its p99 latency is the lower one from three tenants on." in verdict.detail


def test_a_failed_kernel_leaves_no_verdict(tmp_path: Path) -> None:
    events = [dict(event) for event in run(tmp_path, tenants(SMALL, 2), Monolithic(), SEVENTHS).trace.events]
    failed = next(event for event in events if event["kind"] == "kernel-checked")
    failed.update(kind="kernel-failed", cause="no answer within 60 s while running the kernel")
    assert Result.from_events(events).verdict == Verdict(
        "No verdict: 1 of 4 kernels failed.",
        "tenant 1 on whole GPU: no answer within 60 s while running the kernel.",
    )


def test_a_run_that_ended_early_leaves_no_verdict(tmp_path: Path) -> None:
    events = run(tmp_path, tenants(SMALL, 2), Monolithic(), SEVENTHS).trace.events
    assert Result.from_events(events[:-3]).verdict == Verdict(
        "No verdict: the run ended early.", "3 of 4 kernels were done by then."
    )
    assert Result.from_events(events[:1]).verdict == Verdict(
        "No verdict: the run ended early.", "0 of 4 kernels were done by then."
    )


def test_a_trace_cut_short_says_so_in_the_verdict(tmp_path: Path) -> None:
    run(tmp_path, tenants(SMALL, 1), Monolithic(), SEVENTHS)
    whole = (tmp_path / "run.jsonl").read_bytes()
    (tmp_path / "cut.jsonl").write_bytes(whole[: whole.index(b"\n") + 20])
    assert Result.read(tmp_path / "cut.jsonl").verdict.detail == (
        "0 of 2 kernels were done by then. Line 2 of cut.jsonl was cut short after 19 bytes and is dropped; "
        "the line before it is whole."
    )


def test_tenants_who_only_think_leave_no_verdict(tmp_path: Path) -> None:
    sleepy = tenants(triad(elements=2**26), 1, think_seconds=1000)
    experiment = Experiment(A100, sleepy, [Monolithic(), SEVENTHS], seconds=0.1)
    assert experiment.run(tmp_path / "run.jsonl").verdict == Verdict(
        "No verdict: no tenant was served in the window.", "Give the experiment more seconds."
    )
