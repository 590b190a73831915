from __future__ import annotations

import signal
import threading

import pytest

from mig_explorer.devices.interruptions import interruptions


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_is_put_off_and_sent_again_if_nobody_heeds_it(name: str) -> None:
    number = getattr(signal, name)
    heard: list[int] = []
    before = signal.signal(number, lambda each, _frame: heard.append(each))
    try:
        with interruptions() as signals:
            assert signals.arrived == ""
            signal.raise_signal(number)
            assert (signals.arrived, heard) == (name, [])
        assert heard == [number]
        with interruptions() as signals:
            signal.raise_signal(number)
            signals.heeded = True
        assert heard == [number]
    finally:
        signal.signal(number, before)


def test_the_first_of_several_is_named_and_the_handlers_come_back() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with interruptions() as signals:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        signals.heeded = True
    assert signals.arrived == "SIGTERM"
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


def test_elsewhere_than_in_the_main_thread_nothing_is_put_off() -> None:
    seen: list[object] = []

    def change() -> None:
        with interruptions() as signals:
            seen.append((signals.arrived, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=change)
    thread.start()
    thread.join()
    assert seen == [("", signal.getsignal(signal.SIGTERM))]
