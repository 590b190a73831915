"""The presets are valid, maximal where they can be, and derived from each board."""

from __future__ import annotations

import pytest

from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import preset_layouts

EXPECTED = {
    "A100-SXM4-80GB": ["7 × 1g", "3g + 2g + 1g + 1g", "3g + 3g", "7g"],
    "A30": ["4 × 1g", "2g + 1g + 1g", "2g + 2g", "4g"],
    "GB10": [],
}


@pytest.mark.parametrize(("board", "titles"), EXPECTED.items())
def test_titles(board, titles):
    assert list(preset_layouts(gpu(board))) == titles


@pytest.mark.parametrize("board", [each for each in gpus() if each.has_mig], ids=lambda each: each.name)
def test_no_preset_leaves_room_for_a_plain_instance(board):
    for title, layout in preset_layouts(board).items():
        plain = [name for name, profile in board.profiles.items() if not profile.attributes]
        assert not any(layout.remaining()[name] for name in plain), title
