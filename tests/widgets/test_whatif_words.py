import math

import pytest

from mig_explorer.gpus import gpu
from mig_explorer.widgets import whatif_settings
from mig_explorer.widgets.whatif_figures import Answer, Model
from mig_explorer.widgets.whatif_words import verdict
from mig_explorer.workloads import mlp

A100 = gpu("A100-SXM4-40GB")


def said(rate: float | None = None, tenants: int = 7, **rows: tuple[float, float]) -> str:
    """Return the verdict on modes with their requests/s and p99 in seconds."""
    given = {mode.replace("_", "-"): row for mode, row in rows.items()}
    settings = whatif_settings.changed(
        whatif_settings.first(A100, mlp()), {"modes": list(given), "rate": rate, "tenants": tenants}, mlp()
    )
    totals = {
        mode: {"throughput_per_s": throughput, "latency_p99_s": p99}
        for mode, (throughput, p99) in given.items()
    }
    empty = Model().answer(whatif_settings.changed(settings, {"modes": []}, mlp())).use
    words = verdict(Answer(settings, totals, empty, ()))
    return f"{words['headline']} {words['detail']}"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            {"monolithic": (11.4, 0.616), "mig": (20.4, 0.345)},
            (
                "With seven tenants MIG serves the most: 20.4 requests/s, 1.8 times those of Monolithic. "
                "The lowest p99 latency is 345 ms, on MIG; the highest 616 ms, on Monolithic."
            ),
        ),
        (
            {"monolithic": (11.4, 0.616), "mps": (20.5, 0.35), "mig": (20.4, 0.345)},
            (
                "With seven tenants MPS and MIG serve the most: 20.5 requests/s, 1.8 times those of "
                "Monolithic. The lowest p99 latency is 345 ms, on MPS and MIG; the highest 616 ms, on "
                "Monolithic."
            ),
        ),
        (
            {"monolithic": (11.4, 0.616), "time_slicing": (10.2, 0.68)},
            (
                "With seven tenants Monolithic serves the most: 11.4 requests/s, 1.1 times those of Time "
                "slicing. The lowest p99 latency is 616 ms, on Monolithic; the highest 680 ms, on Time "
                "slicing."
            ),
        ),
        (
            {"monolithic": (1000.0, 0.5), "mps": (1001.0, 0.5)},
            (
                "With seven tenants it is a draw: about 1,001 requests/s whatever the mode. "
                "The p99 latency is about 500 ms on all of them."
            ),
        ),
        (
            {"mig": (20.4, 0.345)},
            "With seven tenants MIG serves 20.4 requests/s. Its p99 latency is 345 ms.",
        ),
    ],
)
def test_in_a_closed_loop_it_says_who_serves_most(rows, words):
    assert said(**rows) == words


def test_at_a_rate_it_says_who_keeps_up():
    assert said(2.0, monolithic=(11.0, math.nan), mig=(14.0, 0.4)) == (
        "With seven tenants of 2.00 requests/s each MIG keeps up, Monolithic cannot. There its queue grows "
        "for "
        "as long as one watches. Its p99 latency is 400 ms."
    )
    assert said(1.0, monolithic=(7.0, 0.3), mig=(7.0, 0.4)) == (
        "With seven tenants of 1.00 requests/s each Monolithic and MIG all keep up. The lowest p99 latency "
        "is "
        "300 ms, on Monolithic; the highest 400 ms, on MIG."
    )
    assert said(9.0, monolithic=(11.0, math.nan), mps=(12.0, math.nan)) == (
        "With seven tenants Monolithic and MPS cannot keep up. More is asked for than can be served, so "
        "queues "
        "grow for as long as one watches. Lower the load, take fewer tenants or a smaller size."
    )


def test_with_nothing_to_say_it_says_what_to_do():
    assert said() == "Choose a sharing mode. Two of them can be compared."
    settings = whatif_settings.first(A100, mlp())
    use = Model().answer(whatif_settings.changed(settings, {"modes": []}, mlp())).use
    words = verdict(Answer(settings, {}, use, ()))
    assert words["headline"] == "With seven tenants nothing can be served."
