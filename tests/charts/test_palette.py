from __future__ import annotations

import itertools
import math
import re

import pytest

from mig_explorer.charts.palette import COLOURS, DARK_INK, INKS, LIGHT_INK, assign, contrast

# Viénot, Brettel and Mollon 1999: what a person without red or green cones sees, on linear RGB.
DICHROMATS = {
    "protanopia": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deuteranopia": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


def linear(colour: str) -> tuple[float, ...]:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def lab(rgb: tuple[float, ...]) -> tuple[float, float, float]:
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = (sum(w * c for w, c in zip(row, rgb, strict=True)) for row in to_xyz)
    white = (0.9505, 1.0, 1.089)
    f = [
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (max(v, 0.0) / w for v, w in zip(xyz, white, strict=True))
    ]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def difference(first: str, second: str, matrix: tuple[tuple[float, ...], ...]) -> float:
    seen = []
    for colour in (first, second):
        rgb = linear(colour)
        seen.append(lab(tuple(sum(w * c for w, c in zip(row, rgb, strict=True)) for row in matrix)))
    return math.dist(*seen)


def test_there_are_enough_colours_for_a_board_of_twelve_slices_and_none_twice() -> None:
    assert len(COLOURS) >= 12
    assert len(set(COLOURS)) == len(COLOURS) == len(INKS)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in COLOURS)


@pytest.mark.parametrize(("colour", "ink"), list(zip(COLOURS, INKS, strict=True)))
def test_ink_on_its_colour_reaches_the_contrast_of_ordinary_text(colour: str, ink: str) -> None:
    assert ink in {LIGHT_INK, DARK_INK}
    assert contrast(colour, ink) >= 4.5


@pytest.mark.parametrize("sight", DICHROMATS)
def test_the_first_seven_stay_apart_for_a_dichromat(sight: str) -> None:
    close = {(a, b): difference(a, b, DICHROMATS[sight]) for a, b in itertools.combinations(COLOURS[:7], 2)}
    assert min(close.values()) > 12, min(close, key=lambda pair: close[pair])


def test_contrast_is_the_published_ratio() -> None:
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")
    assert contrast("#123456", "#123456") == 1


def test_colours_are_given_out_in_order() -> None:
    assert assign(["a", "b", "c"]) == {"a": 0, "b": 1, "c": 2}


def test_a_name_that_stays_keeps_its_colour_and_a_new_one_takes_the_lowest_free() -> None:
    assert assign(["new", "b", "later"], kept={"a": 0, "b": 1}) == {"new": 0, "b": 1, "later": 2}


def test_past_the_last_colour_they_start_again() -> None:
    names = [str(n) for n in range(len(COLOURS) + 2)]
    given = assign(names)
    assert [given[name] for name in names[-2:]] == [0, 1]
