"""Gives readers inputs and watches: what they raise, how long they take, how much memory they want."""

from __future__ import annotations

import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from mig_explorer.errors import MigExplorerError
from tests.fuzz.mutations import mutated
from tests.fuzz.readers import Reader, readers

MOST_SECONDS = 1.0
"""Processor time that reading one input may take."""

MOST_BYTES = 200 * 2**20
"""Memory that reading may take beyond what the process had."""

LONGEST_MESSAGE = 10_000


class TooSlow(BaseException):
    """Raised in the middle of a reader whose time is over; no reader catches it."""


@dataclass(frozen=True)
class Finding:
    """An input that a reader should have read or refused, and did neither.

    Parameters
    ----------
    number : int
        Of the input, to repeat it.
    reader : str
        Name of the reader.
    problem : str
        What happened instead.
    shown : str
        The input, cut.
    """

    number: int
    reader: str
    problem: str
    shown: str


@dataclass
class Summary:
    """What came of many inputs."""

    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str, int] = (0.0, "", 0)
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Summary) -> None:
        self.read += other.read
        self.refused += other.refused
        self.slowest = max(self.slowest, other.slowest)
        self.findings += other.findings

    @property
    def inputs(self) -> int:
        return self.read.total() + self.refused.total() + len(self.findings)


def limit_memory() -> None:
    """Let this process have no more than `MOST_BYTES` beyond what it holds once all readers are loaded."""
    readers()
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + MOST_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def input_of(seed: int, number: int, all_readers: tuple[Reader, ...]) -> tuple[Reader, Any]:
    """Return the input of a number: always the same, whatever came before it."""
    reader = all_readers[number % len(all_readers)]
    return reader, mutated(reader, random.Random(f"{seed} {number}"))  # noqa: S311


def fuzz(seed: int, numbers: Iterable[int]) -> Summary:
    """Give the inputs of these numbers to their readers."""
    summary, all_readers = Summary(), readers()
    for number in numbers:
        reader, given = input_of(seed, number, all_readers)
        began = time.process_time()
        problem = outcome(reader, given)
        seconds = time.process_time() - began
        summary.slowest = max(summary.slowest, (seconds, reader.name, number))
        if problem == "read":
            summary.read[reader.name] += 1
        elif problem == "refused":
            summary.refused[reader.name] += 1
        else:
            summary.findings.append(Finding(number, reader.name, problem, repr(given)[:300]))
    return summary


def outcome(reader: Reader, given: Any) -> str:
    """Return "read", "refused", or what else happened."""
    previous = signal.signal(signal.SIGVTALRM, _time_is_over)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        reader.read(given)
    except TooSlow:
        return f"took more than {MOST_SECONDS:g} s"
    except reader.errors as error:
        return (
            "refused"
            if 0 < len(str(error)) <= LONGEST_MESSAGE
            else f"a message of {len(str(error))} characters"
        )
    except MigExplorerError as error:
        return f"an error of another reader, {type(error).__name__}: {str(error)[:200]}"
    except MemoryError:
        return f"wanted more than {MOST_BYTES >> 20} MiB"
    except Exception as error:  # noqa: BLE001  # any other is what is looked for
        return f"{type(error).__name__}: {str(error)[:200]}"
    else:
        return "read"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def _time_is_over(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow
