from __future__ import annotations

import json
import math
import shutil
import statistics

import pytest

from mig_explorer.model import calibration, fit
from mig_explorer.model.bands import Spread
from mig_explorer.model.published import step_times
from mig_explorer.model.scaling import Anchor, Equation, Share


def made(model: str, equation: Equation) -> list[fit.Case]:
    """Jobs whose times follow an equation to the letter."""
    shares = [Share(0.13, 0.126), Share(0.26, 0.25), Share(0.39, 0.49), Share(0.52, 0.5), Share(0.91, 0.99)]
    found = []
    for host in (0.0, 0.3, 1.0, 2.0):
        times = [
            (host**equation.exponent + equation.size(share) ** equation.exponent) ** (1 / equation.exponent)
            for share in shares
        ]
        ends = (Anchor(shares[0], times[0]), Anchor(shares[-1], times[-1]))
        found += [
            fit.Case((model, host), "made", ends, share, seconds, seconds)
            for share, seconds in zip(shares[1:-1], times[1:-1], strict=True)
        ]
    return found


@pytest.mark.parametrize("equation", [Equation(1.25, 0.4), Equation(1.6, 0.6), Equation(2.5, 0.85)])
def test_the_fit_finds_the_equation_that_made_the_times(equation: Equation) -> None:
    assert fit.best_equation(made("a", equation)) == equation


def test_a_model_is_predicted_by_what_the_others_say() -> None:
    of_a, of_b = made("a", Equation(1.25, 0.4)), made("b", Equation(2.5, 0.85))
    for case, equation in fit.left_out([*of_a, *of_b]):
        assert equation == (Equation(2.5, 0.85) if case.model == "a" else Equation(1.25, 0.4))


def test_the_weight_of_the_band_is_the_quantile_of_what_is_left() -> None:
    unknown = [Spread(0.0, 0.1)] * 10
    off = [0.01 * each for each in range(1, 11)]
    assert fit.best_weight(unknown, off, noise=0.0) == pytest.approx(0.8)


def test_cases_are_the_slices_between_the_ends() -> None:
    found = [case for case in fit.cases(step_times("miso")) if case.job == ("resnet", 64, None, None)]
    assert [case.profile for case in found] == ["2g.10gb", "3g.20gb", "4g.20gb"]
    assert [anchor.seconds for anchor in found[0].anchors] == [0.0489, 0.0283]
    assert found[0].label == "resnet b64 on 2g.10gb"
    assert found[0].by_sms == pytest.approx(0.0283 * 98 / 28)


def test_the_power_line_leaves_what_its_note_says() -> None:
    _, _, left = fit.power_line()
    assert round(left) == 29


def test_errors_are_logarithms_of_predicted_over_measured() -> None:
    case = made("a", Equation(1.6, 0.6))[0]
    (error,) = fit.errors([case._replace(seconds=2 * case.seconds)], Equation(1.6, 0.6))
    assert error == pytest.approx(-math.log(2))
    assert statistics.fmean(fit.errors([case], Equation(1.6, 0.6))) == pytest.approx(0, abs=1e-9)


def test_it_prints_what_stands_beside_what_the_fit_gives(capsys, monkeypatch) -> None:
    monkeypatch.setattr(fit, "fitted", lambda: {"overlap_exponent": 1.6, "memory_weight": 0.9})
    assert fit.main() == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["overlap_exponent", "1.6", "1.6"]
    assert second.split() == ["memory_weight", "0.6", "0.9", "differs"]


def test_it_writes_only_when_asked_to(tmp_path, monkeypatch, capsys) -> None:
    copy = tmp_path / "calibration.json"
    shutil.copy(calibration.FILE, copy)
    monkeypatch.setattr(fit, "FILE", copy)
    monkeypatch.setattr(fit, "fitted", lambda: {"memory_weight": 0.9})
    before = json.loads(copy.read_text())
    fit.main()
    assert json.loads(copy.read_text()) == before
    monkeypatch.setattr("sys.argv", ["fit", "--write"])
    fit.main()
    before["memory_weight"]["value"] = 0.9
    assert json.loads(copy.read_text()) == before
    assert "differs" in capsys.readouterr().out
