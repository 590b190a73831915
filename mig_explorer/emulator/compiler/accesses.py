"""Drawing which memory the lanes of one warp want at once: sectors of global, banks of shared memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECTOR = 32
"""Bytes of global memory that are fetched or written together."""

WORD = 4
"""Bytes of a bank's word, and what one sign of a drawing stands for."""

BANKS = 32
"""Banks of shared memory; each gives one word a turn."""

SHOWN = 8
"""Sectors or banks that are drawn; of more it is said how many there are."""


class Request(Protocol):
    """One request of a warp: counted mode's `WarpPattern`, or anything like it."""

    @property
    def kind(self) -> str:
        """Either ``"global"`` or ``"shared"``."""

    @property
    def access(self) -> str:
        """One of ``"load"``, ``"store"`` and ``"atomic"``."""

    @property
    def array(self) -> str:
        """The array's name in the kernel."""

    @property
    def element_bytes(self) -> int:
        """Bytes that each lane wants."""

    @property
    def lanes(self) -> tuple[int, ...]:
        """The lanes that want something."""

    @property
    def offsets(self) -> tuple[int, ...]:
        """For each of these lanes, bytes from the start of the array to its element."""


def sectors(request: Request) -> dict[int, tuple[int, ...]]:
    """Return the lanes that want something from each sector, by the sector's number in the array.

    Arrays are taken to start at a multiple of 32 bytes, as those that CUDA gives do.
    """
    return _by_place(request, SECTOR)


def banks(request: Request) -> dict[int, dict[int, tuple[int, ...]]]:
    """Return the lanes that want each word of each bank; a bank takes as many turns as it has words here."""
    found: dict[int, dict[int, tuple[int, ...]]] = {}
    for word, lanes in _by_place(request, WORD).items():
        found.setdefault(word % BANKS, {})[word] = lanes
    return dict(sorted(found.items()))


def draw(request: Request, line: int) -> str:
    """Return a drawing of a request.

    Of global memory it has a line a sector: ``#`` for 4 bytes that are wanted, ``.`` for 4 that only come
    along. Of shared memory it has a line a bank of those that take the most turns.

    Parameters
    ----------
    request
        Of one warp.
    line
        Of the kernel.

    Examples
    --------
    >>> from mig_explorer.emulator.counts.pattern import WarpPattern
    >>> lanes = tuple(range(32))
    >>> row = WarpPattern("global", "load", "a", 4, (0, 0, 0), 0, lanes, tuple(4 * lane for lane in lanes))
    >>> print(draw(row, line=7))
    line 7, load of a: 32 lanes want 128 B of global memory and move 4 sectors (128 B), 100 % wanted
        sector 0  ########  lanes 0-7
        sector 1  ########  lanes 8-15
        sector 2  ########  lanes 16-23
        sector 3  ########  lanes 24-31
    >>> column = WarpPattern("shared", "load", "tile", 4, (0, 0, 0), 0, lanes, tuple(128 * i for i in lanes))
    >>> print(draw(column, line=9))
    line 9, load of tile: 32 lanes want 32 words of shared memory in 32 turns
        bank  0  32 words, lanes 0-31
    """
    body = _shared(request) if request.kind == "shared" else _global(request)
    return f"line {int(line)}, {request.access} of {request.array}: {body}"


def as_data(request: Request, line: int) -> dict[str, Any]:
    """Return a request as JSON values, for a widget to draw.

    Examples
    --------
    >>> from mig_explorer.emulator.counts.pattern import WarpPattern
    >>> one = WarpPattern("global", "store", "a", 4, (0, 0, 0), 0, (5,), (40,))
    >>> as_data(one, line=7)["sectors"]
    [{'sector': 1, 'lanes': [5]}]
    """
    return {
        "line": int(line),
        "memory": request.kind,
        "access": request.access,
        "array": request.array,
        "element_bytes": request.element_bytes,
        "lanes": list(request.lanes),
        "offsets": list(request.offsets),
        "wanted_bytes": len(_wanted(request)),
        "sectors": [{"sector": sector, "lanes": list(lanes)} for sector, lanes in sectors(request).items()],
        "banks": [
            {"bank": bank, "words": [{"word": word, "lanes": list(lanes)} for word, lanes in words.items()]}
            for bank, words in banks(request).items()
        ],
    }


def _global(request: Request) -> str:
    wanted, found = _wanted(request), sectors(request)
    moved = len(found) * SECTOR
    head = (
        f"{_lanes_want(request)} {len(wanted)} B of global memory and move {_counted(len(found), 'sector')} "
        f"({moved} B), {100 * len(wanted) / moved:.0f} % wanted"
    )
    width = len(str(list(found)[:SHOWN][-1]))
    rows = []
    for sector, lanes in list(found.items())[:SHOWN]:
        starts = range(sector * SECTOR, (sector + 1) * SECTOR, WORD)
        cells = "".join("." if wanted.isdisjoint(range(at, at + WORD)) else "#" for at in starts)
        rows.append(f"sector {sector:>{width}}  {cells}  {_runs(lanes)}")
    return _lines(head, rows, len(found) - SHOWN, "sector")


def _shared(request: Request) -> str:
    found = banks(request)
    words = sum(len(each) for each in found.values())
    turns = max(len(each) for each in found.values())
    head = f"{_lanes_want(request)} {_counted(words, 'word')} of shared memory in {_counted(turns, 'turn')}"
    slowest = {bank: each for bank, each in found.items() if len(each) == turns > 1}
    rows = []
    for bank, each in list(slowest.items())[:SHOWN]:
        lanes = sorted({lane for wanting in each.values() for lane in wanting})
        rows.append(f"bank {bank:>2}  {len(each)} words, {_runs(lanes)}")
    return _lines(head, rows, len(slowest) - SHOWN, "bank")


def _lines(head: str, rows: list[str], more: int, thing: str) -> str:
    if more > 0:
        rows.append(f"and {_counted(more, thing)} more")
    return "\n    ".join([head, *rows])


def _by_place(request: Request, size: int) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    for lane, start in zip(request.lanes, request.offsets, strict=True):
        for place in range(start // size, (start + request.element_bytes - 1) // size + 1):
            found.setdefault(place, []).append(lane)
    return {place: tuple(found[place]) for place in sorted(found)}


def _wanted(request: Request) -> set[int]:
    return {byte for start in request.offsets for byte in range(start, start + request.element_bytes)}


def _lanes_want(request: Request) -> str:
    count = len(request.lanes)
    return "1 lane wants" if count == 1 else f"{count} lanes want"


def _runs(lanes: Sequence[int]) -> str:
    """Write lanes as runs: ``lanes 0-7, 9``."""
    said = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in _spans(lanes))
    return f"lane{'' if len(lanes) == 1 else 's'} {said}"


def _spans(lanes: Iterable[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for lane in lanes:
        if spans and lane == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], lane)
        else:
            spans.append((lane, lane))
    return spans


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
