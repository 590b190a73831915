import asyncio
import json
import re
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from mig_explorer.charts import vega
from mig_explorer.errors import ExperimentFailed, TraceCorrupted
from mig_explorer.experiments import Result
from mig_explorer.widgets.race import Race, _vega_library, race
from tests.widgets.recorded_race import RecordedExperiment, recorded_events

LOST = (
    "1 of 14 kernels failed:\n- tenant 3 on 1g.5gb@2 (MIG 7 × 1g.5gb): its worker process was killed by "
    "signal 9 (SIGKILL)\nThe rows of the others are kept: see .result of this error."
)


@pytest.fixture(autouse=True)
def no_vega(monkeypatch):
    """Leave the library out: it is not what is tested here, and takes two seconds to make."""
    monkeypatch.setattr(vega, "javascript", lambda: b"export {};")
    _vega_library.cache_clear()
    yield
    _vega_library.cache_clear()


def result_of(found: Race) -> Result:
    assert found.result is not None
    return found.result


async def library_of(found: Race) -> dict[str, Any]:
    for _ in range(30):
        await asyncio.sleep(0.02)
        if found.library:
            break
    sent: dict[str, Any] = found.library
    return sent


def on_a_loop(experiment: RecordedExperiment, path) -> Race:
    async def run() -> Race:
        found = Race(experiment, path)
        async with asyncio.timeout(30):
            await found.until_finished()
        return found

    return asyncio.run(run())


def test_in_plain_python_it_runs_to_its_end_at_once(tmp_path):
    found = race(RecordedExperiment(), tmp_path / "run.jsonl")
    assert found.finished
    assert found.error is None
    assert found.verdict == str(result_of(found).verdict)
    assert found.verdict.startswith("With seven tenants MIG serves 12 % fewer requests")
    assert found.events == tuple(recorded_events())
    assert found.kernels["words"] == "kernels: emulated at 2^18 elements, 14 of 14 results correct"
    assert found.outcome["terms"] == "Modelled time; kernels emulated at 2^18 elements; seed 7."


def test_in_a_notebook_the_lanes_are_there_before_the_kernels_are_done(tmp_path):
    async def run() -> None:
        found = Race(RecordedExperiment(pause=0.05), tmp_path / "run.jsonl")
        assert found.plan["title"] == "Seven tenants, one A100"
        assert not found.finished
        assert found.result is None
        assert re.fullmatch(
            r"The race is still on: kernels: emulated.*, \d+ of 14 results correct\.", found.verdict
        )
        async with asyncio.timeout(30):
            assert await found.until_finished() == str(result_of(found).verdict)

    asyncio.run(run())


def test_traits_change_in_the_loop_s_thread_only(tmp_path):
    threads = set()

    async def run() -> None:
        found = Race(RecordedExperiment(pause=0.02), tmp_path / "run.jsonl")
        found.observe(lambda _: threads.add(threading.get_ident()))
        async with asyncio.timeout(30):
            await found.until_finished()

    asyncio.run(run())
    assert threads == {threading.get_ident()}


def test_a_lost_kernel_is_named_and_the_other_rows_are_kept(tmp_path):
    found = on_a_loop(RecordedExperiment(recorded_events(failing="tenant 3")), tmp_path / "run.jsonl")
    assert isinstance(found.error, ExperimentFailed)
    assert str(found.error) == LOST
    assert found.error.failures[0]["cause"] == "its worker process was killed by signal 9 (SIGKILL)"
    assert (result_of(found).table["status"] == "ok").sum() == 14
    assert found.verdict.splitlines()[0] == (
        "tenant 3 on 1g.5gb@2 failed (MIG 7 × 1g.5gb). Its worker process was killed by signal 9 (SIGKILL). "
        "The other slices were finished, and their rows are kept."
    )
    assert found.outcome["headline"] == "No verdict: 1 of 14 kernels failed."


def test_in_plain_python_a_lost_kernel_raises_with_the_result(tmp_path):
    with pytest.raises(ExperimentFailed, match=f"^{re.escape(LOST)}$") as caught:
        Race(RecordedExperiment(recorded_events(failing="tenant 3")), tmp_path / "run.jsonl")
    assert (caught.value.result.table["status"] == "ok").sum() == 14


def test_a_malformed_event_stops_the_race_and_is_said_on_the_page(tmp_path):
    events = recorded_events()
    del events[5]["finished"]
    experiment = RecordedExperiment(events)
    found = on_a_loop(experiment, tmp_path / "run.jsonl")
    assert isinstance(found.error, TraceCorrupted)
    assert found.outcome == {
        "failures": [
            {
                "headline": "The race stopped.",
                "detail": "Event 5 of the race (request) has no 'finished'. What came before it is kept.",
            }
        ]
    }
    assert len(found.events) == 5
    assert found.verdict.startswith("The race stopped. Event 5 of the race")


def test_in_plain_python_a_malformed_event_is_raised(tmp_path):
    events: list[Any] = [*recorded_events()]
    events[5] = "request"
    with pytest.raises(TraceCorrupted, match=r"^Event 5 of the race is a str, not a dict\.$"):
        Race(RecordedExperiment(events), tmp_path / "run.jsonl")


def test_an_experiment_that_raises_leaves_lanes_words_and_a_usable_notebook(tmp_path):
    def full() -> None:
        raise OSError("No space left on device")

    found = on_a_loop(RecordedExperiment(recorded_events()[:-5], then=full), tmp_path / "run.jsonl")
    assert found.plan
    assert found.result is None
    assert found.verdict == "The race stopped. No space left on device. What came before it is kept."


def test_closing_stops_the_experiment(tmp_path):
    experiment = RecordedExperiment(pause=0.02)

    async def run() -> None:
        found = Race(experiment, tmp_path / "run.jsonl")
        found.close()
        assert experiment.closed
        await asyncio.sleep(0.2)
        assert not found.finished

    asyncio.run(run())


def test_the_library_is_sent_to_the_first_race_of_a_kernel_and_dropped_when_it_has_arrived(tmp_path):
    async def run() -> None:
        first = Race(RecordedExperiment(), tmp_path / "run.jsonl")
        assert await library_of(first) == {"module": b"export {};"}
        first._answer(first, {"kind": "vega-here"}, [])
        assert first.library == {}
        second = Race(RecordedExperiment(), tmp_path / "run.jsonl")
        assert await library_of(second) == {}
        second._answer(second, {"kind": "vega-wanted"}, [])
        assert await library_of(second) == {"module": b"export {};"}

    asyncio.run(run())


def test_a_library_that_cannot_be_made_is_said_and_tried_again_by_the_next_race(tmp_path, monkeypatch):
    def broken() -> bytes:
        raise RuntimeError("vl-convert could not make the chart: no")

    async def first_library() -> dict[str, Any]:
        found = Race(RecordedExperiment(), tmp_path / "run.jsonl")
        return await library_of(found)

    with monkeypatch.context() as patched:
        patched.setattr(vega, "javascript", broken)
        assert asyncio.run(first_library()) == {"cause": "vl-convert could not make the chart: no"}
    assert asyncio.run(first_library()) == {"module": b"export {};"}


@pytest.mark.parametrize(
    "message", [None, [], "vega-wanted", {"kind": 3}, {"kind": "run", "code": "1/0"}, {}]
)
def test_messages_that_mean_nothing_are_let_pass(tmp_path, message):
    found = Race(RecordedExperiment(), tmp_path / "run.jsonl")
    before = found.get_state()
    found._answer(found, message, [])
    assert found.get_state() == before


def test_what_the_page_is_told_is_json_with_hostile_names_as_they_are(tmp_path):
    events = json.loads(json.dumps(recorded_events()).replace("tenant 3", "<img src=x onerror=alert(1)>"))
    found = Race(RecordedExperiment(events), tmp_path / "run.jsonl")
    assert found.plan["tenants"][2]["name"] == "<img src=x onerror=alert(1)>"
    json.dumps([found.plan, found.kernels, found.outcome], allow_nan=False)


def test_a_saved_notebook_keeps_a_still_picture_and_words(tmp_path):
    bundle = Race(RecordedExperiment(), tmp_path / "run.jsonl")._repr_mimebundle_()
    assert bundle is not None
    data, _ = bundle
    assert data["image/svg+xml"].startswith("<svg")
    assert data["text/plain"].startswith("<Race: Seven tenants, one A100. With seven tenants MIG serves")


def test_the_interpreter_ends_at_once_while_a_race_is_on(tmp_path):
    program = f"""
import asyncio
from tests.widgets.recorded_race import RecordedExperiment
from mig_explorer.widgets.race import Race

async def run():
    Race(RecordedExperiment(pause=5.0), {str(tmp_path / "run.jsonl")!r})

asyncio.run(run())
"""
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert time.monotonic() - began < 5.0 * 28
