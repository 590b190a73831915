from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mig_explorer.devices.journal import Journal
from mig_explorer.devices.progress import progress_of
from mig_explorer.devices.records import InstanceRecord, as_json
from mig_explorer.devices.steps import Step, step_as_json
from mig_explorer.errors import JournalCorrupted

OLD = InstanceRecord("1g.5gb", 0, 19, 6, 1, gi_id=7)
NEW = InstanceRecord("1g.5gb", 0, 19, 5, 1)
BEGIN = {
    "kind": "begin",
    "version": 1,
    "uuid": "GPU-1",
    "index": 0,
    "gpu": "A100-SXM4-40GB",
    "before": as_json([OLD]),
    "target": as_json([NEW]),
}
DESTROY, CREATE = Step("destroy-gpu", OLD), Step("create-gpu", NEW)


def intent(step: Step, direction: str = "forward") -> dict[str, Any]:
    return {"kind": "intent", "direction": direction, "do": step_as_json(step)}


def told(*lines: dict[str, Any]):
    return progress_of(Journal(Path("change.jsonl"), (BEGIN, *lines), 0))


DONE = {"kind": "outcome", "ok": True}


def test_a_change_that_has_only_begun_has_changed_nothing() -> None:
    progress = told()
    assert progress.title == "GPU 0, A100-SXM4-40GB, GPU-1"
    assert (progress.before, progress.target, progress.stands) == ((OLD,), (NEW,), (OLD,))
    assert (progress.pending, progress.answered, progress.direction) == (None, False, "forward")


@pytest.mark.parametrize(
    ("lines", "stands", "pending", "answered"),
    [
        pytest.param([intent(DESTROY)], (OLD,), DESTROY, False, id="not known"),
        pytest.param([intent(DESTROY), DONE], (OLD,), DESTROY, True, id="done, not yet read back"),
        pytest.param([intent(DESTROY), DONE, intent(CREATE)], (), CREATE, False, id="the next begun"),
        pytest.param(
            [intent(DESTROY), DONE, intent(CREATE), {**DONE, "gi_id": 8}],
            (),
            CREATE.with_ids(8),
            True,
            id="with its number",
        ),
        pytest.param(
            [intent(DESTROY), {"kind": "outcome", "ok": False, "surely": False}],
            (OLD,),
            DESTROY,
            False,
            id="failed, and not known",
        ),
        pytest.param(
            [intent(DESTROY), {"kind": "outcome", "ok": False, "surely": True}],
            (OLD,),
            None,
            False,
            id="failed, and surely not done",
        ),
        pytest.param([intent(DESTROY), {"kind": "stopped"}], (OLD,), DESTROY, False, id="stopped"),
    ],
)
def test_how_far_it_came(lines, stands, pending, answered) -> None:
    progress = told(*lines)
    assert (progress.stands, progress.pending, progress.answered) == (stands, pending, answered)


def test_a_turn_says_what_stands_then() -> None:
    turn = {"kind": "turn", "direction": "back", "stands": as_json([])}
    progress = told(intent(DESTROY), turn, intent(replace(CREATE, instance=OLD), "back"))
    assert (progress.stands, progress.direction) == ((), "back")
    assert progress.pending == replace(CREATE, instance=OLD)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([{"kind": "begin"}], "'begin' is no kind of line"),
        ([{"kind": "dance"}], "'dance' is no kind of line"),
        ([{}], "'kind'"),
        ([DONE], "an outcome of nothing"),
        ([{"kind": "intent"}], "'do'"),
        ([{"kind": "turn", "stands": 3}], "'int' object is not iterable"),
        ([intent(DESTROY), intent(CREATE)], "a step after one that failed"),
    ],
)
def test_whole_lines_that_tell_no_change_are_refused(lines, problem: str) -> None:
    with pytest.raises(JournalCorrupted) as caught:
        told(*lines)
    assert str(caught.value) == (
        f"change.jsonl has {len(lines) + 1} whole lines, and they do not tell a change ({problem}): "
        f"it was not written by apply."
    )


@pytest.mark.parametrize("key", ["uuid", "index", "gpu", "before", "target"])
def test_a_first_line_that_lacks_something_is_refused(key: str) -> None:
    first = {name: value for name, value in BEGIN.items() if name != key}
    with pytest.raises(JournalCorrupted):
        progress_of(Journal(Path("change.jsonl"), (first,), 0))
