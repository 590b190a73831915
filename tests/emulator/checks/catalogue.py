"""The table of faults found and false alarms: ``python -m tests.emulator.checks.catalogue``."""

from __future__ import annotations

from collections import Counter

from mig_explorer.emulator.checks.findings import WORST_FIRST
from tests.emulator.checks import right_kernels, wrong_kernels

HEADINGS = ("kind", "wrong kernels", "found", "false alarms")


def rows() -> list[tuple[str, int, int, int]]:
    """Return for each kind the kernels with such a fault, how many were found, and false alarms; then all."""
    planted, found, wrongly = Counter[str](), Counter[str](), Counter[str]()
    for each in wrong_kernels.CATALOGUE.kernels.values():
        planted[each.kind] += 1
        found[each.kind] += each.is_found(each.findings())
    for each in right_kernels.CATALOGUE.kernels.values():
        wrongly.update({finding.kind for finding in each.findings()})
    of_kinds = [(kind, planted[kind], found[kind], wrongly[kind]) for kind in WORST_FIRST]
    return [*of_kinds, ("all", planted.total(), found.total(), wrongly.total())]


def table() -> str:
    """Return the table as text."""
    text = [
        " ".join(f"{cell!s:{width}}" for cell, width in zip(row, ("<22", ">14", ">7", ">14"), strict=True))
        for row in [HEADINGS, *rows()]
    ]
    return "\n".join([*text, f"false alarms are of {len(right_kernels.CATALOGUE.kernels)} right kernels"])


if __name__ == "__main__":
    print(table())  # noqa: T201 - that is what it is for
