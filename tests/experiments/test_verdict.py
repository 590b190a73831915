"""The words of the verdict are asserted in full: they are what a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mig_explorer.experiments import Experiment, LayoutChange, Result, Tenant, Verdict, tenants
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import GreenContexts, Mig, Monolithic, Mps, TimeSlicing
from mig_explorer.model.arrivals import Poisson
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
        "With seven tenants MIG serves 2.5 times the requests, and nobody waits for anybody.",
        (
            "The p99 latency is 23.8 ms on MIG 7 × 1g.5gb and 60.7 ms on the whole GPU (on MIG the same from "
            "one tenant to seven). A request alone on the whole GPU fills 26 % of its warp slots. How much an"
            " SM does with a few blocks is not known: were one enough to keep it busy, MIG would serve 1.6 "
            "times the requests. MIG is the wrong choice below three tenants: a lone request takes 23.8 ms on"
            " a slice and 8.68 ms on the whole GPU."
        ),
        id="small kernels: MIG wins",
    ),
    pytest.param(
        tenants(triad(elements=2**26), 7),
        [Monolithic(), SEVENTHS],
        "With seven tenants MIG serves 12 % fewer requests than the whole GPU taken in turns.",
        (
            "The p99 latency is 4.67 ms on MIG 7 × 1g.5gb and 4.12 ms on the whole GPU (on MIG the same from "
            "one tenant to seven). Memory bandwidth sets the time, and the slices in use have 1,219 of the "
            "board's 1,385 GB/s. Up to seven tenants MIG never serves more: a lone request takes 4.67 ms on a"
            " slice and 589 µs on the whole GPU."
        ),
        id="memory bound: the eighth memory slice is lost",
    ),
    pytest.param(
        tenants(matmul(size=1024), 7),
        [Monolithic(), SEVENTHS],
        "With seven tenants MIG serves 5 % fewer requests than the whole GPU taken in turns.",
        (
            "The p99 latency is 5.73 ms on MIG 7 × 1g.5gb and 5.43 ms on the whole GPU (on MIG the same from "
            "one tenant to seven). Arithmetic sets the time, and the slices in use have 98 of the board's 108"
            " SMs. Up to seven tenants MIG never serves more: a lone request takes 5.73 ms on a slice and 776"
            " µs on the whole GPU."
        ),
        id="compute bound: ten SMs are lost",
    ),
    pytest.param(
        tenants(triad(elements=2**26), 4),
        [Monolithic(), HALVES],
        "With four tenants it is a draw: MIG serves 0.99 times the requests of the whole GPU taken in turns.",
        (
            "The p99 latency is 2.40 ms on MIG 2 × 3g.20gb and 2.36 ms on the whole GPU. Up to four tenants "
            "MIG never serves more: a lone request takes 1.20 ms on a slice and 589 µs on the whole GPU."
        ),
        id="a draw",
    ),
    pytest.param(
        tenants(SMALL, 14),
        [Monolithic(), SEVENTHS],
        "With 14 tenants MIG serves 2.5 times the requests, and at most two tenants share a slice.",
        (
            "The p99 latency is 47.6 ms on MIG 7 × 1g.5gb and 121 ms on the whole GPU. A request alone on the"
            " whole GPU fills 26 % of its warp slots. How much an SM does with a few blocks is not known: "
            "were one enough to keep it busy, MIG would serve 1.6 times the requests. MIG is the wrong choice"
            " below three tenants: a lone request takes 23.8 ms on a slice and 8.68 ms on the whole GPU."
        ),
        id="more tenants than slices",
    ),
    pytest.param(
        tenants(matmul(size=16, repeats=1000), 7),
        [Monolithic(), SEVENTHS],
        "With seven tenants MIG serves 7.0 times the requests, and nobody waits for anybody.",
        (
            "The p99 latency is 14.6 ms on MIG 7 × 1g.5gb and 102 ms on the whole GPU (on MIG the same from "
            "one tenant to seven). A request alone on the whole GPU fills less than 1 % of its warp slots. "
            "MIG gains nothing below two tenants: a lone request takes 14.6 ms on a slice and 14.6 ms on the "
            "whole GPU."
        ),
        id="launch bound: a slice is as quick as the board",
    ),
    pytest.param(
        tenants(SMALL, 1),
        [Monolithic(), SEVENTHS],
        "With one tenant MIG serves 63 % fewer requests than the whole GPU taken in turns.",
        (
            "The p99 latency is 23.8 ms on MIG 7 × 1g.5gb and 8.68 ms on the whole GPU. Arithmetic sets the "
            "time, and the slices in use have 14 of the board's 108 SMs. A lone request takes 23.8 ms on a "
            "slice and 8.68 ms on the whole GPU."
        ),
        id="one tenant",
    ),
    pytest.param(
        tenants(SMALL, 7, think_seconds=0.2),
        [Monolithic(), SEVENTHS],
        "With seven tenants MIG serves 6 % fewer requests than the whole GPU taken in turns.",
        (
            "The p99 latency is 23.8 ms on MIG 7 × 1g.5gb and 24.3 ms on the whole GPU (on MIG the same from "
            "one tenant to seven). The whole GPU is busy 30 % of the time: the tenants' pauses set the pace. "
            "Up to seven tenants MIG never serves more: a lone request takes 23.8 ms on a slice and 8.68 ms "
            "on the whole GPU."
        ),
        id="tenants who mostly think",
    ),
    pytest.param(
        (Tenant("ann", triad(elements=2**26)), Tenant("bob", SMALL), Tenant("cy", matmul(size=1024))),
        [Monolithic(), SEVENTHS],
        "With three tenants MIG serves 1.4 times the requests, and nobody waits for anybody.",
        (
            "The p99 latency is 23.8 ms on MIG 7 × 1g.5gb and 10.0 ms on the whole GPU. How much an SM does "
            "with a few blocks is not known: were one enough to keep it busy, MIG would serve 0.84 times the "
            "requests. MIG is the wrong choice below two tenants: a lone request of ann takes 4.67 ms on a "
            "slice and 589 µs on the whole GPU."
        ),
        id="different tenants",
    ),
    pytest.param(
        tenants(SMALL, 7),
        [Monolithic(), HALVES, SEVENTHS],
        "With seven tenants MIG 7 × 1g.5gb serves 2.5 times the requests, and nobody waits for anybody.",
        (
            "The p99 latency is 23.8 ms on MIG 7 × 1g.5gb and 60.7 ms on the whole GPU (on MIG 7 × 1g.5gb the"
            " same from one tenant to seven). A request alone on the whole GPU fills 26 % of its warp slots. "
            "How much an SM does with a few blocks is not known: were one enough to keep it busy, MIG 7 × "
            "1g.5gb would serve 1.6 times the requests. MIG 7 × 1g.5gb is the wrong choice below three "
            "tenants: a lone request takes 23.8 ms on a slice and 8.68 ms on the whole GPU. MIG 2 × 3g.20gb "
            "serves 2.0 times the requests of the whole GPU."
        ),
        id="two layouts",
    ),
    pytest.param(
        tenants(SMALL, 7),
        [SEVENTHS],
        "Seven tenants, and nothing to compare: give Monolithic() and another sharing mode.",
        ("MIG 7 × 1g.5gb serves 294.1 requests/s with a p99 latency of 23.8 ms."),
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


def modelled(who: Sequence[Tenant], *modes: SharingMode, **more: Any) -> Verdict:
    return Experiment(A100, who, modes, **more).modelled().verdict


FIVE = (Monolithic(), TimeSlicing(), Mps(), GreenContexts(), SEVENTHS)


def test_five_modes_are_each_compared_with_the_monolithic_one() -> None:
    verdict = modelled(tenants(SMALL, 7), *FIVE)
    assert (
        verdict.headline == "With seven tenants MPS serves 3.6 times the requests, and all run side by side."
    )
    assert verdict.detail == (
        "The p99 latency is 17.0 ms with MPS and 60.7 ms with Monolithic. A request alone on the whole GPU "
        "fills 26 % of its warp slots. MPS gains nothing below two tenants: a lone request takes 8.68 ms "
        "either way. Green contexts serve 2.6 times the requests of Monolithic. MIG 7 × 1g.5gb serves 2.6 "
        "times the requests of Monolithic. Time slicing serves 0.90 times the requests of Monolithic. Time "
        "is modelled, not measured; no kernel was run."
    )


@pytest.mark.parametrize(
    ("mode", "headline"),
    [
        (TimeSlicing(), "With seven tenants time slicing serves 10 % fewer requests than Monolithic."),
        (
            GreenContexts(),
            "With seven tenants green contexts serve 2.5 times the requests, and each has SMs of its own.",
        ),
        (
            Mig(parse_layout(A100, "7g.40gb@0"), inside=Mps()),
            "With seven tenants MIG serves 3.2 times the requests, and at most seven tenants share a slice.",
        ),
    ],
    ids=["turns", "green", "MPS in MIG"],
)
def test_a_headline_says_how_a_mode_shares(mode: SharingMode, headline: str) -> None:
    assert modelled(tenants(SMALL, 7), Monolithic(), mode).headline == headline


def test_of_modes_that_serve_all_that_is_asked_for_the_quickest_is_named() -> None:
    verdict = modelled(tenants(SMALL, 7, arrivals=Poisson(10.0)), *FIVE)
    assert verdict.headline.startswith(
        "With seven tenants MPS and Monolithic both serve all that is asked for, 68.6"
    )
    assert "The whole GPU is busy 60 % of the time. " in verdict.detail
    assert "With time slicing the p99 latency is 88.3 ms." in verdict.detail
    assert "times the requests" not in verdict.detail


def test_a_queue_without_end_has_no_latency() -> None:
    verdict = modelled(tenants(SMALL, 7, arrivals=Poisson(30.0)), Monolithic(), SEVENTHS)
    assert "On the whole GPU 1.8 times what can be served is asked for: the queue and its" in verdict.detail
    both = modelled(tenants(SMALL, 7, arrivals=Poisson(80.0)), Monolithic(), SEVENTHS)
    assert both.detail.startswith(
        "Neither keeps up: each is asked for 1.9 times what it can serve on MIG 7 × 1g.5gb, 4.9 times on the "
        "whole GPU. Both queues grow without end. "
    )
    assert "a lone tenant's queue grows without end on a slice" in both.detail
    alone = modelled(tenants(SMALL, 7, arrivals=Poisson(30.0)), Monolithic())
    assert alone.detail.endswith(
        "With Monolithic 1.8 times what can be served is asked for: the queue and its latency grow without "
        "end. Time is modelled, not measured; no kernel was run."
    )
    for said in (verdict, both, alone):
        assert " nan" not in str(said)


def test_what_a_change_of_the_layout_costs_is_said_in_all_its_parts() -> None:
    changes = [LayoutChange(2.0, HALVES.layout, drain_seconds=5.0)]
    verdict = modelled(tenants(SMALL, 7), Monolithic(), SEVENTHS, changes=changes)
    assert verdict.detail.endswith(
        "At 2 s the layout becomes 3g.20gb@0 3g.20gb@4: nobody is served for 5.27 s (destroying 179 ms, "
        "creating 96.1 ms, ending and restarting jobs 5.00 s, for which the literature has 10 to 30 s) once "
        "the requests in service are done. Time is modelled, not measured; no kernel was run."
    )
