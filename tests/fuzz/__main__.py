"""Give every reader of the project very many bad inputs: ``python -m tests.fuzz --inputs 1000000``.

The inputs are good ones, changed at random; each number always gives the same one. Readers work in processes
that may take 200 MB more than they had, and one second an input. What is neither read nor refused with an
error of this package is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from tests.fuzz.readers import readers
from tests.fuzz.run import Finding, Summary, fuzz, input_of, limit_memory

CHUNK = 2000
MOST_SHOWN = 20


def chunks(inputs: int) -> Iterator[range]:
    for first in range(0, inputs, CHUNK):
        yield range(first, min(first + CHUNK, inputs))


def run(inputs: int, seed: int, jobs: int) -> Summary:
    summary, began, told = Summary(), time.monotonic(), 0.0
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=limit_memory)
    with pool:
        waiting: list[tuple[range, Future[Summary]]] = [
            (each, pool.submit(fuzz, seed, each)) for each in chunks(inputs)
        ]
        for numbers, future in waiting:
            try:
                summary.add(future.result())
            except BrokenProcessPool:
                ended = f"the process ended at one of the inputs {numbers[0]} to {numbers[-1]}"
                summary.findings.append(Finding(numbers[0], "unknown", ended, ""))
                break
            seconds = time.monotonic() - began
            if seconds - told > 10 or numbers[-1] + 1 == inputs:
                told = seconds
                print(
                    f"{summary.inputs:>9,} of {inputs:,} inputs, {summary.inputs / seconds:,.0f} a second, "
                    f"{len(summary.findings)} findings",
                    flush=True,
                )
    return summary


def show(summary: Summary) -> None:
    print(f"\n{'reader':<38}{'read':>10}{'refused':>10}")
    for name in dict.fromkeys((*(each.name for each in readers()), *summary.read, *summary.refused)):
        print(f"{name:<38}{summary.read[name]:>10,}{summary.refused[name]:>10,}")
    seconds, reader, number = summary.slowest
    print(f"\nThe slowest took {seconds:.3f} s of processor time: {reader}, input {number}.")
    for each in summary.findings[:MOST_SHOWN]:
        print(f"\nInput {each.number}, {each.reader}: {each.problem}\n  {each.shown}")
    if len(summary.findings) > MOST_SHOWN:
        print(f"\n... and {len(summary.findings) - MOST_SHOWN} more")
    print(f"\n{summary.inputs:,} inputs, {len(summary.findings)} findings")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--inputs", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--seed", type=int, default=0, help="other inputs for the same numbers (0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once (1)")
    parser.add_argument("--show", type=int, metavar="NUMBER", help="print one input and read it, unprotected")
    options = parser.parse_args()
    if options.show is not None:
        reader, given = input_of(options.seed, options.show, readers())
        print(f"{reader.name}: {given!r}", flush=True)
        print(repr(reader.read(given)))
        return 0
    summary = run(options.inputs, options.seed, options.jobs)
    show(summary)
    return 1 if summary.findings else 0


if __name__ == "__main__":
    sys.exit(main())
