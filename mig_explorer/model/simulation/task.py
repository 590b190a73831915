"""What the compiled loops get and give: arrays, named."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Senders(NamedTuple):
    """The sources of a domain; arrays are indexed by the source's number within it.

    Parameters
    ----------
    number : array of int32
        Their numbers in the arrangement.
    place : array of int64
        The number of their place within the domain.
    closed, exponential : array of bool
        Whether they wait for answers, and whether their times of service are random.
    service, compute, memory, transfer, leaves, switching : array of float64
        Seconds; `switching` is that of the place.
    on_gpu, traffic : array of float64
        Seconds of a request alone on the GPU, and what its traffic would take at the whole bandwidth.
    shares : array of float64, shape (sources, 3)
        Of SMs, bandwidth and link.
    groups : array of int64, shape (sources, 3)
        Who shares SMs, bandwidth and link, numbered from 0 within the domain.
    """

    number: NDArray[np.int32]
    place: NDArray[np.int64]
    closed: NDArray[np.bool_]
    exponential: NDArray[np.bool_]
    service: NDArray[np.float64]
    compute: NDArray[np.float64]
    memory: NDArray[np.float64]
    transfer: NDArray[np.float64]
    leaves: NDArray[np.float64]
    switching: NDArray[np.float64]
    on_gpu: NDArray[np.float64]
    traffic: NDArray[np.float64]
    shares: NDArray[np.float64]
    groups: NDArray[np.int64]


class Draws(NamedTuple):
    """Random numbers of a domain's sources, one source after another.

    Parameters
    ----------
    values : array of float64
        Times of sending, or of a source in a closed loop think times.
    bounds : array of int64
        Where each source's begin in `values`, and at the end where the last one's end.
    works : array of float64
        Exponential numbers of mean 1, one a request.
    work_bounds : array of int64
        Where each source's begin and end.
    """

    values: NDArray[np.float64]
    bounds: NDArray[np.int64]
    works: NDArray[np.float64]
    work_bounds: NDArray[np.int64]


class Window(NamedTuple):
    """When requests can be started, and until when the run lasts.

    Parameters
    ----------
    opens, closes, ends : float
        Seconds.
    drain : bool
        Whether requests in service are finished after it closes.
    """

    opens: float
    closes: float
    ends: float
    drain: bool


class Task(NamedTuple):
    """A domain from one change to the next.

    Parameters
    ----------
    senders : Senders
        Who sends.
    draws : Draws
        The random numbers for it.
    window : Window
        When.
    at_once, places : array of int64
        By place: requests in service at once, 0 for no limit; its number in the arrangement.
    contended : bool
        Whether its requests can slow each other down.
    overlap : float
        The exponent with which arithmetic and memory traffic overlap.
    room : int
        How many requests of one source in service there is room for.
    """

    senders: Senders
    draws: Draws
    window: Window
    at_once: NDArray[np.int64]
    places: NDArray[np.int64]
    contended: bool
    overlap: float
    room: int


class State(NamedTuple):
    """How far each source has got; the loops change it.

    Parameters
    ----------
    upcoming : array of float64
        When its next request comes that was not started yet; infinity for none.
    used, begun : array of int64
        How many of its draws were used, and how many of its requests were started.
    """

    upcoming: NDArray[np.float64]
    used: NDArray[np.int64]
    begun: NDArray[np.int64]


class Rows(NamedTuple):
    """Where the requests that were served are written."""

    source: NDArray[np.int32]
    place: NDArray[np.int16]
    arrived: NDArray[np.float64]
    started: NDArray[np.float64]
    finished: NDArray[np.float64]


class Heaps(NamedTuple):
    """The requests in service, a row for each source; the first of a row is the next to finish.

    The rows of sources whose requests take random times are heaps; the others are sorted.

    Parameters
    ----------
    targets, arrived, started : array of float64, shape (sources, room)
        The progress at which each is finished, when it came and when it was started.
    numbers : array of int64, shape (sources, room)
        Which of the source's requests it is; of equal targets the lower number is finished first.
    """

    targets: NDArray[np.float64]
    arrived: NDArray[np.float64]
    started: NDArray[np.float64]
    numbers: NDArray[np.int64]
