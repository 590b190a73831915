"""The inner loop of serving in batches, for Numba to compile.

It is one function, since Numba looks at no other file to see whether what it kept on disk still holds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENOUGH = 1.0 + 1e-9


class Work(NamedTuple):
    """What batches ask for; every array is indexed by the number of requests in the batch, from 0.

    Parameters
    ----------
    seconds : array of float64
        Alone on the server.
    compute, memory, on_gpu, traffic : array of float64
        Seconds of arithmetic, of memory traffic, of both together, and of the traffic at the whole bandwidth.
    compute_share, memory_share : array of float64
        Of the SMs and of the bandwidth.
    switching, overlap : float
        Share of the time lost to switching; exponent with which arithmetic and traffic overlap.
    """

    seconds: NDArray[np.float64]
    compute: NDArray[np.float64]
    memory: NDArray[np.float64]
    on_gpu: NDArray[np.float64]
    traffic: NDArray[np.float64]
    compute_share: NDArray[np.float64]
    memory_share: NDArray[np.float64]
    switching: float
    overlap: float


class Stream(NamedTuple):
    """Requests in the order in which they come.

    Parameters
    ----------
    arrived : array of float64
        Seconds.
    following : array of int64
        The next request of the same queue after each; -1 for none.
    heads : array of int64
        The first request of each queue that was not started yet; the loop changes it.
    """

    arrived: NDArray[np.float64]
    following: NDArray[np.int64]
    heads: NDArray[np.int64]


def serve_batches(  # noqa: C901, PLR0912, PLR0915 - one loop, in one piece, as Numba takes it
    stream: Stream, work: Work, most: int, together: bool, latency: NDArray[np.float64]
) -> int:
    """Serve every request and fill in its latency; return how many batches it took.

    Without ``together`` one batch is served at a time, of the queue whose first request came first; with it
    one batch of each queue, and batches slow each other as `mig_explorer.model.contention` has it.
    """
    arrived, following, heads = stream
    count = len(heads)
    batch = [0] * count  # requests in service of each queue
    first = [-1] * count  # the first of them
    left = [0.0] * count  # seconds of work left, at the speed it has alone
    slower = [1.0] * count
    now = 0.0
    batches = 0
    in_service = 0
    k = work.overlap
    changed = False
    while True:
        while together or in_service == 0:
            chosen = -1
            for queue in range(count):
                head = heads[queue]
                if (
                    batch[queue] == 0
                    and head >= 0
                    and arrived[head] <= now
                    and (chosen < 0 or arrived[head] < arrived[heads[chosen]])
                ):
                    chosen = queue
            if chosen < 0:
                break
            size, at = 0, heads[chosen]
            first[chosen] = at
            while at >= 0 and size < most and arrived[at] <= now:
                size += 1
                at = following[at]
            heads[chosen] = at
            batch[chosen] = size
            slower[chosen] = 1.0
            left[chosen] = work.seconds[size]
            in_service += 1
            batches += 1
            changed = True
        if changed and together:
            changed = False
            asked, drawn_share = 0.0, 0.0
            for queue in range(count):
                if batch[queue] > 0:
                    asked += work.compute_share[batch[queue]]
                    drawn_share += work.memory_share[batch[queue]]
            compute = asked if asked > ENOUGH else 1.0
            if in_service > 1:
                compute *= 1.0 + work.switching
            memory = drawn_share if drawn_share > ENOUGH else 1.0
            # The least load at which no more is drawn than there is, by two chords from above.
            load, low, high, below = memory, 0.0, 0.0, 0.0
            for step in range(3):
                if memory == 1.0:
                    break
                drawn, reach = 0.0, 0.0
                for queue in range(count):
                    size = batch[queue]
                    if size > 0 and work.traffic[size] > 0.0:
                        slow, read = work.compute[size] * compute, work.memory[size] * load
                        drawn += work.traffic[size] / (slow**k + read**k) ** (1 / k)
                        reach += work.traffic[size] / work.memory[size]
                if step == 0:
                    if drawn <= ENOUGH:
                        break
                    low, high, below = memory**k, reach**k, drawn**-k
                else:
                    high = low + (high - low) * (1.0 - below) / (drawn**-k - below)
                load = high ** (1 / k)
            for queue in range(count):
                size = batch[queue]
                if size > 0:
                    slow, read = work.compute[size] * compute, work.memory[size] * load
                    longer = (slow**k + read**k) ** (1 / k) - work.on_gpu[size]
                    slower[queue] = (work.seconds[size] + longer) / work.seconds[size]
        # What comes next: the end of a batch, or the first request of a queue that is free.
        end, who = math.inf, -1
        for queue in range(count):
            if batch[queue] > 0 and now + left[queue] * slower[queue] < end:
                end, who = now + left[queue] * slower[queue], queue
        come = math.inf
        if together or in_service == 0:
            for queue in range(count):
                if batch[queue] == 0 and heads[queue] >= 0 and arrived[heads[queue]] < come:
                    come = arrived[heads[queue]]
        if who < 0 and come == math.inf:
            return batches
        then = min(end, come)
        for queue in range(count):
            if batch[queue] > 0:
                left[queue] -= (then - now) / slower[queue]
        now = then
        if end <= come:
            at = first[who]
            for _ in range(batch[who]):
                latency[at] = now - arrived[at]
                at = following[at]
            batch[who] = 0
            in_service -= 1
            changed = True  # those who stay are faster now
