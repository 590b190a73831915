"""Reading what nvJitLink says of the code it makes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FRAME = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
_USED = re.compile(r"ptxas info\s*: Used (\d+) registers(.*)")
_BARRIERS = re.compile(r"used (\d+) barriers")
_STACK = re.compile(r"(\d+) bytes cumulative stack size")
_SHARED = re.compile(r"(\d+) bytes smem")


@dataclass(frozen=True)
class LinkLog:
    """What nvJitLink says of a kernel, in its words: see `KernelResources`."""

    registers: int
    shared_bytes: int
    local_bytes: int
    spill_store_bytes: int
    spill_load_bytes: int
    barriers: int


def read_link_log(log: str) -> LinkLog | None:
    """Return what nvJitLink's verbose log says of the one kernel in it; None if it does not say.

    Shared memory and barriers are named only where there are some. A function that is called rather than
    inlined has a line of its own; its spills are spills of the kernel too.

    Examples
    --------
    >>> log = '''
    ... ptxas         .     16 bytes stack frame, 12 bytes spill stores, 8 bytes spill loads
    ... ptxas info    : Used 24 registers, used 1 barriers, 2048 bytes smem
    ... '''
    >>> read_link_log(log)
    LinkLog(registers=24, shared_bytes=2048, local_bytes=16, spill_store_bytes=12, spill_load_bytes=8,
            barriers=1)
    """
    frames = [tuple(map(int, found)) for found in _FRAME.findall(log)]
    used = _USED.findall(log)
    if not frames or len(used) != 1:
        return None
    registers, rest = used[0]
    return LinkLog(
        registers=int(registers),
        shared_bytes=_number(_SHARED, rest),
        local_bytes=max(_number(_STACK, rest), *(frame for frame, _, _ in frames), 0),
        spill_store_bytes=sum(stores for _, stores, _ in frames),
        spill_load_bytes=sum(loads for _, _, loads in frames),
        barriers=_number(_BARRIERS, rest),
    )


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return int(found[1]) if found else 0
