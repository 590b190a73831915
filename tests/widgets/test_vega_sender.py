import asyncio
from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from mig_explorer.widgets import vega_sender
from mig_explorer.widgets.vega_sender import VegaSender


@pytest.fixture
def future(monkeypatch):
    waiting: Future[bytes] = Future()

    class Library:
        cleared = False

        def __call__(self):
            return waiting

        def cache_info(self):
            return SimpleNamespace(currsize=0)

        def cache_clear(self):
            Library.cleared = True

    monkeypatch.setattr(vega_sender, "_library", Library())
    waiting.library = Library  # type: ignore[attr-defined]
    return waiting


def widget(comm: object = "a line"):
    return SimpleNamespace(library={}, comm=comm)


def test_it_hands_the_javascript_over_when_a_page_asks_and_takes_it_back(future):
    shown = widget()
    sender = VegaSender(shown)
    assert sender.hears({"kind": "vega-wanted"})
    assert shown.library == {}
    future.set_result(b"export {}")
    assert shown.library == {"module": b"export {}"}
    assert sender.hears({"kind": "vega-here"})
    assert shown.library == {}


def test_in_a_notebook_it_does_not_wait_to_be_asked(future):
    async def notebook():
        shown = widget()
        VegaSender(shown)
        future.set_result(b"export {}")
        await asyncio.sleep(0)
        return shown.library

    assert asyncio.run(notebook()) == {"module": b"export {}"}


def test_a_failure_is_said_and_tried_again_next_time(future):
    shown = widget()
    VegaSender(shown).hears({"kind": "vega-wanted"})
    future.set_exception(RuntimeError("no vl-convert"))
    assert shown.library == {"cause": "no vl-convert"}
    assert future.library.cleared


def test_a_closed_widget_gets_nothing(future):
    shown = widget(comm=None)
    VegaSender(shown).hears({"kind": "vega-wanted"})
    future.set_result(b"export {}")
    assert shown.library == {}


@pytest.mark.parametrize("message", [None, "vega-wanted", {}, {"kind": "change"}, ["kind"]])
@pytest.mark.usefixtures("future")
def test_other_messages_are_not_its_business(message):
    assert not VegaSender(widget()).hears(message)
