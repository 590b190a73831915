from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import ipywidgets
import pytest
import traitlets

from mig_explorer.errors import UnknownGpu
from mig_explorer.formats import write_layout
from mig_explorer.gpus import gpu
from mig_explorer.layouts import Layout, parse_layout
from mig_explorer.widgets.assets import STATIC
from mig_explorer.widgets.explorer import LONGEST_HISTORY, explore

if TYPE_CHECKING:
    from mig_explorer.widgets.explorer import Explorer

A100 = gpu("A100-SXM4-40GB")
NOT_A_GESTURE = "The page sent something that is not a gesture."


def does(explorer: Explorer, operation: str, **fields: object) -> dict[str, Any]:
    """Send what the page would send, and return what the status line then says."""
    explorer._handle_custom_msg({"op": operation, **fields}, [])
    status: dict[str, Any] = explorer.state["status"]
    return status


def said(status: dict[str, Any]) -> str:
    return " ".join(filter(None, (status["headline"], status["detail"], status["way_out"])))


@pytest.mark.parametrize("given", [A100, "A100-SXM4-40GB", "a100 40gb", Layout(A100)])
def test_explore_takes_a_board_a_name_or_a_layout(given: Any) -> None:
    assert explore(given).layout == Layout(A100)


def test_an_unknown_name_gives_the_nearest() -> None:
    with pytest.raises(UnknownGpu) as error:
        explore("A100-SXM4-40G")
    assert str(error.value) == (
        "No GPU 'A100-SXM4-40G' in the catalogue. Nearest: A100-SXM4-40GB, A100-SXM4-80GB, H100-SXM5-80GB."
    )


def test_anything_else_is_refused_with_an_example() -> None:
    with pytest.raises(TypeError) as error:
        explore(7)  # type: ignore[arg-type]
    assert str(error.value) == (
        "explore takes a board, its name, a layout or mig.this_gpu(), such as mig.explore('A100-SXM4-40GB'), "
        "not 7."
    )


def test_a_gesture_changes_the_layout_and_tells_observers() -> None:
    explorer, heard = explore(A100), []
    explorer.observe(lambda change: heard.append((str(change["old"]), str(change["new"]))), "layout")
    assert said(does(explorer, "place", profile="3g.20gb", start=4)) == "3g.20gb placed at memory slice 4."
    assert said(does(explorer, "remove", start=6)) == "3g.20gb@4 removed."
    assert heard == [("empty", "3g.20gb@4"), ("3g.20gb@4", "empty")]


def test_setting_the_layout_in_python_repaints() -> None:
    explorer = explore(A100)
    explorer.layout = parse_layout(A100, "2g.10gb@2")
    assert [each["name"] for each in explorer.state["instances"]] == ["2g.10gb@2"]
    assert said(explorer.state["status"]) == "The layout was set in Python."


def test_the_page_is_painted_before_observers_hear() -> None:
    explorer, seen = explore(A100), []
    explorer.observe(lambda _: seen.append(len(explorer.state["instances"])), "layout")
    does(explorer, "place", profile="1g.5gb", start=0)
    assert seen == [1]


def test_only_a_layout_can_be_set_and_the_old_one_stays() -> None:
    explorer = explore(A100)
    with pytest.raises(traitlets.TraitError) as error:
        explorer.layout = "3g.20gb@0"
    assert str(error.value) == (
        "explorer.layout takes a Layout, such as mig.Layout(gpu).place('3g.20gb'), not the str '3g.20gb@0'."
    )
    assert explorer.layout == Layout(A100)


def test_a_refusal_is_said_in_its_own_words_and_changes_nothing() -> None:
    explorer = explore(parse_layout(A100, "3g.20gb@0 2g.10gb@4"))
    status = does(explorer, "place", profile="3g.20gb", start=2)
    assert status["kind"] == "bad"
    assert said(status) == str(explorer.layout.explain("3g.20gb", 2))
    assert status["choices"] == ["Remove 2g.10gb@4, place at 4", "Remove 3g.20gb@0, place at 0"]
    assert str(explorer.layout) == "3g.20gb@0 2g.10gb@4"


def test_a_way_out_that_is_taken_does_what_it_said() -> None:
    explorer = explore(parse_layout(A100, "3g.20gb@0 2g.10gb@4"))
    does(explorer, "place", profile="3g.20gb", start=2)
    status = does(explorer, "take", profile="3g.20gb", start=2, choice=0)
    assert said(status) == "2g.10gb@4 removed, 3g.20gb placed at memory slice 4."
    assert str(explorer.layout) == "3g.20gb@0 3g.20gb@4"


@pytest.mark.parametrize("choice", [5, 999])
def test_a_way_out_that_was_never_offered_is_refused(choice: int) -> None:
    explorer = explore(parse_layout(A100, "3g.20gb@0"))
    status = does(explorer, "take", profile="3g.20gb", start=2, choice=choice)
    assert said(status) == "That way out is no longer open: the layout has changed since it was offered."
    assert str(explorer.layout) == "3g.20gb@0"


@pytest.mark.parametrize(
    ("operation", "fields", "words"),
    [
        (
            "remove",
            {"start": 7},
            "No GPU instance holds memory slice 7 of A100-SXM4-40GB. Held are: 3g.20gb@0.",
        ),
        (
            "place",
            {"profile": "3g.20g", "start": 0},
            "A100-SXM4-40GB has no profile '3g.20g'. Nearest: 3g.20gb, 4g.20gb.",
        ),
        (
            "board",
            {"name": "A100-SXM4-40G"},
            (
                "No GPU 'A100-SXM4-40G' in the catalogue. Nearest: A100-SXM4-40GB, A100-SXM4-80GB, "
                "H100-SXM5-80GB."
            ),
        ),
        (
            "preset",
            {"title": "9g"},
            "A100-SXM4-40GB has no preset '9g'. It has 7 × 1g, 3g + 2g + 1g + 1g, 3g + 3g, 7g.",
        ),
        (
            "divide",
            {"start": 0, "into": "2c+2c"},
            (
                "2c cannot be placed in 3g.20gb beside 2c@0. 3g.20gb has 3 compute slices and takes 1 of it "
                "at most, starting at 0. What still fits: 1c, 1c.me."
            ),
        ),
        (
            "divide",
            {"start": 7, "into": "1c"},
            "No GPU instance holds memory slice 7 of A100-SXM4-40GB. Held are: 3g.20gb@0.",
        ),
        ("format", {"name": "slurmm"}, "There is no format 'slurmm'. Nearest: slurm."),
        (
            "remove",
            {"start": "0"},
            f"{NOT_A_GESTURE} In remove, start must be a whole number from 0 to 999, not a text.",
        ),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    operation: str, fields: dict[str, Any], words: str
) -> None:
    explorer = explore(parse_layout(A100, "3g.20gb@0"))
    status = does(explorer, operation, **fields)
    assert (status["kind"], said(status)) == ("bad", words)
    assert str(explorer.layout) == "3g.20gb@0"


def test_an_out_of_range_start_is_refused_by_the_layout() -> None:
    explorer = explore(A100)
    status = does(explorer, "place", profile="7g.40gb", start=900)
    assert (status["kind"], status["headline"]) == ("bad", "7g.40gb cannot start at memory slice 900.")
    assert explorer.layout == Layout(A100)


def test_undo_goes_back_through_gestures_python_and_boards() -> None:
    explorer = explore(A100)
    does(explorer, "place", profile="3g.20gb", start=0)
    explorer.layout = explorer.layout.place("2g.10gb", start=4)
    does(explorer, "board", name="A30")
    does(explorer, "preset", title="7g")
    before = ["3g.20gb@0 2g.10gb@4", "3g.20gb@0", "empty"]
    for text in before:
        status = does(explorer, "undo")
        assert said(status) == f"Undone. A100-SXM4-40GB holds: {text}."
        assert str(explorer.layout) == text
    assert explorer.state["undo"] is False
    assert said(does(explorer, "undo")) == "There is nothing to undo."


def test_a_division_is_a_gesture_like_the_others_and_can_be_undone() -> None:
    explorer, heard = explore(parse_layout(A100, "3g.20gb@4")), []
    explorer.observe(lambda change: heard.append(str(change["new"])), "layout")
    colour = explorer.state["instances"][0]["colour"]
    status = does(explorer, "divide", start=5, into="2c+1c")
    assert said(status) == (
        "3g.20gb@4 is divided into 2c.3g.20gb and 1c.3g.20gb. Each has SMs of its own; memory, bandwidth, L2 "
        "cache and engines are shared, and one can slow the others down."
    )
    assert status["divides"] == 4
    shown = explorer.state["instances"][0]
    assert [each["name"] for each in shown["pieces"]] == ["2c.3g.20gb", "1c.3g.20gb"]
    assert shown["colour"] == colour
    assert said(does(explorer, "undo")) == "Undone. A100-SXM4-40GB holds: 3g.20gb@4."
    assert heard == ["3g.20gb@4[2c@0+1c@2]", "3g.20gb@4"]


def test_a_division_sends_no_refusals_again_and_a_placement_does() -> None:
    explorer, sent = explore(parse_layout(A100, "3g.20gb@4")), []
    explorer.observe(lambda change: sent.append(change["new"]["of"]), "refusals")
    does(explorer, "divide", start=4, into="1c+2c")
    assert sent == []
    does(explorer, "place", profile="2g.10gb", start=0)
    assert sent == [explorer.state["placed_as"]] == ["A100-SXM4-40GB: 2g.10gb@0 3g.20gb@4"]


def test_only_the_format_whose_tab_is_shown_is_written() -> None:
    explorer, written = explore(parse_layout(A100, "3g.20gb@4")), []
    assert explorer.export["name"] == "nvidia-smi"
    explorer.observe(lambda change: written.append(change["new"]["name"]), "export")
    before = explorer.state
    does(explorer, "format", name="slurm")
    assert explorer.state is before
    does(explorer, "place", profile="1g.5gb", start=0)
    does(explorer, "place", profile="1g.5gb", start=0)
    does(explorer, "format", name="slurm")
    assert written == ["slurm", "slurm"]
    expected = [each.text for each in write_layout(explorer.layout, "slurm").documents]
    assert [each["text"] for each in explorer.export["documents"]] == expected


def test_what_changes_nothing_leaves_nothing_to_undo() -> None:
    explorer = explore(A100)
    does(explorer, "clear")
    does(explorer, "place", profile="3g.20gb", start=1)
    assert explorer.state["undo"] is False


def test_the_history_is_bounded() -> None:
    explorer = explore(gpu("A30"))
    for _ in range(LONGEST_HISTORY):
        does(explorer, "place", profile="4g.24gb", start=0)
        does(explorer, "clear")
    assert len(explorer._history) == LONGEST_HISTORY


@pytest.mark.parametrize(
    ("operation", "fields", "words"),
    [
        (
            "preset",
            {"title": "7 × 1g"},
            "7 × 1g placed. Now memory slice 7 is stranded: no profile can reach it.",
        ),
        (
            "place",
            {"profile": "3g.20gb", "start": 0},
            "3g.20gb placed at memory slice 0. Now compute slice 3 is stranded: no profile can reach it.",
        ),
        ("place", {"profile": "4g.20gb", "start": 0}, "4g.20gb placed at memory slice 0."),
    ],
)
def test_what_a_gesture_strands_is_said(operation: str, fields: dict[str, Any], words: str) -> None:
    assert said(does(explore(A100), operation, **fields)) == words


def test_clear_empties_the_board() -> None:
    explorer = explore(parse_layout(A100, "7g.40gb@0"))
    assert said(does(explorer, "clear")) == "The board is empty."
    assert explorer.layout == Layout(A100)


def test_an_instance_that_stays_keeps_its_colour() -> None:
    explorer = explore(parse_layout(A100, "1g.5gb@5"))
    colour = explorer.state["instances"][0]["colour"]
    does(explorer, "place", profile="3g.20gb", start=0)
    colours = {each["name"]: each["colour"] for each in explorer.state["instances"]}
    assert colours["1g.5gb@5"] == colour != colours["3g.20gb@0"]


def test_an_observer_that_raises_does_not_leave_the_widget_stuck() -> None:
    explorer = explore(A100)

    def fails(_: object) -> None:
        raise ZeroDivisionError

    explorer.observe(fails, "layout")
    with pytest.raises(ZeroDivisionError):
        explorer._hear({"op": "place", "profile": "1g.5gb", "start": 0})
    explorer.unobserve(fails, "layout")
    explorer.layout = Layout(A100)
    assert said(explorer.state["status"]) == "The layout was set in Python."


def test_the_page_cannot_write_the_state() -> None:
    explorer = explore(A100)
    before = explorer.state
    explorer.set_state({"state": {"serial": 99}, "_esm": "export default {}"})
    assert explorer.state == before
    assert "explorer_board" not in explorer._esm
    assert "render" in explorer._esm
    with pytest.raises(traitlets.TraitError, match="read-only"):
        explorer.state = {}


def test_a_board_without_mig_says_what_it_can_do_instead() -> None:
    explorer = explore("DGX Spark")
    assert explorer.state["status"]["headline"] == "GB10 has no MIG."
    assert explorer.state["board"]["statement"] == (
        "It cannot be cut into slices with memory and compute of their own. What it can do: run programs in "
        "turn (time slicing) or at once (MPS, CUDA streams), and give parts of one program their own SMs "
        "(green contexts). None of these sets memory bandwidth aside for one user, and under MPS one user's "
        "fault can stop another's program."
    )
    assert explorer.state["profiles"] == []
    assert repr(explorer) == "Explorer of GB10: no MIG"
    assert does(explorer, "place", profile="1g.5gb", start=0)["kind"] == "bad"


def test_the_saved_notebook_keeps_a_picture_and_a_line_of_text() -> None:
    explorer = explore(parse_layout(A100, "3g.20gb@0 2g.10gb@4"))
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"] == "Explorer of A100-SXM4-40GB: 3g.20gb@0 2g.10gb@4"
    assert data["image/svg+xml"].startswith("<svg")
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert explorer.state["instances"][0]["colour"] in data["image/svg+xml"]


def test_it_stands_in_a_box_of_ipywidgets_although_layout_is_not_css_here() -> None:
    explorer = explore(A100)
    assert ipywidgets.VBox([explorer]).children == (explorer,)
    assert "layout" not in explorer.get_state()


@pytest.mark.parametrize("file", sorted(STATIC.glob("explorer*.js")), ids=lambda file: file.name)
def test_no_module_of_the_page_builds_markup_from_text_or_leaves_the_page(file: Any) -> None:
    source = file.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 250
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|https?:|fetch\(|DOMParser"
    )
    assert re.findall(forbidden, source) == []
