import itertools

from hypothesis import given
from hypothesis import strategies as st

from mig_explorer.charts.palette import contrast
from mig_explorer.charts.theme import ON_PAGE, PRINTED, spread

VALUES = st.dictionaries(st.text("abcdefgh", min_size=1), st.floats(0, 100), max_size=7)


def test_monolithic_has_its_own_colour_wherever_it_stands():
    assert PRINTED.colours(["monolithic", "mig", "mps"]) == ("#566171", "#0072b2", "#b84a00")
    assert PRINTED.colours(["mig", "monolithic"]) == ("#0072b2", "#566171")


def test_more_modes_than_colours_start_again():
    assert ON_PAGE.colours([f"mode-{number}" for number in range(7)])[6] == ON_PAGE.others[0]


def test_every_printed_line_and_its_label_can_be_read_on_white():
    for colour in (PRINTED.monolithic, PRINTED.quiet, *PRINTED.others[:3]):
        assert contrast(colour, PRINTED.background) >= 4.5


@given(VALUES)
def test_labels_keep_their_order_lie_apart_and_stay_below_the_top(ends: dict[str, float]):
    placed = spread(ends, top=100.0, height=150.0, gap=14.0)
    assert set(placed) == set(ends)
    heights = list(placed.values())
    assert heights == sorted(heights)
    assert all(upper - lower >= 14.0 * 100 / 150 - 1e-9 for lower, upper in itertools.pairwise(heights))
    assert all(height <= 100.0 + 1e-9 for height in heights)
    assert [ends[name] for name in placed] == sorted(ends.values())
