"""Every fitted constant, fitted again: ``python -m mig_explorer.model.fit`` prints old and new.

Only published records of the split *calibrate* are looked at, but for one: the loss of time slicing is a
ratio of two times of one source, and that of one tenant is in the other split.

With ``--write`` the new values go into ``calibration.json``.
"""

from __future__ import annotations

import itertools
import json
import math
import statistics
import sys
from typing import TYPE_CHECKING, NamedTuple

from mig_explorer.gpus import gpu
from mig_explorer.model.bands import half_width, spread
from mig_explorer.model.calibration import FILE, constants
from mig_explorer.model.published import records, step_times
from mig_explorer.model.scaling import Anchor, Equation, Point, curve_of, fit_curve, share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mig_explorer.model.bands import Spread
    from mig_explorer.model.scaling import Share

BOARD = "A100-SXM4-40GB"
COVERAGE = 0.8
EXPONENTS = [round(1 + 0.05 * step, 2) for step in range(41)]
WEIGHTS = [round(0.05 * step, 2) for step in range(21)]
AMBIGUITIES = [round(0.05 * step, 2) for step in range(31)]


class Case(NamedTuple):
    """A slice that a job was measured on, and others to predict it from.

    Parameters
    ----------
    job : tuple
        Which job: model, batch and what else tells it apart.
    profile : str
        The slice.
    anchors : tuple of Anchor
        The smallest and the largest slice that the job was measured on.
    share : Share
        Of the slice.
    seconds : float
        Measured on it.
    by_sms : float
        The largest slice's time over the share of its SMs: what the naive model says.
    """

    job: tuple[object, ...]
    profile: str
    anchors: tuple[Anchor, ...]
    share: Share
    seconds: float
    by_sms: float

    @property
    def model(self) -> str:
        """Which model the job is of."""
        return str(self.job[0])

    @property
    def label(self) -> str:
        """The job and the slice, for people."""
        parts = [self.model, f"b{self.job[1]}", *(f"s{each}" for each in self.job[2:3] if each)]
        return f"{' '.join(parts)} on {self.profile}"


def cases(
    jobs: Mapping[tuple[object, ...], Mapping[str, float]], board_name: str = BOARD, *, ends: bool = False
) -> list[Case]:
    """Return every slice between the smallest and the largest that a job was measured on.

    With `ends` the smallest too, for predictions from the largest alone.

    Examples
    --------
    >>> len(cases(step_times("miso"))), len(cases(step_times("miso"), ends=True))
    (70, 98)
    """
    board, found = gpu(board_name), []
    for job, times in jobs.items():
        shares = {
            name: share_of(board.whole if name == board.whole.name else board.slice(name), board)
            for name in times
        }
        order = sorted(times, key=lambda name: (shares[name].compute, shares[name].memory))
        anchors = tuple(Anchor(shares[name], times[name]) for name in (order[0], order[-1]))
        for name in order[0 if ends else 1 : -1]:
            by_sms = anchors[1].seconds * anchors[1].share.compute / shares[name].compute
            found.append(Case(job, name, anchors, shares[name], times[name], by_sms))
    return found


def errors(cases: Sequence[Case], equation: Equation) -> list[float]:
    """Return the logarithm of predicted over measured of each case."""
    return [
        math.log(curve_of(each.anchors, equation).seconds(equation.size(each.share)) / each.seconds)
        for each in cases
    ]


def best_equation(cases: Sequence[Case]) -> Equation:
    """Return the exponent and the weight with the least mean absolute error of the cases."""
    grid = [Equation(k, w) for k, w in itertools.product(EXPONENTS, WEIGHTS)]
    return min(grid, key=lambda each: _mean_absolute(errors(cases, each)))


def left_out(
    cases: Sequence[Case], choose: Callable[[Sequence[Case]], Equation] = best_equation
) -> list[tuple[Case, Equation]]:
    """Give each case the equation that was fitted to all models but its own."""
    models = sorted({each.model for each in cases})
    fitted = {model: choose([each for each in cases if each.model != model]) for model in models}
    return [(each, fitted[each.model]) for each in cases]


def best_weight(unknown: Sequence[Spread], off: Sequence[float], noise: float) -> float:
    """Return the weight of ambiguity in the band by quantile regression: `COVERAGE` of errors lie inside.

    Parameters
    ----------
    unknown : sequence of Spread
        What each prediction does not know.
    off : sequence of float
        How far each was off, as the logarithm of a factor.
    noise : float
        Of measured times.
    """

    def pinball(weight: float) -> float:
        beyond = [
            abs(error) - half_width(each, noise, weight) for each, error in zip(unknown, off, strict=True)
        ]
        return sum(COVERAGE * each if each > 0 else (COVERAGE - 1) * each for each in beyond)

    return min(AMBIGUITIES, key=pinball)


def step_noise() -> float:
    """Return how far a single step lies from the median of its run: one standard deviation, as a share.

    The median over the runs, each taken as normal, in which 5 % of steps lie beyond 1.645 of them.
    """
    runs = [each for each in records("miso", "calibrate") if "p95" in each.details]
    beyond = [float(each.details["p95"]) / each.value - 1 for each in runs]
    return round(statistics.median(beyond) / statistics.NormalDist().inv_cdf(0.95), 3)


def fitted() -> dict[str, float]:
    """Return every fitted constant by name."""
    jobs = cases(step_times("miso"))
    equation = best_equation(jobs)
    held_out = left_out(jobs)
    off = [errors([case], each)[0] for case, each in held_out]
    unknown = [spread(case.anchors, case.share, each) for case, each in held_out]
    noise = step_noise()
    idle, full, _ = power_line()
    create, create_more = _line_of_layouts("create layout")
    destroy, destroy_more = _line_of_layouts("destroy layout")
    values = {
        "overlap_exponent": equation.exponent,
        "memory_weight": equation.memory_weight,
        "time_noise": noise,
        "ambiguity_weight": best_weight(unknown, off, noise),
        "host_share": _usual_host_share(equation),
        "bandwidth_per_sm": round(_stream("1c.7g.40gb") / 14, 1),
        "time_slicing_overhead": _time_slicing_overhead(),
        "create_seconds": create,
        "create_seconds_per_further_instance": create_more,
        "destroy_seconds": destroy,
        "destroy_seconds_per_further_instance": destroy_more,
        "power_intercept": idle,
        "power_at_full_use": full,
    }
    return {name: round(value, 4) for name, value in values.items()}


def power_line() -> tuple[float, float, float]:
    """Return board power at 0 and at 100 % utilisation, and the root mean square of what is left, in W."""
    found: dict[tuple[object, object], dict[str, float]] = {}
    for each in records("miso", "calibrate"):
        if each.quantity in ("board power", "GPU utilisation"):
            job = (each.details["model"], each.details["batch"])
            found.setdefault(job, {})[each.quantity] = each.value
    use = [each["GPU utilisation"] / 100 for each in found.values()]
    power = [each["board power"] for each in found.values()]
    slope, start = statistics.linear_regression(use, power)
    left = [start + slope * x - y for x, y in zip(use, power, strict=True)]
    return round(start, 1), round(start + slope, 1), math.sqrt(statistics.fmean(x * x for x in left))


def _usual_host_share(equation: Equation) -> float:
    """Return the median of the host's share of ``t^k`` on the whole board."""
    board, shares = gpu(BOARD), []
    for times in step_times("miso").values():
        points = [
            Point(equation.size(share_of(board.slice(name), board)), seconds)
            for name, seconds in times.items()
        ]
        curve = fit_curve(points, equation.exponent)
        shares.append((curve.host_seconds / curve.seconds(1.0)) ** equation.exponent)
    return float(statistics.median(shares))


def _time_slicing_overhead() -> float:
    times = {(each.details["mode"], each.details["tenants"]): each.value for each in records("nos")}
    return round(times["time slicing", 3] / (3 * times["time slicing", 1]) - 1, 2)


def _line_of_layouts(quantity: str) -> tuple[float, float]:
    found = [each for each in records("gpuless_reconf", "calibrate") if each.quantity == quantity]
    further = [float(each.details["layout"].count("+")) for each in found]
    slope, start = statistics.linear_regression(further, [each.value for each in found])
    return round(start, 3), round(slope, 4)


def _stream(profile: str) -> float:
    return next(
        each.value
        for each in records("gpuless_stream", "calibrate")
        if each.quantity == "STREAM copy" and each.profile == profile and "layout" not in each.details
    )


def _mean_absolute(values: Sequence[float]) -> float:
    return statistics.fmean(abs(each) for each in values)


def main() -> int:
    """Print every fitted constant, as it stands and as the fit gives it; return how many differ."""
    differing = 0
    written = json.loads(FILE.read_text(encoding="utf-8"))
    for name, value in fitted().items():
        old = constants()[name].value if name in constants() else None
        differing += old != value
        print(f"{name:<40} {old!s:>10} {value:>10}{'' if old == value else '   differs'}")  # noqa: T201
        written[name]["value"] = value
    if "--write" in sys.argv[1:]:
        FILE.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return differing


if __name__ == "__main__":
    sys.exit(main())
