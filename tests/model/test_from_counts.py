from __future__ import annotations

import pytest

from mig_explorer.model.from_counts import Triad, inference_rows, triad_rows


def test_triad_is_predicted_within_two_and_a_half_percent_on_every_slice() -> None:
    found = list(triad_rows())
    assert [row[1] for row in found] == ["whole GPU", "1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"]
    for _, _, published, predicted, _, inside, _ in found:
        assert predicted == pytest.approx(published, rel=0.025)
        assert inside


def test_triad_moves_three_vectors_of_doubles() -> None:
    assert Triad().cost.bytes == 3 * 8 * 2**27


def test_flops_of_an_encoder_are_those_of_its_matrices() -> None:
    row = next(each for each in inference_rows() if each[1] == "bert-base b256 s64 on 7g.40gb")
    dense = 2 * 12 * 12 * 768**2 * 64  # 12 h^2 weights a layer, each used once a token
    attention = 2 * 2 * 64 * 64 * 768 * 12  # scores and their sum over values
    seconds = 256 * (dense + attention) / (0.15 * 156e12 * 98 / 108)
    assert row[4] == pytest.approx(seconds)
    assert row[3] == pytest.approx(seconds, rel=0.01)
