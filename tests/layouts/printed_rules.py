"""A second opinion on what fits: brute force over what nvidia-smi prints, sharing no code with the package.

A state is a set of (profile name, start). The tables are those of ``tests/gpus/printed_tables.py``; a board
of which no listing is public is judged by that of one with the same places, under its own profile names.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from tests.gpus.printed_tables import SAME_PROFILES, printed_profiles

Placed = tuple[str, int]
State = frozenset[Placed]

# With eight memory slices the only engine that can run out is the one for optical flow (and JPEG on an A100).
# So boards whose other engines are unknown have the same states.
SAME_PLACES = {
    **SAME_PROFILES,
    **dict.fromkeys(
        ["H100-PCIE-80GB", "GH200-96GB", "GH200-144GB", "H200-SXM-141GB", "H200-NVL"], "H100-SXM5-80GB"
    ),
    **dict.fromkeys(["B200-180GB", "GB200-186GB", "B300-269GB", "GB300-278GB"], "H100-SXM5-80GB"),
}


@dataclass(frozen=True)
class Row:
    """Where a profile may start, how much it takes, and how many of it a board takes."""

    starts: tuple[int, ...]
    size: int
    most: int
    engines: tuple[int, int, int, int]  # decoders, encoders, JPEG, optical flow


# The table of the MIG User Guide, with halves as the unit of placement; no listing is public.
RTX_PRO_5000 = {
    "1g.24gb": Row((0, 1), 1, 2, (1, 1, 0, 0)),
    "1g.24gb+me": Row((0, 1), 1, 1, (1, 1, 1, 1)),
    "1g.24gb+gfx": Row((0, 1), 1, 2, (1, 1, 0, 0)),
    "1g.24gb+me.all": Row((0, 1), 1, 1, (3, 3, 1, 1)),
    "1g.24gb-me": Row((0, 1), 1, 2, (0, 0, 0, 0)),
    "2g.48gb": Row((0,), 2, 1, (3, 3, 1, 1)),
    "2g.48gb+gfx": Row((0,), 2, 1, (3, 3, 1, 1)),
}


@dataclass(frozen=True)
class PrintedRules:
    """The rules of one board, as printed: starts, overlap of memory slices, limits, and engines."""

    rows: dict[str, Row]

    @functools.cached_property
    def slices(self) -> dict[Placed, frozenset[int]]:
        """The memory slices of every placement."""
        return {
            (name, start): frozenset(range(start, start + row.size))
            for name, row in self.rows.items()
            for start in row.starts
        }

    @functools.cached_property
    def totals(self) -> tuple[int, ...]:
        """All engines of the board: those of the profile that takes all of it."""
        return max(self.rows.values(), key=lambda row: row.size).engines

    def broken(self, state: State, name: str, start: int) -> dict[str, State]:
        """Return every rule that a profile at a start would break, with what it clashes with."""
        row, wanted = self.rows[name], self.slices.get((name, start))
        if wanted is None:
            return {"not-a-start": frozenset()}
        rules: dict[str, State] = {}
        overlap = [each for each in state if not wanted.isdisjoint(self.slices[each])]
        if overlap:
            rules["overlap"] = frozenset(overlap)
        same = [each for each in state if each[0] == name]
        if len(same) + 1 > row.most:
            rules["instance-limit"] = frozenset(same)
        for kind, total in enumerate(self.totals):
            needed = row.engines[kind]
            if needed and "engine-limit" not in rules:
                holders = [each for each in state if self.rows[each[0]].engines[kind]]
                if sum(self.rows[each[0]].engines[kind] for each in holders) + needed > total:
                    rules["engine-limit"] = frozenset(holders)
        return rules

    @functools.cached_property
    def states(self) -> frozenset[State]:
        """Every state that placing one instance after another can reach, the empty one included."""
        reached: set[State] = {frozenset()}
        newest = reached
        while newest:
            newest = {
                state | {(name, start)}
                for state in newest
                for name, start in self.slices
                if not self.broken(state, name, start)
            } - reached
            reached = reached | newest
        return frozenset(reached)


@functools.cache
def printed_rules(board: str, names: tuple[str, ...]) -> PrintedRules:
    """Return the rules of a board whose profiles have these names, in the order of its table."""
    if board == "RTX-PRO-5000-BLACKWELL":
        rows = list(RTX_PRO_5000.values())
    else:
        rows = [
            Row(each.starts, each.size, each.most, (each.decoders, each.encoders, each.jpeg, each.ofa))
            for each in printed_profiles(SAME_PLACES.get(board, board)).values()
        ]
    return PrintedRules(dict(zip(names, rows, strict=True)))
