from __future__ import annotations

from mig_explorer.emulator.counts.metrics import LARGEST, NAMES, Metrics, together


def test_together_adds_and_keeps_the_largest_of_what_cannot_be_added():
    parts = [{name: place for place, name in enumerate(NAMES, 1)}] * 2
    sums = together(parts).as_dict()
    for place, name in enumerate(NAMES, 1):
        assert sums[name] == (place if name in LARGEST else 2 * place)


def test_nothing_together_is_nothing():
    assert together([]) == Metrics()


def test_an_efficiency_of_no_accesses_is_unknown():
    assert Metrics().load_efficiency is None
    assert Metrics(store_sectors=8, store_ideal_sectors=4).store_efficiency == 0.5


def test_flops_of_all_precisions():
    assert Metrics(flops_fp16=1, flops_fp32=2, flops_fp64=4, special_fp32=8).flops == 7
