"""The curated kernels and sizes whose counts are compared with `by_hand`, and the table of both.

``python -m tests.emulator.counts.cases`` prints it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from tabulate import tabulate

from mig_explorer.emulator.counts import counted
from mig_explorer.emulator.counts.metrics import NAMES
from mig_explorer.workloads import workload
from tests.emulator.counts import by_hand, by_hand_tiles


@dataclass(frozen=True)
class Case:
    """A workload at a size; `grid` if it is not launched with its own."""

    name: str
    sizes: dict[str, int] = field(hash=False)
    grid: int | None = None

    @property
    def id(self):
        return "-".join(
            [self.name, *map(str, self.sizes.values()), *([f"grid{self.grid}"] if self.grid else [])]
        )

    @cache  # noqa: B019 - cases are constants, and two tests ask
    def both(self):
        """Return what was counted, and what was derived by hand, by the names of the metrics."""
        work = workload(self.name, **self.sizes)
        arguments = work.inputs(seed=7)
        grid = self.grid or work.launch.grid
        emulation = counted(work.kernel)[grid, work.launch.block](*arguments)
        blocks = self.grid or work.launch.blocks
        module = by_hand_tiles if hasattr(by_hand_tiles, self.name) else by_hand
        derived = getattr(module, self.name)(arguments, **self.sizes, blocks=blocks)
        return emulation.counts, dict.fromkeys(NAMES, 0) | derived


CASES = (
    Case("triad", {"elements": 1}),
    Case("triad", {"elements": 1000}),
    Case("triad", {"elements": 4096}),
    Case("triad", {"elements": 100_003}),
    Case("saxpy", {"elements": 777}),
    Case("saxpy", {"elements": 65536}),
    Case("saxpy_grid_stride", {"elements": 5000}),
    Case("saxpy_grid_stride", {"elements": 5000}, grid=3),
    Case("saxpy_grid_stride", {"elements": 100_003}, grid=4),
    Case("matmul", {"size": 16}),
    Case("matmul", {"size": 32}),
    Case("matmul", {"size": 64}),
    Case("matmul", {"size": 112}),
    Case("reduction", {"elements": 1}),
    Case("reduction", {"elements": 5000}),
    Case("reduction", {"elements": 65536}),
    Case("histogram", {"elements": 1000, "distinct": 256}),
    Case("histogram", {"elements": 40_000, "distinct": 256}),
    Case("histogram", {"elements": 40_000, "distinct": 3}),
    Case("histogram", {"elements": 4096, "distinct": 1}),
    Case("prefix_sum", {"elements": 1}),
    Case("prefix_sum", {"elements": 33}),
    Case("prefix_sum", {"elements": 1000}),
    Case("prefix_sum", {"elements": 4096}),
    Case("stencil", {"size": 32}),
    Case("stencil", {"size": 48}),
    Case("stencil", {"size": 160}),
    Case("transpose_naive", {"size": 8}),
    Case("transpose_naive", {"size": 40}),
    Case("transpose_naive", {"size": 128}),
    Case("transpose_tiled", {"size": 8}),
    Case("transpose_tiled", {"size": 40}),
    Case("transpose_tiled", {"size": 128}),
    Case("transpose_padded", {"size": 8}),
    Case("transpose_padded", {"size": 40}),
    Case("transpose_padded", {"size": 128}),
    Case("mlp", {"batch": 4, "layers": 1, "width": 8}),
    Case("mlp", {"batch": 3, "layers": 4, "width": 40}),
    Case("mlp", {"batch": 2, "layers": 3, "width": 128}),
    Case("attention", {"length": 64}),
    Case("attention", {"length": 192}),
    Case("nbody", {"bodies": 8}),
    Case("nbody", {"bodies": 40}),
    Case("nbody", {"bodies": 128}),
    Case("nbody", {"bodies": 384}),
    Case("mandelbrot", {"size": 32, "limit": 50}),
    Case("mandelbrot", {"size": 96, "limit": 20}),
    Case("spmv", {"rows": 100, "per_row": 5}),
    Case("spmv", {"rows": 512, "per_row": 8}),
    Case("pointer_chase", {"elements": 1000, "steps": 50, "chains": 1}),
    Case("pointer_chase", {"elements": 4096, "steps": 20, "chains": 200}),
)


SHOWN = (
    "load_bytes",
    "load_sectors",
    "store_sectors",
    "bank_conflicts",
    "atomic_turns",
    "flops_fp32",
    "divergent_branches",
    "barriers",
)
"""The metrics of which a reader asks first."""

HEADINGS = ("kernel", "size", *(name.replace("_", " ") for name in SHOWN), f"of {len(NAMES)} differ")


def rows():
    """Return the table: for each case the figure that was counted, and the other one where they differ."""
    found_rows = []
    for case in CASES:
        counts, derived = case.both()
        found = counts.total.as_dict()
        size = ", ".join(f"{name} {size}" for name, size in case.sizes.items())
        found_rows.append(
            (
                case.name,
                f"{size}, in {case.grid} blocks" if case.grid else size,
                *(_cell(found[name], derived[name]) for name in SHOWN),
                str(sum(found[name] != derived[name] for name in NAMES)),
            )
        )
    return found_rows


def _cell(counted, derived):
    return f"{counted:,}" if counted == derived else f"{counted:,}, by hand {derived:,}"


if __name__ == "__main__":
    print(tabulate(rows(), HEADINGS, disable_numparse=True))  # noqa: T201 - a command prints
