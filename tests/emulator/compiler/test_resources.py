from __future__ import annotations

import json

from mig_explorer.emulator.compiler.resources import KernelResources, Provenance

COMPILED = Provenance("compiled", "nvJitLink", {"numba-cuda": "0.30.4", "cuda-core": "1.2.2"}, "2026-11-23")
SPILLING = KernelResources("k", (9, 0), 24, 0, 48, 56, 60, 1, COMPILED)


def test_it_says_what_was_spilled() -> None:
    assert str(SPILLING) == (
        "24 registers, 0 B shared memory, 48 B local memory, spills of 56 B written and 60 B read, "
        "for compute capability 9.0"
    )


def test_it_says_where_the_numbers_come_from() -> None:
    assert str(COMPILED) == "compiled on 2026-11-23: nvJitLink (numba-cuda 0.30.4, cuda-core 1.2.2)"
    assert COMPILED.short == "compiled on 2026-11-23, numba-cuda 0.30.4"


def test_its_data_are_json() -> None:
    assert json.loads(json.dumps(SPILLING.as_dict())) == {
        "kernel": "k",
        "compute_capability": "9.0",
        "registers": 24,
        "shared_bytes": 0,
        "local_bytes": 48,
        "spill_store_bytes": 56,
        "spill_load_bytes": 60,
        "barriers": 1,
        "provenance": {
            "kind": "compiled",
            "how": "nvJitLink",
            "versions": {"numba-cuda": "0.30.4", "cuda-core": "1.2.2"},
            "date": "2026-11-23",
        },
    }


def test_its_occupancy_counts_everything_it_takes() -> None:
    tile = KernelResources("k", (12, 1), 39, 30_000, 0, 0, 0, 2, COMPILED)
    held = tile.occupancy(threads=256, dynamic_shared=2_000)
    assert held.allowed == {"warps": 6, "registers": 6, "shared memory": 3, "blocks": 24, "barriers": 12}
