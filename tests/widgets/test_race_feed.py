import asyncio
import itertools
import threading
import time

import pytest

from mig_explorer.widgets.race_feed import RaceFeed


class Listener:
    """Notes what comes, when, and in which thread."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[int] = set()
        self.causes: list[BaseException | None] = []
        self.ended = asyncio.Event()

    def deliver(self, batch: list[int]) -> None:
        self.batches.append(batch)
        self.threads.add(threading.get_ident())

    def conclude(self, cause: BaseException | None) -> None:
        self.causes.append(cause)
        self.ended.set()
        self.threads.add(threading.get_ident())

    async def end(self) -> None:
        async with asyncio.timeout(20):
            await self.ended.wait()


def numbers(count: int, pause: float = 0.0, closed: threading.Event | None = None):
    try:
        for number in range(count):
            if pause:
                time.sleep(pause)
            yield number
    finally:
        if closed:
            closed.set()


def test_on_a_loop_everything_comes_in_order_in_few_batches_and_in_the_loop_s_thread():
    listener = Listener()

    async def run() -> None:
        RaceFeed(numbers(200, pause=0.002), listener.deliver, listener.conclude).start()
        await listener.end()

    asyncio.run(run())
    assert list(itertools.chain(*listener.batches)) == list(range(200))
    assert listener.causes == [None]
    assert listener.threads == {threading.get_ident()}
    # 0.4 s or more of events at ten batches a second, on a machine of any slowness: far fewer than events.
    assert len(listener.batches) < 100


def test_a_burst_is_one_batch():
    listener = Listener()

    async def run() -> None:
        feed = RaceFeed(numbers(5000), listener.deliver, listener.conclude)
        feed.start()
        feed.wait_until(lambda number: number == 4999, seconds=20)
        assert sum(map(len, listener.batches)) == 5000
        await listener.end()

    asyncio.run(run())
    assert len(listener.batches) == 1


def test_without_a_loop_it_runs_to_the_end_at_once():
    listener, closed = Listener(), threading.Event()
    RaceFeed(numbers(5, closed=closed), listener.deliver, listener.conclude).start()
    assert listener.batches == [[0, 1, 2, 3, 4]]
    assert listener.causes == [None]
    assert closed.is_set()


@pytest.mark.parametrize("on_a_loop", [True, False])
def test_what_the_events_raise_comes_after_those_before_it(on_a_loop: bool):
    listener, error = Listener(), OSError("disk full")

    def broken():
        yield 1
        raise error

    async def run() -> None:
        RaceFeed(broken(), listener.deliver, listener.conclude).start()
        await listener.end()

    if on_a_loop:
        asyncio.run(run())
    else:
        RaceFeed(broken(), listener.deliver, listener.conclude).start()
    assert listener.batches == [[1]]
    assert listener.causes == [error]


def test_stopping_closes_the_generator_and_nothing_more_comes():
    listener, closed = Listener(), threading.Event()

    async def run() -> None:
        feed = RaceFeed(numbers(10_000, pause=0.005, closed=closed), listener.deliver, listener.conclude)
        feed.start()
        await asyncio.sleep(0.3)
        feed.stop()
        assert closed.is_set()
        seen = len(listener.batches)
        await asyncio.sleep(0.3)
        assert len(listener.batches) == seen

    asyncio.run(run())
    assert listener.causes == []


def test_a_loop_that_closes_ends_the_thread():
    listener, closed = Listener(), threading.Event()

    async def run() -> None:
        RaceFeed(numbers(10_000, pause=0.005, closed=closed), listener.deliver, listener.conclude).start()
        await asyncio.sleep(0.1)

    asyncio.run(run())
    assert closed.wait(20)
