"""The tables of the emulator that are the same on every machine, as Markdown.

``python -m tests.benchmarks.emulator_tables`` prints them. With ``--write`` they take the place of those in
``mig_explorer/emulator/README.md``, which a test compares with them; ``--speed FILE`` puts a file
there that holds the Markdown table of `emulator_against_simulator` and when and where it was printed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mig_explorer.emulator.compiler.recorded import recorded_resources
from mig_explorer.workloads import factories
from tests.emulator.checks import catalogue, right_kernels
from tests.emulator.constructs import CONSTRUCTS
from tests.emulator.counts import cases
from tests.emulator.simt.refused import REFUSED

README = Path(__file__).resolve().parents[2] / "mig_explorer" / "emulator" / "README.md"
CAPABILITIES = ((8, 0), (9, 0), (12, 1))


def markdown(headings: Sequence[str], rows: Iterable[Sequence[object]], right: int = 0) -> str:
    """Return a table whose cells after the first `right` are figures; all are if `right` is 0."""
    lines = [headings, ["---" if place < (right or 99) else "--:" for place in range(len(headings))]]
    text = [*lines, *rows]
    return "\n".join(
        f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in text
    )


def constructs() -> str:
    rows = [(each.says, each.engine, f"`{name}`") for name, each in CONSTRUCTS.items()]
    return markdown(("what a kernel may have", "engine", "kernel of the test"), rows)


def refused() -> str:
    # What Numba says after that differs from version to version.
    rows = [(each.says, each.words().partition(" with arguments")[0]) for each in REFUSED]
    return markdown(("what is refused", "in these words, after the kernel's name and the line"), rows)


def faults() -> str:
    table = markdown(catalogue.HEADINGS, catalogue.rows(), right=1)
    return f"{table}\n\nFalse alarms are of {len(right_kernels.CATALOGUE.kernels)} right kernels."


def counts() -> str:
    return markdown(cases.HEADINGS, cases.rows(), right=2)


def resources() -> str:
    headings = ["kernel", "threads a block", "shared memory"]
    for major, minor in CAPABILITIES:
        headings += [f"{major}.{minor}: registers", "occupancy", "limited by"]
    rows = []
    provenance = set()
    for name, factory in sorted(factories().items()):
        work = factory().for_emulation()
        threads = work.launch.threads_per_block
        row: list[object] = [name, threads, f"{work.launch.shared_bytes:,} B"]
        for capability in CAPABILITIES:
            found = recorded_resources(work.kernel, work.inputs(seed=1), capability)
            if found is None:
                row += ["unknown", "unknown", "unknown"]
                continue
            provenance.add(found.provenance.short)
            held = found.occupancy(threads)
            spilled = found.spill_store_bytes + found.spill_load_bytes
            registers = f"{found.registers}, spills" if spilled else found.registers
            row += [registers, f"{100 * held.share:.0f} %", ", ".join(held.limited_by)]
        rows.append(row)
    return f"{markdown(headings, rows, right=1)}\n\nRegisters are {' and '.join(sorted(provenance))}."


TABLES: dict[str, Callable[[], str]] = {
    "constructs": constructs,
    "refused": refused,
    "faults": faults,
    "counts": counts,
    "resources": resources,
}


def place(name: str) -> re.Pattern[str]:
    """Return where a table stands in the page: between two comments."""
    return re.compile(rf"(?<=<!-- table: {name} -->\n)(.*?)(?=<!-- end: {name} -->)", re.DOTALL)


def standing(name: str) -> str:
    """Return a table as it stands in the page."""
    found = place(name).search(README.read_text(encoding="utf-8"))
    return found[0].strip() if found else ""


def put(name: str, table: str) -> None:
    """Put a table into the page."""
    text, count = place(name).subn(lambda _: f"\n{table}\n\n", README.read_text(encoding="utf-8"))
    if count != 1:
        message = f"{README.name} has {count} places for the table {name}, not 1"
        raise SystemExit(message)
    README.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put them into {README.name}")
    parser.add_argument("--speed", type=Path, help="a file with the table of emulator_against_simulator")
    asked = parser.parse_args()
    if asked.speed:
        put("speed", asked.speed.read_text(encoding="utf-8").strip())
    for name, table in TABLES.items():
        if asked.write:
            put(name, table())
        else:
            sys.stdout.write(f"## {name}\n\n{table()}\n\n")


if __name__ == "__main__":
    main()
