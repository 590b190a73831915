from __future__ import annotations

import pytest

from mig_explorer.gpus import gpu, gpus
from mig_explorer.layouts import Layout, Refusal, parse_layout, preset_layouts
from mig_explorer.widgets.explorer_refusals import placed_as, places, refusal_words, refusals

A100 = gpu("A100-SXM4-40GB")


@pytest.mark.parametrize("name", [each.name for each in gpus()])
def test_every_place_is_open_or_refused_in_the_layouts_own_words(name: str) -> None:
    for layout in (Layout(gpu(name)), *preset_layouts(gpu(name)).values()):
        open_places, words = places(layout), refusals(layout)
        assert list(open_places) == list(words) == list(layout.gpu.profiles)
        for profile, refused in words.items():
            for start in range(layout.gpu.memory_slices):
                answer = layout.explain(profile, start)
                assert (start in open_places[profile]) is not isinstance(answer, Refusal)
                assert (str(start) in refused) is isinstance(answer, Refusal)
                if isinstance(answer, Refusal):
                    said = refused[str(start)]
                    assert f"{said['headline']} {said['detail']} {said['way_out']}" == str(answer)
                    assert len(said["choices"]) == len(answer.alternatives)


def offers(layout: Layout, profile: str, start: int) -> list[str]:
    refusal = layout.explain(profile, start)
    assert isinstance(refusal, Refusal)
    choices: list[str] = refusal_words(refusal, layout)["choices"]
    return choices


@pytest.mark.parametrize(
    ("text", "profile", "start", "choices"),
    [
        ("1g.5gb@0 1g.5gb@1", "2g.10gb", 1, ["Place at 2 instead", "Place at 4 instead"]),
        ("1g.5gb@0 1g.5gb@1", "7g.40gb", 0, ["Remove 1g.5gb@0 and 1g.5gb@1, place at 0"]),
        ("1g.5gb@0 1g.5gb@1 1g.5gb@2", "7g.40gb", 0, ["Remove 3 instances, place at 0"]),
        ("2g.10gb@0 1g.5gb@6", "4g.20gb", 0, ["Move 2g.10gb@0 to 4, place at 0"]),
    ],
)
def test_a_way_out_names_two_instances_and_counts_more(
    text: str, profile: str, start: int, choices: list[str]
) -> None:
    assert offers(parse_layout(A100, text), profile, start) == choices


def test_refusals_are_the_same_however_instances_are_divided() -> None:
    whole = parse_layout(A100, "3g.20gb@0 2g.10gb@4")
    divided = whole.divide(0, "1c+1c+1c").divide(4, "")
    assert placed_as(divided) == placed_as(whole) == "A100-SXM4-40GB: 3g.20gb@0 2g.10gb@4"
    assert refusals(divided) is refusals(whole)


def test_two_boards_with_the_same_profiles_are_told_apart() -> None:
    other = gpu("A100-PCIE-40GB")
    assert placed_as(Layout(A100)) != placed_as(Layout(other))
