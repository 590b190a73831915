from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from mig_explorer.errors import InvalidExperiment, TraceCorrupted
from mig_explorer.experiments import Experiment, Result, Tenant, Trace, failure_of, read_trace, tenants
from mig_explorer.experiments.table import FIGURES
from mig_explorer.gpus import gpu
from mig_explorer.layouts import parse_layout
from mig_explorer.model import MODEL_VERSION, MeasuredWorkload, Mig, Monolithic
from mig_explorer.workloads import matmul, triad

if TYPE_CHECKING:
    from pathlib import Path

A100 = gpu("A100-SXM4-40GB")
SEVENTHS = Mig(parse_layout(A100, " ".join(f"1g.5gb@{start}" for start in range(7))))
MIXED = (
    Tenant("ann", triad(elements=2**26)),
    Tenant("bob", matmul(size=256, repeats=50), think_seconds=0.01),
    Tenant("cy", matmul(size=512)),
)

pytestmark = pytest.mark.usefixtures("instant_kernels")


@pytest.fixture
def result(tmp_path: Path) -> Result:
    return Experiment(A100, MIXED, [Monolithic(), SEVENTHS]).run(tmp_path / "run.jsonl")


def requests_of(result: Result, mode: str, tenant: str) -> list[dict[str, Any]]:
    return [
        event
        for event in result.trace.events
        if event["kind"] == "request" and (event["mode"], event["tenant"]) == (mode, tenant)
    ]


def row(result: Result, mode: str, tenant: str) -> Any:
    table: Any = result.table
    (found,) = table[(table["mode"] == mode) & (table["tenant"] == tenant)].index
    return table.loc[found]


def test_there_is_a_row_for_each_mode_and_tenant_and_one_for_all(result: Result) -> None:
    rows = list(zip(result.table["mode"], result.table["tenant"], strict=True))
    assert rows == [
        (mode, who) for mode in ("monolithic", "mig-7x1g-5gb") for who in ("ann", "bob", "cy", "all")
    ]
    assert set(result.table["status"]) == {"ok"}


def test_figures_are_those_of_the_requests_in_the_trace(result: Result) -> None:
    for mode in ("monolithic", "mig-7x1g-5gb"):
        for tenant in ("ann", "bob", "cy"):
            latencies = [each["finished"] - each["arrived"] for each in requests_of(result, mode, tenant)]
            figures = row(result, mode, tenant)
            assert figures["requests"] == len(latencies) > 0
            assert figures["throughput_per_s"] == len(latencies) / result.header["seconds"]
            assert figures["latency_p50_s"] == np.quantile(latencies, 0.50)
            assert figures["latency_p95_s"] == np.quantile(latencies, 0.95)
            assert figures["latency_p99_s"] == np.quantile(latencies, 0.99)


def test_the_row_of_all_adds_up(result: Result) -> None:
    for mode in ("monolithic", "mig-7x1g-5gb"):
        table = result.table[result.table["mode"] == mode]
        each, total = table[table["tenant"] != "all"], row(result, mode, "all")
        added = (
            "requests",
            "throughput_per_s",
            "sm_active",
            "sm_occupancy",
            "bandwidth_use",
            "results_checked",
        )
        for column in added:
            assert total[column] == pytest.approx(each[column].sum())
        assert each["latency_p99_s"].min() <= total["latency_p99_s"] <= each["latency_p99_s"].max()


def test_use_is_the_share_of_the_board_that_the_requests_took(result: Result) -> None:
    seconds = result.header["seconds"]
    served = len(requests_of(result, "mig-7x1g-5gb", "ann"))
    figures = row(result, "mig-7x1g-5gb", "ann")
    assert figures["bandwidth_use"] == pytest.approx(served * 12 * 2**26 / seconds / 1384.6e9)
    busy = sum(each["finished"] - each["started"] for each in requests_of(result, "mig-7x1g-5gb", "ann"))
    assert figures["sm_active"] == pytest.approx(busy / seconds * 14 / 108, rel=0.001)
    assert figures["bandwidth_use"] < 1 / 8
    for _, each in result.table.iterrows():
        assert 0 < each["sm_occupancy"] <= each["sm_active"] <= 1


def test_slowdown_is_against_the_whole_gpu_alone(result: Result) -> None:
    alone = {tenant["name"]: tenant["alone_seconds"] for tenant in result.header["tenants"]}
    figures = row(result, "mig-7x1g-5gb", "ann")
    assert figures["slowdown"] == pytest.approx(figures["latency_p50_s"] / alone["ann"])
    assert 7.5 < figures["slowdown"] < 8.5  # an eighth of the bandwidth


def test_every_row_says_where_its_figures_come_from(result: Result) -> None:
    for column, value in {
        "gpu": "A100-SXM4-40GB",
        "time": "modelled",
        "model": MODEL_VERSION,
        "kernels": "emulated: elements=1024",
        "seed": 7,
    }.items():
        assert set(result.table[column]) == {value}


def test_a_result_read_from_its_file_is_the_same(result: Result) -> None:
    assert result.trace.path is not None
    again = Result.read(result.trace.path)
    pd.testing.assert_frame_equal(again.table, result.table)
    pd.testing.assert_frame_equal(again.by_tenants, result.by_tenants)
    assert again.verdict == result.verdict
    assert Result.from_events(result.trace.events).verdict == result.verdict


def test_the_sweep_ends_at_the_figures_of_the_table(result: Result) -> None:
    sweep = result.by_tenants
    assert list(sweep["tenants"]) == [1, 2, 3] * 2
    for mode in ("monolithic", "mig-7x1g-5gb"):
        last = sweep[(sweep["mode"] == mode) & (sweep["tenants"] == 3)].iloc[0]
        total = row(result, mode, "all")
        for column in ("throughput_per_s", "latency_p50_s", "latency_p95_s", "latency_p99_s"):
            assert last[column] == total[column]
    assert set(sweep["time"]) == {"modelled"}


def test_on_slices_of_their_own_tenants_do_not_notice_each_other(tmp_path: Path) -> None:
    work = matmul(size=256, repeats=50)
    result = Experiment(A100, tenants(work, 7), [Monolithic(), SEVENTHS]).run(tmp_path / "run.jsonl")
    sweep: Any = result.by_tenants.set_index(["mode", "tenants"])
    mig = sweep.loc["mig-7x1g-5gb", "latency_p99_s"]
    whole = sweep.loc["monolithic", "latency_p99_s"]
    assert np.ptp(mig) == pytest.approx(0, abs=1e-9)
    assert list(whole / whole[1]) == pytest.approx([1, 2, 3, 4, 5, 6, 7])


def test_a_lost_kernel_leaves_a_row_without_figures_and_the_others_whole(result: Result) -> None:
    events = [dict(event) for event in result.trace.events]
    for event in events:
        if event["kind"] == "kernel-checked" and (event["mode"], event["tenant"]) == ("monolithic", "bob"):
            event.update(kind="kernel-failed", cause="worker killed by signal 9 (SIGKILL) while starting")
    broken = Result.from_events(events)
    lost, total = row(broken, "monolithic", "bob"), row(broken, "monolithic", "all")
    assert lost["status"] == "lost: worker killed by signal 9 (SIGKILL) while starting"
    assert total["status"] == "incomplete: 1 of 3 tenants have no figures"
    assert all(pd.isna(each[figure]) for each in (lost, total) for figure in FIGURES)
    assert (lost["results_checked"], lost["kernels"]) == (0, "unknown")
    kept = broken.table[~broken.table["tenant"].isin(["bob", "all"])]
    pd.testing.assert_frame_equal(kept, result.table.loc[kept.index])
    assert broken.failures == (
        {
            "mode": "monolithic",
            "tenant": "bob",
            "slice": "whole GPU",
            "cause": "worker killed by signal 9 (SIGKILL) while starting",
        },
    )
    assert repr(broken) == "<Result on A100-SXM4-40GB: 3 tenants, 2 modes, 1 kernel failed>"


def test_a_wrong_result_counts_as_checked_and_not_correct(result: Result) -> None:
    events = [dict(event) for event in result.trace.events]
    for event in events:
        if event["kind"] == "kernel-checked" and event["tenant"] == "cy":
            event.update(kind="kernel-failed", cause="WrongResult: the largest error is 1")
    broken = Result.from_events(events)
    assert (
        row(broken, "monolithic", "cy")["results_checked"],
        row(broken, "monolithic", "cy")["results_correct"],
    ) == (1, 0)
    assert (
        row(broken, "monolithic", "all")["results_checked"],
        row(broken, "monolithic", "all")["results_correct"],
    ) == (3, 2)


def test_a_trace_cut_at_any_line_never_shows_half_counted_figures(result: Result) -> None:
    events = result.trace.events
    boundaries = [0, 1, 2, 3, 4, 100, *range(len(events) - 14, len(events))]
    whole = result.table.set_index(["mode", "tenant"])
    for length in boundaries[1:]:
        cut = Result(Trace(None, events[:length]))
        assert repr(cut).endswith(" ended early>")
        for _, each in cut.table.iterrows():
            if each["status"] == "ok":
                known = whole.loc[(each["mode"], each["tenant"])]
                for figure in FIGURES:
                    assert each[figure] == known[figure] or (pd.isna(each[figure]) and pd.isna(known[figure]))
            else:
                assert all(pd.isna(each[figure]) for figure in FIGURES)
    with pytest.raises(TraceCorrupted):
        Result(Trace(None, ()))


def test_a_trace_killed_at_once_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"n":0,"kind":"exp')
    with pytest.raises(TraceCorrupted) as caught:
        Result.read(path)
    assert str(caught.value) == (
        f"{path} holds no experiment: Line 1 of run.jsonl was cut short after 18 bytes and is dropped; "
        f"nothing came before it."
    )


def test_a_tenant_that_thinks_past_the_window_has_no_figures(tmp_path: Path) -> None:
    work = triad(elements=2**26)
    sleepy = (Tenant("ann", work), Tenant("sleepy", work, think_seconds=50.0))
    result = Experiment(A100, sleepy, [SEVENTHS], seconds=0.1).run(tmp_path / "run.jsonl")
    assert row(result, "mig-7x1g-5gb", "sleepy")["status"] == "no request finished in 0.1 s"
    assert math.isnan(row(result, "mig-7x1g-5gb", "sleepy")["throughput_per_s"])
    assert (
        row(result, "mig-7x1g-5gb", "all")["throughput_per_s"]
        == row(result, "mig-7x1g-5gb", "ann")["throughput_per_s"]
    )


def test_a_result_prints_as_one_line(result: Result) -> None:
    assert repr(result) == "<Result on A100-SXM4-40GB: 3 tenants, 2 modes, all kernels right>"


def test_a_trace_cut_anywhere_gives_a_table_or_says_why_not(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    small = Experiment(A100, tenants(triad(elements=2**26), 1), [Monolithic()], seconds=0.002).run(path)
    whole = path.read_bytes()
    first_line = whole.index(b"\n")
    cut = tmp_path / "cut.jsonl"
    for length in range(0, len(whole), 7):
        cut.write_bytes(whole[:length])
        trace = read_trace(cut)
        assert trace.events == small.trace.events[: len(trace.events)]
        if length < first_line:
            with pytest.raises(TraceCorrupted):
                Result(trace)
        elif length % 147 == 0:
            table = Result(trace).table
            assert len(table) == 0 or len(table) == 2


def test_a_modelled_result_is_that_of_a_run_without_its_kernels(result: Result) -> None:
    modelled = Experiment(A100, MIXED, [Monolithic(), SEVENTHS]).modelled()
    assert repr(modelled) == "<Result on A100-SXM4-40GB: 3 tenants, 2 modes, model only>"
    assert modelled.trace.path is None
    assert modelled.trace.complete
    assert (set(modelled.table["kernels"]), set(modelled.table["results_checked"])) == ({"not run"}, {0})
    same = [
        column for column in result.table if column not in ("kernels", "results_checked", "results_correct")
    ]
    pd.testing.assert_frame_equal(modelled.table[same], result.table[same])
    pd.testing.assert_frame_equal(modelled.by_tenants, result.by_tenants)
    pd.testing.assert_frame_equal(modelled.over_time(9), result.over_time(9))
    key = ["mode", "finished", "tenant"]
    left, right = (each.requests.sort_values(key, ignore_index=True) for each in (modelled, result))
    pd.testing.assert_frame_equal(left, right)
    assert modelled.verdict.headline == result.verdict.headline
    assert failure_of(modelled) is None


def test_requests_are_those_of_the_trace(result: Result) -> None:
    frame: Any = result.requests
    mine = frame[(frame["mode"] == "monolithic") & (frame["tenant"] == "bob")]
    told = requests_of(result, "monolithic", "bob")
    assert mine["finished"].tolist() == [event["finished"] for event in told]
    assert mine["latency"].tolist() == [event["finished"] - event["arrived"] for event in told]
    assert set(mine["slice"]) == {"whole GPU"}


def test_a_lost_kernel_leaves_no_requests_and_no_curve_of_its_mode(result: Result) -> None:
    events = [dict(event) for event in result.trace.events]
    for event in events:
        if event["kind"] == "kernel-checked" and (event["mode"], event["tenant"]) == ("monolithic", "bob"):
            event.update(kind="kernel-failed", cause="worker killed by signal 9 (SIGKILL) while starting")
    broken = Result.from_events(events)
    lost = (broken.requests["mode"] == "monolithic") & (broken.requests["tenant"] == "bob")
    assert not lost.any()
    assert len(broken.requests) < len(result.requests)
    frame = broken.over_time(5)
    curve = frame[frame["mode"] == "monolithic"][["sm_use", "bandwidth_use", "in_system"]]
    assert curve.isna().to_numpy().all()
    assert frame[frame["mode"] != "monolithic"]["sm_use"].gt(0).all()
    failure = failure_of(broken)
    assert failure is not None
    assert str(failure) == (
        "1 of 6 kernels failed:\n- bob on whole GPU (Monolithic): worker killed by signal 9 (SIGKILL) while "
        "starting\nThe rows of the others are kept: see .result of this error."
    )
    assert (failure.result, failure.failures) == (broken, broken.failures)


@pytest.mark.parametrize("bins", [0, -1, 2.0, True, 10**9])
def test_bins_that_are_none_are_refused(result: Result, bins: Any) -> None:
    with pytest.raises(InvalidExperiment) as caught:
        result.over_time(bins)
    assert str(caught.value) == (
        f"bins must be a whole number from 1 to 100,000, not {bins!r}. For example 100."
    )


def test_a_tenant_without_a_kernel_has_figures_beside_those_with_one(tmp_path: Path) -> None:
    bert = MeasuredWorkload("bert-base b256", {"7g.40gb": 0.053, "1g.5gb": 0.399})
    who = [Tenant("ann", triad(elements=2**26)), Tenant("bert", bert)]
    mixed = Experiment(A100, who, [Monolithic(), SEVENTHS]).run(tmp_path / "run.jsonl")
    kinds = [(event["tenant"]) for event in mixed.trace.events if event["kind"] == "kernel-checked"]
    assert kinds == ["ann", "ann"]
    figures = row(mixed, "monolithic", "bert")
    assert (figures["status"], figures["results_checked"]) == ("ok", 0)
    assert figures["kernels"] == "none: times predicted from measurements"
    assert mixed.verdict.detail.endswith("2 of 2 emulated kernels gave the right result.")
    early = Result.from_events(mixed.trace.events[:50])
    assert row(early, "monolithic", "bert")["status"] == (
        "unknown: the run ended before all requests were written"
    )
    assert math.isnan(row(early, "monolithic", "bert")["throughput_per_s"])
    alone = Experiment(A100, who[1:], [Monolithic()]).run(tmp_path / "alone.jsonl")
    assert alone.table["status"].tolist() == ["ok", "ok"]
    assert alone.verdict.detail.endswith("Time is modelled, not measured; no kernel was run.")
